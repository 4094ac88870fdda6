/**
 * One backup run: one snapshot, and one verified copy of it in every location.
 *
 *     snapshot -> facts -+-> location A: parts, manifest, read back and verify, forget old ones
 *                        +-> location B: the same, at its own pace
 *
 * Each location reads the snapshot for itself, so one that is slow, full or gone neither delays
 * nor fails another; the price is one compression per location. Changes go on meanwhile: a LevelDB
 * snapshot only keeps old rows from being dropped. Every value is verified on its way out, so
 * damage in the store ends the copy with `STORE_DAMAGED` and is never copied.
 */
import { type Clock, formatInstant } from '#base/clock.ts';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import type { Random } from '#base/random.ts';
import { formatDigest } from '../digest.ts';
import type { KeyValueReader, KeyValueStore } from '../key-value-store.ts';
import { STORE_LAYOUT_VERSION } from '../level-store.ts';
import { type BackupLocation, MANIFEST_NAME } from '../locations/location.ts';
import { BackupError } from './backup-error.ts';
import { makeBackupId } from './backup-id.ts';
import {
  BACKUP_FORMAT_VERSION,
  type BackupFacts,
  type BackupManifest,
  type BackupPart,
  formatManifest,
} from './manifest.ts';
import { compress, Meter } from './part-stream.ts';
import { pruneBackups } from './prune-backups.ts';
import { STORE_PART } from './read-backup.ts';
import { emptyTotals, writeRows } from './row-stream.ts';
import { verifyBackup } from './verify-backup.ts';

/**
 * The port through which the owner of the rows takes part: it tells facts about what a reader
 * holds (journal position, number of zones) and raises an error if those do not hang together.
 * Asked of the snapshot before a backup and of the new store after a restore; both must agree.
 */
export type DescribeRows = (reader: KeyValueReader) => Promise<BackupFacts>;

/** A file that goes along: a key, the configuration. Restored under its name beside the store. */
export interface BackupExtra {
  /** Lower-case letters, digits, dots, dashes and underscores; not `store`. */
  readonly name: string;
  /** Its octets; called once per location. */
  read(): AsyncIterable<Uint8Array>;
}

export interface BackupOptions {
  readonly store: KeyValueStore;
  readonly locations: readonly BackupLocation[];
  readonly describe: DescribeRows;
  readonly extras: readonly BackupExtra[];
  /** Backups to keep per location, 1 or more. */
  readonly keepNewest: number;
  /** After so long a location counts as failed. */
  readonly locationTimeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
}

/** What became of one location. */
export type LocationOutcome =
  | {
      readonly location: string;
      readonly verified: true;
      /** Octets of all parts. */
      readonly size: number;
      readonly durationMs: number;
      /** Ids that retention removed. */
      readonly removed: readonly string[];
    }
  | {
      readonly location: string;
      readonly verified: false;
      readonly durationMs: number;
      /** Code and message of what failed. */
      readonly code: string;
      readonly message: string;
    };

export interface BackupOutcome {
  readonly id: string;
  /** When the snapshot was taken, ISO 8601 in UTC. */
  readonly at: string;
  /** In the order of the locations given. */
  readonly locations: readonly LocationOutcome[];
}

/**
 * Rejects only if no copy could begin (the snapshot's facts do not hang together); what fails in
 * a location is its outcome. Runs that overlap do not disturb each other.
 */
export async function runBackup(options: BackupOptions): Promise<BackupOutcome> {
  const { store, clock, random } = options;
  const atMs = clock.nowMs();
  const snapshot = store.snapshot();
  try {
    const copy: CopyOrder = {
      id: makeBackupId(atMs, random),
      at: formatInstant(atMs),
      snapshot,
      facts: await options.describe(snapshot),
      extras: options.extras,
    };
    const locations = await Promise.all(
      options.locations.map((location) => backUpTo(location, copy, options)),
    );
    return { id: copy.id, at: copy.at, locations };
  } finally {
    await snapshot.close();
  }
}

/** What every location is given. */
interface CopyOrder {
  readonly id: string;
  readonly at: string;
  readonly snapshot: KeyValueReader;
  readonly facts: BackupFacts;
  readonly extras: readonly BackupExtra[];
}

async function backUpTo(
  location: BackupLocation,
  copy: CopyOrder,
  options: BackupOptions,
): Promise<LocationOutcome> {
  const { clock, locationTimeoutMs, keepNewest } = options;
  const startUs = clock.monotonicUs();
  const durationMs = (): number => Math.round((clock.monotonicUs() - startUs) / 1000);
  try {
    const { size, removed } = await withDeadline(location, locationTimeoutMs, async (signal) => {
      const written = await writeCopy(location, copy, signal);
      await verifyBackup(location, copy.id, signal);
      signal.throwIfAborted();
      return {
        size: written.parts.reduce((sum, part) => sum + part.size, 0),
        removed: await pruneBackups(location, keepNewest, copy.id, clock.nowMs()),
      };
    });
    return { location: location.name, verified: true, size, durationMs: durationMs(), removed };
  } catch (error) {
    const code = errorCode(error) ?? 'BACKUP_LOCATION';
    const message = `${location.name}: ${errorMessage(error)}`;
    return { location: location.name, verified: false, durationMs: durationMs(), code, message };
  }
}

/** Writes the parts, then the manifest; a copy that fails half-way is taken away again. */
async function writeCopy(
  location: BackupLocation,
  copy: CopyOrder,
  signal: AbortSignal,
): Promise<BackupManifest> {
  try {
    const totals = emptyTotals();
    const rows = writeRows(copy.snapshot, totals);
    const parts = [await writePart(location, copy.id, STORE_PART, rows, signal)];
    for (const extra of copy.extras) {
      parts.push(await writePart(location, copy.id, extra.name, extra.read(), signal));
    }
    const manifest: BackupManifest = {
      format: 'holdfast-backup',
      formatVersion: BACKUP_FORMAT_VERSION,
      id: copy.id,
      at: copy.at,
      storeLayoutVersion: STORE_LAYOUT_VERSION,
      rows: totals.rows,
      digest: formatDigest(totals.digest),
      facts: copy.facts,
      parts,
    };
    signal.throwIfAborted();
    await location.writeFile(copy.id, MANIFEST_NAME, once(formatManifest(manifest)));
    return manifest;
  } catch (error) {
    await location.remove(copy.id).catch(() => {});
    throw error;
  }
}

async function writePart(
  location: BackupLocation,
  id: string,
  name: string,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<BackupPart> {
  const file = `${name}.zst`;
  const raw = new Meter();
  const stored = new Meter();
  await location.writeFile(id, file, stored.pass(compress(raw.pass(content), signal)));
  return { name, file, size: stored.size, sha256: stored.sha256(), rawSize: raw.size };
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text, 'utf8');
}

/**
 * Gives up on a location that hangs, even in a system call that cannot be interrupted: its copy
 * has no manifest then and is no backup.
 */
async function withDeadline<T>(
  location: BackupLocation,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = new BackupError(
      'BACKUP_TIMEOUT',
      `${location.name} took longer than ${timeoutMs} ms`,
    );
    abort.abort(error);
    reject(error);
  }, timeoutMs);
  try {
    return await Promise.race([work(abort.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
