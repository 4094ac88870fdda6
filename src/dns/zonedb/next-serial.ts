/**
 * The SOA of a zone's next version (RFC 2136 section 3.6, RFC 1982): by the rule of its
 * SOA-EDIT-API, for an UPDATE by SOA-EDIT-DNSUPDATE where that metadata is set, and never one that
 * secondaries would not follow, unless the zone's owner keeps the serial by hand.
 */
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { compareSerials, nextSerial, type SerialStyle } from '#dns/zone/serial.ts';
import { replaceSoaSerial, soaSerial } from '#dns/zone/soa.ts';
import { ChangeError, type StoredRrset } from './change.ts';
import type { EditSet } from './edit-set.ts';
import { formatPlace } from './stored-rrset.ts';
import type { ZoneDraft } from './zone-draft.ts';
import type { ZoneRow, ZoneSettings } from './zone-row.ts';

/** Whose serial it is: see `chooseSerial`. */
export type SerialRule =
  /** As the zone says; by hand means that it stays as submitted. */
  | 'zone'
  /** As the zone says for UPDATE; by hand means one more. */
  | 'update'
  /** As the zone says; by hand means one more. */
  | 'rise';

/**
 * Gives the SOA its next serial and records that edit; the SOA must be there and enabled.
 * @throws ChangeError CHANGE_SOA
 */
export function bumpSerial(
  draft: ZoneDraft,
  zone: ZoneRow,
  edits: EditSet,
  rule: SerialRule,
  nowMs: number,
): number {
  const apex = draft.node(draft.apex);
  const { soa, rdata } = getSoa(draft);
  const submitted = soaSerial(rdata);
  const newSerial = edits.serialGiven ? submitted : chooseSerial(zone, submitted, rule, nowMs);
  const records = [{ rdata: replaceSoaSerial(rdata, newSerial), disabled: false }];
  edits.set(apex, TYPE.SOA, soa, { ...soa, records }, -1);
  return newSerial;
}

/** The zone's SOA as the draft has it. @throws ChangeError CHANGE_SOA */
export function getSoa(draft: ZoneDraft): { soa: StoredRrset; rdata: Uint8Array } {
  const soa = draft.node(draft.apex).rrsets.find((rrset) => rrset.type === TYPE.SOA);
  const record = soa?.records[0];
  if (soa !== undefined && record?.disabled === false) return { soa, rdata: record.rdata };
  throw new ChangeError(
    'CHANGE_SOA',
    `${formatPlace(draft.apex, TYPE.SOA)}: a zone must keep its SOA record`,
  );
}

function chooseSerial(zone: ZoneRow, submitted: number, rule: SerialRule, nowMs: number): number {
  const style = styleOf(zone, rule);
  if (style === undefined) return submitted;
  const next = nextSerial(style, submitted, nowMs);
  return compareSerials(next, zone.serial) > 0 ? next : nextSerial(style, zone.serial, nowMs);
}

/** `undefined`: by hand. */
function styleOf({ settings }: ZoneRow, rule: SerialRule): SerialStyle | undefined {
  const asked = rule === 'update' ? settings.metadata['SOA-EDIT-DNSUPDATE']?.[0] : undefined;
  const style = parseStyle(asked ?? '', settings) ?? parseStyle(settings.soaEditApi, settings);
  return style === undefined && rule !== 'zone' ? 'INCREASE' : style;
}

/** `SOA-EDIT` and `SOA-EDIT-INCREASE` refer to the rule of SOA-EDIT, which may be none. */
function parseStyle(
  text: string,
  { soaEdit }: Pick<ZoneSettings, 'soaEdit'>,
): SerialStyle | undefined {
  switch (text.toUpperCase()) {
    case 'DEFAULT':
      return 'DEFAULT';
    case 'INCREASE':
      return 'INCREASE';
    case 'EPOCH':
      return 'EPOCH';
    case 'SOA-EDIT':
      return soaEditStyle(soaEdit);
    case 'SOA-EDIT-INCREASE':
      return soaEditStyle(soaEdit) ?? 'INCREASE';
    default:
      return undefined;
  }
}

/** The weeks of INCREMENT-WEEKS are for signatures, of which there are none: it counts by one. */
function soaEditStyle(soaEdit: string): SerialStyle | undefined {
  switch (soaEdit.toUpperCase()) {
    case 'EPOCH':
    case 'INCEPTION-EPOCH':
      return 'EPOCH';
    case 'INCEPTION':
    case 'INCEPTION-INCREMENT':
      return 'DEFAULT';
    case 'INCREMENT-WEEKS':
      return 'INCREASE';
    default:
      return undefined;
  }
}
