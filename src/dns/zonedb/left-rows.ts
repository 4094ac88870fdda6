/**
 * What is left of a zone's rows in a store that is damaged: those that can be read, whatever lies
 * between them.
 */
import { latin1 } from '#base/bytes.ts';
import { errorCode } from '#base/coded-error.ts';
import type { Entry, KeyValueReader, MirroredWrite } from '#store/key-value-store.ts';
import { generationRange } from './zone-keys.ts';
import type { ZoneRow } from './zone-row.ts';

/** The newest writes that the mirror has of a zone's rows, by the key as latin1. */
export type Overlay = ReadonlyMap<string, MirroredWrite>;

/** Told of what is not read. */
export interface LossReport {
  /** A row fails its checksum. */
  readonly onDamaged?: (key: Uint8Array) => void;
  /** LevelDB cannot read a block of its own, which hides rows; told at the end. */
  readonly onUnreadable?: () => void;
}

/** @throws StoreError but for damage, which is told */
export async function* leftRows(
  reader: KeyValueReader,
  { generation }: ZoneRow,
  { onDamaged = () => {}, onUnreadable = () => {} }: LossReport = {},
): AsyncGenerator<Entry[]> {
  const { from, to } = generationRange(generation);
  try {
    yield* reader.range(from, to, { onDamaged });
  } catch (error) {
    if (errorCode(error) !== 'STORE_DAMAGED') throw error;
    onUnreadable();
  }
}

/** A row by the overlay: `undefined`: it is not to be there, or nothing is known of it. */
export interface OverlaidRow {
  /** As the store has it; `undefined`: it is damaged, hidden or gone. */
  readonly stored: Entry | undefined;
  /** As it is to be; `undefined`: not at all. */
  readonly wanted: Entry | undefined;
}

/**
 * The rows with the overlay over them. A write that may not be the newest of its row stands in only
 * for a row that is damaged or gone.
 */
export async function* overlaidRows(
  reader: KeyValueReader,
  row: ZoneRow,
  overlay: Overlay,
  report: LossReport = {},
): AsyncGenerator<OverlaidRow[]> {
  const seen = new Set<string>();
  for await (const chunk of leftRows(reader, row, report)) {
    yield chunk.map((stored) => {
      const key = latin1(stored.key);
      const known = overlay.get(key);
      if (known === undefined) return { stored, wanted: stored };
      seen.add(key);
      if (!known.isNewest) return { stored, wanted: stored };
      return { stored, wanted: 'value' in known.write ? known.write : undefined };
    });
  }
  const others: OverlaidRow[] = [];
  for (const [key, { write }] of overlay) {
    if (!seen.has(key) && 'value' in write) others.push({ stored: undefined, wanted: write });
  }
  if (others.length > 0) yield others;
}
