/**
 * One backup in one location: the parts, then the manifest, then all of it read back. A copy that
 * fails on the way is taken away again, so what has a manifest was found good when it was made.
 *
 * Whether it is a full or an incremental one is decided here, for each location by itself: what
 * can be built on is the last copy that this location took from this process.
 */
import { assert } from '#base/assert.ts';
import { formatDigest } from '../digest.ts';
import type { KeyValueReader } from '../key-value-store.ts';
import type { KeyRange } from '../keyspace.ts';
import { STORE_LAYOUT_VERSION } from '../level-store.ts';
import { type BackupLocation, MANIFEST_NAME } from '../locations/location.ts';
import { CHAIN_LINKS_MAX } from './backup-chain.ts';
import type { BlockIndex, RowSurvey } from './block-index.ts';
import {
  BACKUP_FORMAT_VERSION,
  type BackupBase,
  type BackupFacts,
  type BackupKind,
  type BackupManifest,
  type BackupPart,
  damaged,
  formatManifest,
} from './manifest.ts';
import { compress, encrypt, Meter } from './part-stream.ts';
import { writeRanges } from './range-list.ts';
import { CHANGES_PART, describeBackup, RANGES_PART, STORE_PART } from './read-backup.ts';
import { emptyTotals, type RowTotals, writeRows } from './row-stream.ts';
import { verifyCopy } from './verify-backup.ts';

/** An incremental copy of more than this share of all rows would save nothing: it is a full one. */
const CHANGED_SHARE_MAX = 0.5;

/** A file that goes along: a key, the configuration. Restored under its name beside the store. */
export interface BackupExtra {
  /** Lower-case letters, digits, dots, dashes and underscores; no name of a part of rows. */
  readonly name: string;
  /** Its octets; called once per location. */
  read(): AsyncIterable<Uint8Array>;
}

/** A file that should go along and does not. */
export interface LeftOutFile {
  /** Absolute. */
  readonly path: string;
  readonly reason: string;
}

/** The files of one backup. */
export interface BackupExtras {
  readonly files: readonly BackupExtra[];
  readonly leftOut: readonly LeftOutFile[];
}

/** What every location is given. */
export interface CopyOrder {
  readonly id: string;
  readonly at: string;
  /** What is wished for; a location without a base makes a full one all the same. */
  readonly kind: BackupKind;
  readonly snapshot: KeyValueReader;
  readonly survey: RowSurvey;
  readonly facts: BackupFacts;
  readonly extras: readonly BackupExtra[];
  /** Public keys of age; none: nothing is encrypted. */
  readonly recipients: readonly string[];
}

/** A copy that the next incremental one of its location can build on. */
export interface CopyBase extends BackupBase {
  readonly index: BlockIndex;
  /** Incremental copies from the full one to it. */
  readonly links: number;
}

export interface WrittenCopy {
  readonly manifest: BackupManifest;
  /** `undefined` where the next copy has to be a full one. */
  readonly nextBase: CopyBase | undefined;
}

/** What goes into the parts of rows. */
type Content =
  | { readonly kind: 'full' }
  | { readonly kind: 'incremental'; readonly base: CopyBase; readonly ranges: KeyRange[] };

/**
 * Writes and verifies. Errors: those of the location, of the snapshot (`STORE_DAMAGED`), and
 * `BACKUP_DAMAGED` for what did not read back.
 * @param base the last good copy of this location, if it is known
 */
export async function writeCopy(
  location: BackupLocation,
  order: CopyOrder,
  base: CopyBase | undefined,
  signal: AbortSignal,
): Promise<WrittenCopy> {
  const content = await chooseContent(location, order, base);
  try {
    const manifest = await writeParts(location, order, content, signal);
    signal.throwIfAborted();
    await location.writeFile(order.id, MANIFEST_NAME, once(formatManifest(manifest)));
    await verifyCopy(location, order.id, { signal });
    signal.throwIfAborted();
    const { index } = order.survey;
    const links = content.kind === 'full' ? 0 : content.base.links + 1;
    const { id, rows, digest } = manifest;
    return { manifest, nextBase: index && { id, rows, digest, index, links } };
  } catch (error) {
    await location.remove(order.id).catch(() => {});
    throw error;
  }
}

async function chooseContent(
  location: BackupLocation,
  { kind, snapshot, survey }: CopyOrder,
  base: CopyBase | undefined,
): Promise<Content> {
  if (kind === 'full' || base === undefined || survey.index === undefined) return { kind: 'full' };
  if (base.links >= CHAIN_LINKS_MAX) return { kind: 'full' };
  if (!(await location.hasFile(base.id, MANIFEST_NAME))) return { kind: 'full' };
  const ranges = survey.index.changedSince(base.index);
  const changedMax = survey.totals.rows * CHANGED_SHARE_MAX;
  if ((await countRows(snapshot, ranges, changedMax)) > changedMax) return { kind: 'full' };
  return { kind: 'incremental', base, ranges };
}

/** Counts no further than past `enough`. */
async function countRows(
  reader: KeyValueReader,
  ranges: readonly KeyRange[],
  enough: number,
): Promise<number> {
  let count = 0;
  for (const { from, to } of ranges) {
    for await (const rows of reader.range(from, to)) {
      count += rows.length;
      if (count > enough) return count;
    }
  }
  return count;
}

async function writeParts(
  location: BackupLocation,
  order: CopyOrder,
  content: Content,
  signal: AbortSignal,
): Promise<BackupManifest> {
  const { id, at, kind: _, snapshot, survey, facts, extras } = order;
  const write = (name: string, octets: AsyncIterable<Uint8Array>): Promise<BackupPart> =>
    writePart(location, order, name, octets, signal);
  const parts: BackupPart[] = [];
  const totals = emptyTotals();
  if (content.kind === 'full') {
    parts.push(await write(STORE_PART, writeRows(snapshot, totals)));
    checkPass(describeBackup(location, id), survey.totals, totals);
  } else {
    parts.push(await write(RANGES_PART, writeRanges(content.ranges)));
    parts.push(await write(CHANGES_PART, writeRows(snapshot, totals, content.ranges)));
  }
  for (const extra of extras) parts.push(await write(extra.name, extra.read()));
  return {
    format: 'holdfast-backup',
    formatVersion: BACKUP_FORMAT_VERSION,
    id,
    kind: content.kind,
    ...(content.kind === 'incremental' && { base: baseOf(content.base) }),
    at,
    storeLayoutVersion: STORE_LAYOUT_VERSION,
    rows: survey.totals.rows,
    digest: formatDigest(survey.totals.digest),
    facts,
    parts,
  };
}

function baseOf({ id, rows, digest }: CopyBase): BackupBase {
  return { id, rows, digest };
}

/** Two passes over one snapshot see the same rows, or the store cannot be trusted. */
function checkPass(where: string, first: RowTotals, second: RowTotals): void {
  const isSame =
    first.rows === second.rows && formatDigest(first.digest) === formatDigest(second.digest);
  if (!isSame) throw damaged(where, 'two passes over the store gave other rows');
}

async function writePart(
  location: BackupLocation,
  { id, recipients }: CopyOrder,
  name: string,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<BackupPart> {
  assert(/^[a-z0-9][a-z0-9._-]*$/.test(name), 'a part is named as a restore takes it');
  const raw = new Meter();
  const stored = new Meter();
  const compressed = compress(raw.pass(content), signal);
  const isSealed = recipients.length > 0;
  const file = isSealed ? `${name}.zst.age` : `${name}.zst`;
  const octets = isSealed ? encrypt(compressed, recipients) : compressed;
  await location.writeFile(id, file, stored.pass(octets));
  return { name, file, size: stored.size, sha256: stored.sha256(), rawSize: raw.size };
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text, 'utf8');
}
