/**
 * One backup in one location: the parts, then the manifest, then all of it read back. A copy that
 * fails on the way is taken away again, so what has a manifest was found good when it was made.
 *
 * Whether it is a full or an incremental one is decided here, for each location by itself: what
 * can be built on is the last copy that this location took (last-copy.ts), if it is still there
 * with all that it builds on. The log goes on from the same copy.
 */
import { assert } from '#base/assert.ts';
import { formatDigest } from '../digest.ts';
import type { KeyValueReader } from '../key-value-store.ts';
import type { KeyRange } from '../keyspace.ts';
import { STORE_LAYOUT_VERSION } from '../level-store.ts';
import { type BackupLocation, MANIFEST_NAME } from '../locations/location.ts';
import type { MirrorPosition } from '../mirror/mirror-position.ts';
import { CHAIN_LINKS_MAX } from './backup-chain.ts';
import type { RowSurvey } from './block-index.ts';
import { hasCopy, type LastCopy } from './last-copy.ts';
import { type LogFilter, LogWriter } from './log-part.ts';
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
import { CHANGES_PART, describeBackup, LOG_PART, RANGES_PART, STORE_PART } from './read-backup.ts';
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
  /** Where the mirror of the store was at that moment, and where it lies, if it is kept. */
  readonly position: MirrorPosition;
  readonly mirrorFolder: string | undefined;
  /** What of the mirror is worth a log; `undefined`: nothing is. */
  readonly logFilter: LogFilter | undefined;
}

export interface WrittenCopy {
  readonly manifest: BackupManifest;
  /** What the next copy goes on from. */
  readonly last: LastCopy;
}

/** What goes into the parts of rows. */
type Content =
  | { readonly kind: 'full' }
  | { readonly kind: 'incremental'; readonly base: LastCopy; readonly ranges: KeyRange[] };

/** What the manifest says of the log. */
type LogTold = Pick<BackupManifest, 'log' | 'noLog'>;

/**
 * Writes and verifies. Errors: those of the location, of the snapshot (`STORE_DAMAGED`), and
 * `BACKUP_DAMAGED` for what did not read back.
 * @param last the last good copy of this location, if it is known
 */
export async function writeCopy(
  location: BackupLocation,
  order: CopyOrder,
  last: LastCopy | undefined,
  signal: AbortSignal,
): Promise<WrittenCopy> {
  const base = last !== undefined && (await hasCopy(location, last)) ? last : undefined;
  const content = await chooseContent(order, base);
  try {
    const manifest = await writeParts(location, order, content, base, signal);
    signal.throwIfAborted();
    await location.writeFile(order.id, MANIFEST_NAME, once(formatManifest(manifest)));
    await verifyCopy(location, order.id, { signal });
    signal.throwIfAborted();
    const { survey, position } = order;
    const links = content.kind === 'full' ? 0 : content.base.links + 1;
    return { manifest, last: { ...baseOf(manifest), index: survey.index, links, position } };
  } catch (error) {
    await location.remove(order.id).catch(() => {});
    throw error;
  }
}

async function chooseContent(
  { kind, snapshot, survey }: CopyOrder,
  base: LastCopy | undefined,
): Promise<Content> {
  if (kind === 'full' || base?.index === undefined || survey.index === undefined) {
    return { kind: 'full' };
  }
  if (base.links >= CHAIN_LINKS_MAX) return { kind: 'full' };
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
  last: LastCopy | undefined,
  signal: AbortSignal,
): Promise<BackupManifest> {
  const { id, at, snapshot, survey, facts, extras } = order;
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
  const told = await writeLog(order, last, async (octets) => {
    parts.push(await write(LOG_PART, octets));
  });
  for (const extra of extras) parts.push(await write(extra.name, extra.read()));
  return {
    format: 'holdfast-backup',
    formatVersion: BACKUP_FORMAT_VERSION,
    id,
    kind: content.kind,
    ...(content.kind === 'incremental' && { base: baseOf(content.base) }),
    ...told,
    at,
    storeLayoutVersion: STORE_LAYOUT_VERSION,
    rows: survey.totals.rows,
    digest: formatDigest(survey.totals.digest),
    facts,
    parts,
  };
}

function baseOf({ id, rows, digest }: BackupBase): BackupBase {
  return { id, rows, digest };
}

/** Writes the part if it can be had whole. */
async function writeLog(
  { logFilter, mirrorFolder, position }: CopyOrder,
  last: LastCopy | undefined,
  write: (octets: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<LogTold> {
  if (logFilter === undefined) return {};
  if (mirrorFolder === undefined) return { noLog: 'the store has no mirror' };
  if (last === undefined) return { noLog: 'there is no backup before it that it could go on from' };
  const log = new LogWriter({
    mirrorFolder,
    after: last.position,
    upTo: position,
    filter: logFilter,
  });
  try {
    await write(log.octets());
    return { log: baseOf(last) };
  } catch (error) {
    if (log.gap === undefined) throw error;
    return { noLog: log.gap };
  }
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
