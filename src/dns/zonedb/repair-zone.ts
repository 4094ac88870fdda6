/**
 * Repairs the stored content of a zone: rows that fail their checksum, are gone, are old ones, or
 * have come back. Nothing is taken for right because of where it comes from: a repaired zone must
 * have the record count and the digest of its zone row, or nothing is written.
 *
 *     store as it is                                   -> digest of the zone row? -> sound
 *     store, with the mirror's newest writes over it   -> digest of the zone row? -> written
 *     or a whole content from elsewhere, if one is given -> digest of the zone row? -> written
 *     otherwise: the zone stays refused for changes
 *
 * Rows are written where they lie, so that history and differences go on. Only where LevelDB cannot
 * read a block among them, which would spoil every later reading, the whole content moves
 * (move-content.ts).
 */
import { equalBytes, latin1 } from '#base/bytes.ts';
import { formatName, sortKey } from '#dns/wire/name.ts';
import type { Entry, KeyValueStore, Write } from '#store/key-value-store.ts';
import { ContentSum } from './content-sum.ts';
import type { Journal } from './journal.ts';
import { leftRows, type Overlay, overlaidRows } from './left-rows.ts';
import { moveContent } from './move-content.ts';
import { formatNodeRow, type StoredNode } from './node-row.ts';
import { type OwnedRow, withUnserved } from './unserved-rows.ts';
import type { ZoneDbParts } from './zone-db-parts.ts';
import { generationRange, nodeKey } from './zone-keys.ts';
import type { ZoneState } from './zone-list.ts';
import type { ZoneRow } from './zone-row.ts';

/** A whole content of a zone from elsewhere, each owner once; gone through twice. */
export interface ContentSource {
  /** For the log: `backup 20261122T…`, `192.0.2.1:53`. */
  readonly name: string;
  readonly nodes: (row: ZoneRow, journal: Journal) => AsyncIterable<readonly StoredNode[]>;
  /** It has only what is served; the rest is taken from rows that are left (unserved-rows.ts). */
  readonly isServedOnly?: boolean;
}

/** Rows in one synced write. */
const ROWS_TOGETHER = 1000;

type RepairParts = Pick<ZoneDbParts, 'store' | 'journal' | 'log' | 'sweep'>;
type Rows = AsyncIterable<readonly Entry[]>;

/** What a content would take to be the zone's. */
interface Remedy {
  readonly source: string;
  readonly patches: () => Promise<readonly Write[]>;
  readonly rows: () => Rows;
}

/**
 * The caller holds the zone's lock. Finds out by itself whether there is anything to repair. The
 * row in `state` is another one where the content had to move.
 * @param sources instead of the mirror, which is long to read: tried in this order
 * @returns from what it was repaired, `sound`: it needed nothing; `undefined`: nothing fits
 */
export async function repairZone(
  parts: RepairParts,
  state: ZoneState,
  sources: readonly ContentSource[] = [],
): Promise<string | undefined> {
  const { store } = parts;
  const stored = await readOverlaid(store, state.row, new Map());
  if (stored.fits && stored.isReadable && stored.patches.length === 0) return 'sound';
  const remedy = await findRemedy(parts, state.row, sources);
  if (remedy === undefined) return undefined;
  const { source } = remedy;
  const zone = formatName(state.row.apex);
  if (stored.isReadable) {
    const patches = await remedy.patches();
    for (let at = 0; at < patches.length; at += ROWS_TOGETHER) {
      await store.write(patches.slice(at, at + ROWS_TOGETHER));
    }
    const rows = patches.length;
    parts.log.warn({ zone, rows, source }, 'the stored content of a zone was repaired');
    return source;
  }
  await moveContent(parts, state, remedy.rows());
  // The same block may lie between the new rows and their neighbours.
  if (!(await readOverlaid(store, state.row, new Map())).isReadable) return undefined;
  parts.log.warn({ zone, source }, 'a zone was written anew, beside a block that is unreadable');
  return source;
}

/** The first content that is the zone's. */
async function findRemedy(
  { store, journal }: RepairParts,
  row: ZoneRow,
  sources: readonly ContentSource[],
): Promise<Remedy | undefined> {
  if (sources.length === 0) return remedyOfMirror(store, row);
  for (const { name, nodes, isServedOnly = false } of sources) {
    const overlay = isServedOnly ? await mirroredRows(store, row) : undefined;
    const rows = (): Rows => {
      const found = rowsOf(row, nodes(row, journal));
      return overlay === undefined ? found : withUnserved(store, row, overlay, found);
    };
    if (!(await isWhole(row, rows()))) continue;
    return { source: name, patches: () => patchesTo(store, row, rows()), rows };
  }
  return undefined;
}

async function remedyOfMirror(store: KeyValueStore, row: ZoneRow): Promise<Remedy | undefined> {
  const overlay = await mirroredRows(store, row);
  const { fits, patches } = await readOverlaid(store, row, overlay);
  if (!fits) return undefined;
  const rows = (): Rows => wantedRows(store, row, overlay);
  return { source: 'mirror', patches: async () => patches, rows };
}

/** What the mirror has of the zone's rows. Reads the whole mirror. */
async function mirroredRows(store: KeyValueStore, { generation }: ZoneRow): Promise<Overlay> {
  const { from } = generationRange(generation);
  const isOfZone = (key: Uint8Array): boolean => equalBytes(key.subarray(0, from.length), from);
  return (await store.mirrored?.(isOfZone)) ?? new Map();
}

interface Overlaid {
  /** The rows with the overlay over them are the zone's content, if the patches are written. */
  readonly fits: boolean;
  readonly patches: readonly Write[];
  /** False: LevelDB could not read all of them. */
  readonly isReadable: boolean;
}

async function readOverlaid(
  store: KeyValueStore,
  row: ZoneRow,
  overlay: Overlay,
): Promise<Overlaid> {
  const content = new ContentSum();
  const patches: Write[] = [];
  const damaged = new Map<string, Uint8Array>();
  let isReadable = true;
  const rows = overlaidRows(store, row, overlay, {
    onDamaged: (key) => damaged.set(latin1(key), key),
    onUnreadable: () => {
      isReadable = false;
    },
  });
  for await (const chunk of rows) {
    for (const { stored, wanted } of chunk) {
      if (wanted === undefined) {
        if (stored !== undefined) patches.push({ key: stored.key, delete: true });
        continue;
      }
      content.add(wanted);
      if (stored !== undefined && equalBytes(stored.value, wanted.value)) continue;
      patches.push(wanted);
      damaged.delete(latin1(wanted.key));
    }
  }
  // If the rest fits, a damaged row is one that was to be gone.
  for (const key of damaged.values()) patches.push({ key, delete: true });
  return { fits: content.is(row), patches, isReadable };
}

async function* wantedRows(
  store: KeyValueStore,
  row: ZoneRow,
  overlay: Overlay,
): AsyncGenerator<Entry[]> {
  for await (const chunk of overlaidRows(store, row, overlay)) {
    yield chunk.map(({ wanted }) => wanted).filter((wanted) => wanted !== undefined);
  }
}

/** True if that is the content that the zone row tells of. */
async function isWhole(row: ZoneRow, rows: Rows): Promise<boolean> {
  const content = new ContentSum();
  for await (const chunk of rows) for (const entry of chunk) content.add(entry);
  return content.is(row);
}

/** The writes that make the stored rows that content. */
async function patchesTo(store: KeyValueStore, row: ZoneRow, rows: Rows): Promise<Write[]> {
  const stored = new Map<string, Uint8Array>();
  const damaged: Uint8Array[] = [];
  for await (const chunk of leftRows(store, row, { onDamaged: (key) => damaged.push(key) })) {
    for (const { key, value } of chunk) stored.set(latin1(key), value);
  }
  const patches: Write[] = [];
  for await (const chunk of rows) {
    for (const { key, value } of chunk) {
      const found = stored.get(latin1(key));
      stored.delete(latin1(key));
      if (found === undefined || !equalBytes(found, value)) patches.push({ key, value });
    }
  }
  const written = new Set(patches.map(({ key }) => latin1(key)));
  const left = [...stored.keys()].map((key) => Uint8Array.from(Buffer.from(key, 'latin1')));
  for (const key of [...left, ...damaged]) {
    if (!written.has(latin1(key))) patches.push({ key, delete: true });
  }
  return patches;
}

async function* rowsOf(
  { generation, apex }: ZoneRow,
  nodes: AsyncIterable<readonly StoredNode[]>,
): AsyncGenerator<OwnedRow[]> {
  for await (const chunk of nodes) {
    yield chunk.map(({ owner, rrsets }) => ({
      owner,
      key: nodeKey(generation, sortKey(owner, apex)),
      value: formatNodeRow(rrsets),
    }));
  }
}
