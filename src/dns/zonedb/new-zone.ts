/** A whole new content of a zone, from the same operations that change one. */

import { compareBytes } from '#base/bytes.ts';
import { equalNames, type Name } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { addToSerial } from '#dns/zone/serial.ts';
import { soaSerial } from '#dns/zone/soa.ts';
import { applyChange } from './apply-change.ts';
import { ChangeError, type Operation } from './change.ts';
import type { StoredNode } from './node-row.ts';
import { ZoneDraft } from './zone-draft.ts';
import { DEFAULT_SETTINGS, type ZoneRow, type ZoneSettings } from './zone-row.ts';

/**
 * Nodes in canonical order, the SOA's serial by the rule of the settings.
 * @param apex lower case
 * @param old the zone that the content replaces, for a serial that secondaries follow
 * @throws ChangeError as `applyChange`; CHANGE_SOA when no operation brings the SOA
 */
export async function buildNewZone(
  apex: Name,
  operations: readonly Operation[],
  settings: Pick<ZoneSettings, 'soaEditApi'>,
  nowMs: number,
  old?: ZoneRow,
): Promise<StoredNode[]> {
  const draft = new ZoneDraft(apex);
  const empty = emptyZone(apex, operations, settings);
  const start = old === undefined ? empty : { ...empty, serial: old.serial, signed: old.signed };
  applyChange(draft, start, { operations }, 'zone', nowMs, (error) => {
    throw error;
  });
  return [...draft.changed()]
    .filter(({ rrsets }) => rrsets.length > 0)
    .sort((a, b) => compareBytes(a.key, b.key))
    .map(({ owner, rrsets }) => ({ owner, rrsets: [...rrsets] }));
}

/** The row of a zone without records, one serial behind what the operations bring. */
function emptyZone(
  apex: Name,
  operations: readonly Operation[],
  settings: Pick<ZoneSettings, 'soaEditApi'>,
): ZoneRow {
  const soa = operations.find(
    (operation) =>
      operation.kind === 'replace' &&
      operation.type === TYPE.SOA &&
      equalNames(operation.owner, apex),
  );
  if (soa?.kind !== 'replace' || soa.records.length === 0) {
    throw new ChangeError('CHANGE_SOA', 'a new zone needs an SOA record at its apex');
  }
  return {
    apex,
    generation: 0,
    version: 0,
    serial: addToSerial(soaSerial(soa.records[0].rdata), 0xffff_ffff),
    records: 0,
    digest: '',
    sequence: 0,
    signed: false,
    edited: false,
    contentSource: 'api',
    settings: { ...DEFAULT_SETTINGS, ...settings },
  };
}
