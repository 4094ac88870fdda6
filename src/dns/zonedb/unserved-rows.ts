/**
 * Completes a content that has only what is served, as a transfer brings it, by what a zone keeps
 * beside: remarks, disabled records, the letter case that a name was written in. Those are in the
 * rows that are left in the store and in the mirror's, and are taken from a row that serves the
 * same; where neither has the row any more, the digest will say that it is not the zone.
 */
import { latin1 } from '#base/bytes.ts';
import { errorCode } from '#base/coded-error.ts';
import type { Name } from '#dns/wire/name.ts';
import { diffRrsets } from '#dns/zone/diff.ts';
import type { Entry, KeyValueReader } from '#store/key-value-store.ts';
import type { StoredRrset } from './change.ts';
import { type Overlay, overlaidRows } from './left-rows.ts';
import { parseNodeRow } from './node-row.ts';
import { servedRrset } from './served-rrset.ts';
import type { ZoneRow } from './zone-row.ts';

/** A row and whose it is. */
export interface OwnedRow extends Entry {
  readonly owner: Name;
}

/** @param served rows with no remarks and no disabled records, each owner once */
export async function* withUnserved(
  reader: KeyValueReader,
  row: ZoneRow,
  overlay: Overlay,
  served: AsyncIterable<readonly OwnedRow[]>,
): AsyncGenerator<Entry[]> {
  const silent = await silentRows(reader, row, overlay);
  for await (const chunk of served) {
    const rows: Entry[] = [];
    for (const one of chunk) {
      silent.delete(latin1(one.key));
      rows.push((await sameServed(reader, overlay, one)) ?? one);
    }
    yield rows;
  }
  yield [...silent.values()];
}

/** Rows of owners that serve nothing: no transfer names them. */
async function silentRows(
  reader: KeyValueReader,
  row: ZoneRow,
  overlay: Overlay,
): Promise<Map<string, Entry>> {
  const silent = new Map<string, Entry>();
  for await (const chunk of overlaidRows(reader, row, overlay)) {
    for (const { wanted } of chunk) {
      if (wanted === undefined || parseNodeRow(wanted.value).some(isServed)) continue;
      silent.set(latin1(wanted.key), wanted);
    }
  }
  return silent;
}

/** A row that is left of the same owner and serves the same. */
async function sameServed(
  reader: KeyValueReader,
  overlay: Overlay,
  { key, owner, value }: OwnedRow,
): Promise<Entry | undefined> {
  const write = overlay.get(latin1(key))?.write;
  const mirrored = write !== undefined && 'value' in write ? write.value : undefined;
  const stored = await reader.get(key).catch((error: unknown) => {
    if (errorCode(error) === 'STORE_DAMAGED') return undefined;
    throw error;
  });
  const wanted = parseNodeRow(value);
  for (const left of [mirrored, stored]) {
    if (left !== undefined && serveSame(owner, parseNodeRow(left), wanted)) {
      return { key, value: left };
    }
  }
  return undefined;
}

function isServed({ records }: StoredRrset): boolean {
  return records.some(({ disabled }) => !disabled);
}

function serveSame(owner: Name, left: readonly StoredRrset[], wanted: readonly StoredRrset[]) {
  const types = new Set([...left, ...wanted].map(({ type }) => type));
  const find = (rrsets: readonly StoredRrset[], wantedType: number) =>
    servedRrset(
      owner,
      rrsets.find(({ type }) => type === wantedType),
    );
  return [...types].every((type) => diffRrsets(find(left, type), find(wanted, type)) === undefined);
}
