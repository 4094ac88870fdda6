/**
 * Repairs what the scrubber found while the server runs, as far as the mirror reaches: zones by
 * their digest, entries of the journal, and all other rows one by one. What stays is told.
 */
import { setImmediate } from 'node:timers/promises';
import { latin1 } from '#base/bytes.ts';
import { type Name, nameKey } from '#dns/wire/name.ts';
import type { KeyValueStore, Write } from '#store/key-value-store.ts';
import { KEYSPACE } from '#store/keyspace.ts';
import { isDamaged, putBackRows } from '#store/put-back-rows.ts';
import { mendJournal } from './mend-journal.ts';
import { isMendedByRow } from './mend-store.ts';
import type { ScrubFinding } from './scrub-store.ts';
import type { ZoneDbParts } from './zone-db-parts.ts';

const NOTHING = new Uint8Array(0);
/** Rows that are looked at before others get their turn. */
const LOOKS_TOGETHER = 256;

/**
 * @param repair repairs a zone under its lock; `undefined`: it could not be
 * @returns the findings that are left
 */
export async function mendFindings(
  { store, journal, zones }: Pick<ZoneDbParts, 'store' | 'journal' | 'zones'>,
  findings: readonly ScrubFinding[],
  repair: (apex: Name) => Promise<string | undefined>,
): Promise<ScrubFinding[]> {
  await remakeRows(store, findings);
  const isUnreadable = findings.some((finding) => finding.isUnreadable);
  const ranges = findings.map(({ entries }) => entries).filter((range) => range !== undefined);
  const lostEntries = await mendJournal(store, journal, ranges);
  const lostRows = await putBackRows(store, {
    damaged: [
      ...findings.map(({ damaged }) => damaged).filter((key) => key !== undefined),
      ...(isUnreadable ? await hiddenRows(store) : []),
    ],
    gone: findings.flatMap(({ gone = [] }) => gone),
  });
  const isWell = new Map<string, boolean>();
  // Rows that are hidden may be of any zone, or old ones of a zone that is whole without them.
  const suspects = isUnreadable ? [...zones.names()] : [];
  for (const apex of [...suspects, ...findings.map((finding) => finding.apex)]) {
    if (apex === undefined || isWell.has(nameKey(apex))) continue;
    // A zone that is gone by now has nothing to repair.
    const isRepaired = zones.find(apex) === undefined || (await repair(apex)) !== undefined;
    isWell.set(nameKey(apex), isRepaired);
  }
  return findings.filter(({ apex, entries, damaged, gone }) => {
    if (entries !== undefined) return lostEntries.has(entries);
    if (apex !== undefined) return isWell.get(nameKey(apex)) !== true;
    if (damaged !== undefined) return lostRows.has(latin1(damaged));
    return gone === undefined || gone.some((key) => lostRows.has(latin1(key)));
  });
}

/** Rows that no mirror has, as they are written in bulk, and that need none. */
async function remakeRows(store: KeyValueStore, findings: readonly ScrubFinding[]): Promise<void> {
  const writes: Write[] = [];
  for (const { damaged: key } of findings) {
    if (key?.[0] === KEYSPACE.generation) writes.push({ key, value: NOTHING });
    // A fetched zone without one is as good as confirmed at the next start.
    if (key?.[0] === KEYSPACE.refresh) writes.push({ key, delete: true });
  }
  if (writes.length > 0) await store.writeBulk(writes);
}

/** Rows that the mirror knows and LevelDB cannot read. */
async function hiddenRows(store: KeyValueStore): Promise<Uint8Array[]> {
  const known = (await store.mirrored?.(isMendedByRow)) ?? new Map();
  const hidden: Uint8Array[] = [];
  let looks = 0;
  for (const { write } of known.values()) {
    looks += 1;
    if (looks % LOOKS_TOGETHER === 0) await setImmediate();
    const isHidden = await isDamaged(store, write.key);
    if (isHidden) hidden.push(write.key);
  }
  return hidden;
}
