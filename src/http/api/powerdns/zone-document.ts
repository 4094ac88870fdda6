/**
 * Zones in answers. Keys come in alphabetical order, which clients lean on, and the RRsets of a
 * zone are written as they are read, so that a zone of millions costs no more memory than one
 * of ten.
 */
import { sortedJson } from '#http/json.ts';
import type { RrsetFilter, RrsetText, ZoneSummary, ZoneView } from '../ports.ts';
import { zoneIdOfName } from '../zone-name.ts';

export const SERVER_PATH = '/api/v1/servers/localhost';

/** A zone as the list shows it; `dnssec=false` asks to leave out what is dear to find out there. */
export function zoneListDocument(zone: ZoneSummary, withDnssec: boolean): Record<string, unknown> {
  const id = zoneIdOfName(zone.name);
  return {
    id,
    name: zone.name,
    url: `${SERVER_PATH}/zones/${id}`,
    kind: zone.settings.kind,
    masters: zone.settings.masters,
    account: zone.settings.account,
    catalog: zone.settings.catalog,
    serial: zone.serial,
    notified_serial: zone.notifiedSerial,
    last_check: zone.lastCheck,
    ...(withDnssec ? { dnssec: zone.signed, edited_serial: zone.servedSerial } : {}),
  };
}

/** A zone with all its settings and without its RRsets; `withCount`: how many records it has. */
export function zoneDocument(zone: ZoneSummary, withCount: boolean): Record<string, unknown> {
  const { settings } = zone;
  return {
    ...zoneListDocument(zone, true),
    soa_edit: settings.soaEdit,
    soa_edit_api: settings.soaEditApi,
    api_rectify: settings.apiRectify,
    nsec3param: settings.nsec3param,
    nsec3narrow: settings.nsec3narrow,
    master_tsig_key_ids: settings.masterTsigKeyIds,
    slave_tsig_key_ids: settings.slaveTsigKeyIds,
    ...(withCount ? { record_count: zone.recordCount } : {}),
  };
}

/** Which RRsets go into a zone's document. */
export interface RrsetSelection {
  filter: RrsetFilter;
  withDisabled: boolean;
  withCount: boolean;
}

/** The text of `zoneDocument` with `rrsets` in its alphabetical place. */
export async function* zoneDocumentText(
  view: ZoneView,
  selection: RrsetSelection,
): AsyncGenerator<string> {
  const head: Record<string, unknown> = {};
  const tail: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(zoneDocument(view.summary, selection.withCount))) {
    if (key < 'rrsets') head[key] = value;
    else tail[key] = value;
  }
  yield `${sortedJson(head).slice(0, -1)},"rrsets":[`;
  let isFirst = true;
  for await (const chunk of view.rrsets(selection.filter)) {
    const documents = chunk.flatMap((rrset) => rrsetDocuments(rrset, selection.withDisabled));
    if (documents.length === 0) continue;
    const text = documents.map((document) => JSON.stringify(document)).join(',');
    yield isFirst ? text : `,${text}`;
    isFirst = false;
  }
  yield `],${sortedJson(tail).slice(1)}`;
}

/** The RRset's document, keys in order; none when all that it holds is disabled and unwanted. */
function rrsetDocuments(rrset: RrsetText, withDisabled: boolean): Record<string, unknown>[] {
  const records = withDisabled ? rrset.records : rrset.records.filter((record) => !record.disabled);
  if (records.length === 0 && rrset.records.length > 0) return [];
  return [
    {
      comments: rrset.comments.map(({ account, content, modifiedAt }) => ({
        account,
        content,
        modified_at: modifiedAt,
      })),
      name: rrset.name,
      records: records.map(({ content, disabled }) => ({ content, disabled })),
      ttl: rrset.ttl,
      type: rrset.type,
    },
  ];
}

/** The list of zones, chunk by chunk. */
export async function* zoneListText(
  zones: AsyncIterable<ZoneSummary[]>,
  withDnssec: boolean,
): AsyncGenerator<string> {
  yield '[';
  let isFirst = true;
  for await (const chunk of zones) {
    if (chunk.length === 0) continue;
    const text = chunk.map((zone) => sortedJson(zoneListDocument(zone, withDnssec))).join(',');
    yield isFirst ? text : `,${text}`;
    isFirst = false;
  }
  yield ']';
}

/** `{"zone":"…"}` around a master file. */
export async function* zoneExportText(masterFile: AsyncIterable<string>): AsyncGenerator<string> {
  yield '{"zone":"';
  for await (const text of masterFile) yield JSON.stringify(text).slice(1, -1);
  yield '"}';
}
