/**
 * A zone of the server beside a master file of the same zone: what to change so that the zone has
 * the records of the file. Disabled records are in no file and stay as they are.
 */
import { text } from 'node:stream/consumers';
import { CodedError } from '#base/coded-error.ts';
import { compareNames, formatName, lowerName, nameKey, parseName, ROOT } from '#dns/wire/name.ts';
import { parseRdataText } from '#dns/wire/rdata/rdata-text.ts';
import { RdataWriter } from '#dns/wire/rdata/rdata-writer.ts';
import { formatRdata, formatTypeCode, typeOfMnemonic } from '#dns/wire/rdata/registry.ts';
import { canonicalOrder } from '#dns/zone/canonical-order.ts';
import { diffRrsets } from '#dns/zone/diff.ts';
import type { Rrset } from '#dns/zone/rrset.ts';
import { parseZonefile } from '#dns/zonefile/parse-zonefile.ts';
import { ZoneTable } from '#dns/zonefile/zone-table.ts';
import { openZonefile } from '#dns/zonefile/zonefile-source.ts';
import { type AdminClient, refusal } from './admin-client.ts';
import { FileRefusedError } from './refused-file.ts';
import { powerdnsZonePath } from './zone-path.ts';

/** Records that a zone may have to be compared here: they are all held in memory. */
export const RECORDS_MAX = 100_000;

/** The zone is too large, or is signed. */
export class ZoneNotEditableError extends CodedError {
  constructor(message: string) {
    super('ZONE_NOT_EDITABLE', message);
  }
}

/** An RRset of the server: what is served of it, and the contents that are disabled. */
export interface HeldRrset extends Rrset {
  disabled: string[];
}

export interface ZoneContent {
  serial: number;
  version: number;
  isSigned: boolean;
  /** In canonical order. */
  rrsets: HeldRrset[];
}

/** One step of a change, as `POST /changes` takes it. */
export interface ContentEdit {
  change: 'REPLACE' | 'DELETE';
  name: string;
  type: string;
  ttl?: number;
  records?: { content: string; disabled: boolean }[];
}

export interface Comparison {
  /** Lines of a master file, in canonical order. */
  removed: string[];
  added: string[];
  edits: ContentEdit[];
}

interface ZoneAnswer {
  serial: number;
  dnssec: boolean;
  rrsets: {
    name: string;
    type: string;
    ttl: number;
    records: { content: string; disabled: boolean }[];
  }[];
}

/** @throws ZoneNotEditableError, AdminRefusedError */
export async function fetchContent(admin: AdminClient, zone: string): Promise<ZoneContent> {
  const head = { method: 'GET', path: `${powerdnsZonePath(zone)}?rrsets=false` } as const;
  const { record_count: count } = await admin.json<{ record_count?: number }>({
    ...head,
    path: `${head.path}&record_count=true`,
  });
  if (count !== undefined && count > RECORDS_MAX) {
    throw new ZoneNotEditableError(
      `zone ${zone} has ${count} records, more than ${RECORDS_MAX}: use "zone export" and ` +
        '"zone import --force"',
    );
  }
  const request = { method: 'GET', path: powerdnsZonePath(zone) } as const;
  const answer = await admin.send(request);
  const body = await text(answer);
  if (answer.statusCode !== 200) throw refusal(request, answer.statusCode ?? 0, body);
  const { serial, dnssec, rrsets } = JSON.parse(body) as ZoneAnswer;
  const version = Number(/^"(\d+)/.exec(answer.headers.etag ?? '')?.[1]);
  const out = new RdataWriter();
  return {
    serial,
    version,
    isSigned: dnssec,
    rrsets: rrsets.map((rrset) => heldRrset(rrset, out)),
  };
}

function heldRrset({ name, type, ttl, records }: ZoneAnswer['rrsets'][0], out: RdataWriter) {
  const code = typeOfMnemonic(type) ?? 0;
  const served = records.filter(({ disabled }) => !disabled);
  const rdatas = served.map(({ content }) => parseRdataText(code, content, ROOT, out));
  return {
    owner: parseName(name),
    type: code,
    ttl,
    rdatas: canonicalOrder(code, rdatas, (rdata) => rdata),
    disabled: records.filter(({ disabled }) => disabled).map(({ content }) => content),
  };
}

/**
 * The RRsets of a master file, which includes no other. Whether they can stand in the zone is for
 * the server to say, which has taken some that a whole new zone would be refused for.
 * @throws FileRefusedError with every mistake of the text, ZonefileUnreadableError
 */
export async function loadEdited(file: string, zone: string): Promise<Rrset[]> {
  const table = new ZoneTable();
  const options = { file, origin: parseName(zone), includes: false } as const;
  const { errors } = await parseZonefile(openZonefile(file), options, table);
  if (errors.length > 0) throw new FileRefusedError(errors);
  table.seal();
  return [...table.nodes()].flatMap(({ rrsets }) => rrsets);
}

/** What makes of `before` the records of `after`. */
export function compareContents(before: readonly HeldRrset[], after: readonly Rrset[]): Comparison {
  const held = new Map(before.map((rrset) => [keyOf(rrset), rrset]));
  const wanted = new Map(after.map((rrset) => [keyOf(rrset), rrset]));
  const places = [...new Map([...held, ...wanted]).entries()].sort(
    ([, a], [, b]) => compareNames(a.owner, b.owner) || a.type - b.type,
  );
  const comparison: Comparison = { removed: [], added: [], edits: [] };
  for (const [key, { owner, type }] of places) {
    const old = held.get(key);
    const fresh = wanted.get(key);
    const diff = diffRrsets(old?.rdatas.length === 0 ? undefined : old, fresh);
    if (diff === undefined) continue;
    const place = { name: formatName(lowerName(owner)), type: formatTypeCode(type) };
    const line = (ttl: number, rdata: Uint8Array): string =>
      `${place.name}\t${ttl}\tIN\t${place.type}\t${formatRdata(type, rdata)}`;
    for (const rdata of diff.removed.rdatas) comparison.removed.push(line(diff.removed.ttl, rdata));
    for (const rdata of diff.added.rdatas) comparison.added.push(line(diff.added.ttl, rdata));
    comparison.edits.push(editOf(place, old, fresh));
  }
  return comparison;
}

function editOf(
  place: { name: string; type: string },
  old: HeldRrset | undefined,
  fresh: Rrset | undefined,
): ContentEdit {
  const disabled = (old?.disabled ?? []).map((content) => ({ content, disabled: true }));
  const served = (fresh?.rdatas ?? []).map((rdata) => ({
    content: formatRdata(fresh?.type ?? 0, rdata),
    disabled: false,
  }));
  const records = [...served, ...disabled];
  if (records.length === 0) return { change: 'DELETE', ...place };
  return { change: 'REPLACE', ...place, ttl: fresh?.ttl ?? old?.ttl ?? 0, records };
}

function keyOf({ owner, type }: Rrset): string {
  return `${type} ${nameKey(owner)}`;
}
