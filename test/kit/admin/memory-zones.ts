/**
 * The zones of the admin API over a plain map. It knows just enough DNS to refuse what tests send
 * to be refused, and keeps the rules of the port: a write that rejects changed nothing, a view does
 * not move.
 */
import {
  apexRule,
  contentInvalid,
  nameOutOfZone,
  type RrsetKey,
  rrsetConflict,
  rrsetSingle,
  typeInvalid,
  typeUnknown,
  zoneChanged,
  zoneExists,
  zoneMissing,
} from '#http/api/api-error.ts';
import type {
  FileFinding,
  ImportOptions,
  ImportOutcome,
  NewZone,
  RrsetEdit,
  RrsetFilter,
  RrsetText,
  WriteContext,
  WriteOutcome,
  ZonePort,
  ZoneSettings,
  ZoneSummary,
  ZoneView,
} from '#http/api/ports.ts';
import type { MemoryReceipts } from './memory-receipts.ts';

interface MemoryZone {
  summary: ZoneSummary;
  rrsets: ReadonlyMap<string, RrsetText>;
  /** Changed through the API since it was imported. */
  edited: boolean;
}

const TYPES = new Set('A AAAA NS SOA CNAME MX TXT SRV PTR CAA DS LOC HTTPS DNAME'.split(' '));
const META_TYPES = new Set(['OPT', 'TSIG', 'ANY', 'AXFR', 'IXFR']);
const SINGLE_TYPES = new Set(['CNAME', 'DNAME', 'SOA']);
const CHUNK_LENGTH = 100;
const DEFAULT_TTL = 3600;

const PRIMARY_SETTINGS: ZoneSettings = {
  kind: 'Native',
  account: '',
  masters: [],
  catalog: '',
  soaEdit: '',
  soaEditApi: 'DEFAULT',
  apiRectify: false,
  nsec3param: '',
  nsec3narrow: false,
  masterTsigKeyIds: [],
  slaveTsigKeyIds: [],
};

export class MemoryZones implements ZonePort {
  readonly #zones = new Map<string, MemoryZone>();
  readonly #receipts: MemoryReceipts;
  /** Views that were opened and not closed: a leak if it is not 0 at the end. */
  openViewCount = 0;
  /** Names of the zones that were notified, in order. */
  readonly notified: string[] = [];

  constructor(receipts: MemoryReceipts) {
    this.#receipts = receipts;
  }

  async *list(): AsyncGenerator<ZoneSummary[]> {
    const summaries = [...this.#zones.values()].map((zone) => zone.summary);
    for (const chunk of chunksOf(summaries)) yield chunk;
  }

  async find(zone: string): Promise<ZoneSummary | undefined> {
    return this.#zones.get(zone)?.summary;
  }

  async open(name: string): Promise<ZoneView | undefined> {
    const zone = this.#zones.get(name);
    if (zone === undefined) return undefined;
    this.openViewCount += 1;
    const { summary, rrsets } = zone;
    return {
      summary,
      rrsets: (filter) => selectRrsets([...rrsets.values()], filter),
      masterFile: () => masterFileText([...rrsets.values()]),
      close: async () => {
        this.openViewCount -= 1;
      },
    };
  }

  async create(zone: NewZone, context: WriteContext): Promise<WriteOutcome> {
    if (this.#zones.has(zone.name)) throw zoneExists(zone.name);
    const ns: RrsetText = {
      name: zone.name,
      type: 'NS',
      ttl: DEFAULT_TTL,
      records: zone.nameservers.map((content) => ({ content, disabled: false })),
      comments: [],
    };
    const given = [...zone.rrsets, ...(zone.nameservers.length > 0 ? [ns] : [])];
    if (zone.masterFile !== undefined) given.push(...parseLines(zone.masterFile).rrsets);
    if (!given.some(({ type }) => type === 'SOA')) given.unshift(defaultSoa(zone));
    let rrsets: ReadonlyMap<string, RrsetText> = new Map();
    for (const { name, type, ttl, records, comments } of given) {
      const edit: RrsetEdit = { change: 'REPLACE', name, type, ttl, records, comments };
      rrsets = applyEdit(zone.name, rrsets, edit);
    }
    return this.#commit(zone.name, zone.settings, rrsets, context, false);
  }

  async changeSettings(
    name: string,
    settings: Partial<ZoneSettings>,
    context: WriteContext,
  ): Promise<WriteOutcome> {
    const zone = this.#get(name);
    zone.summary = { ...zone.summary, settings: { ...zone.summary.settings, ...settings } };
    const { serial } = zone.summary;
    return this.#receipts.add(name, context, { oldSerial: serial, newSerial: serial });
  }

  async delete(name: string, context: WriteContext): Promise<WriteOutcome> {
    const { serial } = this.#get(name).summary;
    this.#zones.delete(name);
    return this.#receipts.add(name, context, { oldSerial: serial });
  }

  async applyEdits(
    name: string,
    edits: readonly RrsetEdit[],
    context: WriteContext,
  ): Promise<WriteOutcome> {
    const zone = this.#get(name);
    let rrsets = zone.rrsets;
    for (const edit of edits) rrsets = applyEdit(name, rrsets, edit);
    return this.#commit(name, zone.summary.settings, rrsets, context, true);
  }

  async import(
    name: string,
    masterFile: AsyncIterable<Uint8Array>,
    { force }: ImportOptions,
    context: WriteContext,
  ): Promise<ImportOutcome> {
    const zone = this.#zones.get(name);
    if (zone?.edited === true && !force) throw zoneChanged(name);
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of masterFile) text += decoder.decode(chunk, { stream: true });
    const { rrsets, errors } = parseLines(text);
    if (errors.length > 0) return { imported: false, errors };
    const byKey = new Map(rrsets.map((rrset) => [keyOf(rrset), rrset]));
    const settings = zone?.summary.settings ?? PRIMARY_SETTINGS;
    return {
      imported: true,
      outcome: await this.#commit(name, settings, byKey, context, false),
      recordCount: rrsets.reduce((sum, { records }) => sum + records.length, 0),
      warnings: [],
    };
  }

  async notify(zone: string): Promise<void> {
    this.notified.push(zone);
  }

  #get(name: string): MemoryZone {
    const zone = this.#zones.get(name);
    if (zone === undefined) throw zoneMissing(name);
    return zone;
  }

  async #commit(
    name: string,
    settings: ZoneSettings,
    rrsets: ReadonlyMap<string, RrsetText>,
    context: WriteContext,
    edited: boolean,
  ): Promise<WriteOutcome> {
    const before = this.#zones.get(name);
    const oldSerial = before?.summary.serial;
    const changed =
      before === undefined || JSON.stringify([...before.rrsets]) !== JSON.stringify([...rrsets]);
    const serial = changed ? (oldSerial ?? 0) + 1 : (oldSerial ?? 0);
    const summary: ZoneSummary = {
      name,
      serial,
      servedSerial: serial,
      notifiedSerial: 0,
      lastCheck: 0,
      signed: false,
      settings,
    };
    this.#zones.set(name, { summary, rrsets, edited: edited || before?.edited === true });
    return this.#receipts.add(name, context, {
      ...(oldSerial === undefined ? {} : { oldSerial }),
      newSerial: serial,
    });
  }
}

function keyOf({ name, type }: RrsetKey): string {
  return `${name} ${type}`;
}

function applyEdit(
  zone: string,
  before: ReadonlyMap<string, RrsetText>,
  edit: RrsetEdit,
): ReadonlyMap<string, RrsetText> {
  const rrsets = new Map(before);
  if (META_TYPES.has(edit.type)) throw typeInvalid(edit);
  if (!TYPES.has(edit.type) && !/^TYPE\d+$/.test(edit.type)) throw typeUnknown(edit);
  if (edit.change === 'DELETE') {
    rrsets.delete(keyOf(edit));
    return rrsets;
  }
  if (edit.change !== 'REPLACE') throw new Error(`${edit.change} is for a later version`);
  if (edit.name !== zone && !edit.name.endsWith(`.${zone}`)) throw nameOutOfZone(edit);
  checkConflicts(zone, rrsets, edit);
  const held = rrsets.get(keyOf(edit));
  const records = edit.records ?? held?.records ?? [];
  for (const { content } of records) checkContent(edit, content);
  if (records.length > 1 && SINGLE_TYPES.has(edit.type)) throw rrsetSingle(edit);
  const comments = edit.comments ?? (records.length > 0 ? (held?.comments ?? []) : []);
  if (records.length === 0 && comments.length === 0) rrsets.delete(keyOf(edit));
  else {
    const { name, type } = edit;
    rrsets.set(keyOf(edit), { name, type, ttl: edit.ttl ?? held?.ttl ?? 0, records, comments });
  }
  return rrsets;
}

function checkConflicts(
  zone: string,
  rrsets: ReadonlyMap<string, RrsetText>,
  { name, type }: RrsetKey,
): void {
  if (type === 'SOA' && name !== zone) throw apexRule({ name, type }, 'only at apex');
  if (type === 'DS' && name === zone) throw apexRule({ name, type }, 'not at apex');
  for (const other of rrsets.values()) {
    if (other.name !== name || other.type === type) continue;
    if (type === 'CNAME' || other.type === 'CNAME') throw rrsetConflict({ name, type }, other.type);
  }
}

/** Names at the end of these types' contents end in a dot. */
function checkContent(rrset: RrsetKey, content: string): void {
  const isNamed = ['CNAME', 'NS', 'MX', 'PTR', 'SRV'].includes(rrset.type);
  if (isNamed && !content.endsWith('.')) {
    throw contentInvalid(rrset, content, { parsedAs: `${content}.` });
  }
}

function defaultSoa(zone: NewZone): RrsetText {
  const content = `a.misconfigured.dns.server.invalid. hostmaster.${zone.name} ${zone.serial ?? 0} 10800 3600 604800 3600`;
  const records = [{ content, disabled: false }];
  return { name: zone.name, type: 'SOA', ttl: DEFAULT_TTL, records, comments: [] };
}

/** Lines of `name TAB ttl TAB IN TAB type TAB content`, which is what the export writes. */
function parseLines(text: string): { rrsets: RrsetText[]; errors: FileFinding[] } {
  const rrsets = new Map<string, RrsetText>();
  const errors: FileFinding[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const [name = '', ttl = '', zoneClass, type = '', content] = line.split('\t');
    if (zoneClass !== 'IN' || content === undefined || !/^\d+$/.test(ttl)) {
      const message = 'expected name, ttl, class, type and data';
      errors.push({ line: index + 1, column: 1, code: 'ZONEFILE_SYNTAX', message });
      continue;
    }
    const rrset = rrsets.get(`${name} ${type}`);
    const record = { content, disabled: false };
    if (rrset !== undefined) rrset.records.push(record);
    else {
      const fresh = { name, type, ttl: Number(ttl), records: [record], comments: [] };
      rrsets.set(`${name} ${type}`, fresh);
    }
  }
  return { rrsets: [...rrsets.values()], errors };
}

async function* selectRrsets(
  rrsets: RrsetText[],
  filter: RrsetFilter = {},
): AsyncGenerator<RrsetText[]> {
  const { name, type } = filter;
  const chosen = rrsets.filter(
    (rrset) =>
      (name === undefined || rrset.name === name) && (type === undefined || rrset.type === type),
  );
  for (const chunk of chunksOf(chosen)) yield chunk;
}

async function* masterFileText(rrsets: RrsetText[]): AsyncGenerator<string> {
  for (const { name, ttl, type, records } of rrsets) {
    for (const { content, disabled } of records) {
      if (!disabled) yield `${name}\t${ttl}\tIN\t${type}\t${content}\n`;
    }
  }
}

function* chunksOf<T>(items: readonly T[]): Generator<T[]> {
  for (let at = 0; at < items.length; at += CHUNK_LENGTH) yield items.slice(at, at + CHUNK_LENGTH);
}
