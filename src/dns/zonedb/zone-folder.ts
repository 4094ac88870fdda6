/**
 * The folder of master files: `NAME.zone` is zone NAME. A file is imported when it is new or has
 * changed since it was last imported; a zone that was changed or deleted through another door
 * since then is left as the store has it, and that is said.
 *
 *     no mark,  no zone     -> import            mark, zone untouched, file changed -> import
 *     no mark,  a zone      -> keep the zone     mark, zone changed,   file changed -> keep
 *     mark,     no zone     -> keep it deleted   mark, file as before               -> nothing
 */
import { createHash, type Hash } from 'node:crypto';
import { type BigIntStats, createReadStream, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '#base/clock.ts';
import {
  CodedError,
  errorCode,
  errorMessage,
  FileError,
  type FilePlace,
  fileReason,
} from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import { formatName, lowerName, type Name, parseName } from '#dns/wire/name.ts';
import { type Finding, formatFinding } from '#dns/zone/finding.ts';
import { openZonefile, readSmallZonefile } from '#dns/zonefile/zonefile-source.ts';
import type { KeyValueStore } from '#store/key-value-store.ts';
import { importZonefile, type ZonefileImported } from './import-zonefile.ts';
import type { ZoneDb } from './zone-db.ts';
import { markWrite, readMark, type ZoneFileMark } from './zone-file-mark.ts';
import type { ZoneState } from './zone-list.ts';

const SUFFIX = '.zone';

/** A zone file that cannot be served: ZONEFILE_REFUSED, or ZONEFOLDER_UNREADABLE. */
export class ZoneFolderError extends CodedError {
  /** Of the first mistake in the file; the message begins with it. */
  readonly place: FilePlace | undefined;

  constructor(code: string, message: string, options: ErrorOptions & { place?: FilePlace } = {}) {
    super(code, message, options);
    this.place = options.place;
  }
}

export interface ZoneFolderOptions {
  zones: ZoneDb;
  store: KeyValueStore;
  folder: string;
  clock: Clock;
  log: Log;
  /** A new zone of so many records is answered for while it is being stored. */
  servedFirstMin?: number;
}

/** Below this a zone is stored faster than anybody would ask for it. */
const SERVED_FIRST_MIN = 100_000;
/** Files up to this many octets are imported together: one sync of the disk then serves many. */
const SMALL_FILE_SIZE = 1 << 20;
const SMALL_FILES_TOGETHER = 32;

interface ZoneFile {
  file: string;
  path: string;
  apex: Name;
  isSmall: boolean;
  /** As it was before it was read: a later write shows as another one. */
  inode: string;
}

/**
 * Imports what is new. A file with an error is said and its zone goes on as it was; one bad file
 * does not keep the others from being looked at. Resolves when all zones are served; a large new
 * one may still be on its way into the store.
 * @throws ZoneFolderError the first refusal of a file whose zone the store has no version of
 */
export async function importZoneFolder(options: ZoneFolderOptions): Promise<void> {
  const { folder, log } = options;
  const small: ZoneFile[] = [];
  const large: ZoneFile[] = [];
  for (const file of await listFolder(folder)) {
    const apex = readApex(file);
    const path = join(folder, file);
    const found = lookAt(path);
    const isSmall = found === undefined || found.size <= SMALL_FILE_SIZE;
    if (apex === undefined) {
      log.warn({ file }, 'skipped: not NAME.zone with a domain name as NAME');
    } else if (found?.isFile() === false) {
      log.warn({ file }, 'skipped: not a file but a folder or pipe');
    } else (isSmall ? small : large).push({ file, path, apex, isSmall, inode: formatInode(found) });
  }
  const refused = new Map<string, ZoneFolderError>();
  await importTogether(options, small, SMALL_FILES_TOGETHER, refused);
  await importTogether(options, large, 1, refused);
  const first = [...refused.keys()].sort()[0];
  if (first !== undefined) throw refused.get(first);
}

/**
 * `undefined` for a file that cannot be looked at; the import says so. Waits for the disk: a
 * promise for each of ten thousand files takes longer than all of them.
 */
function lookAt(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Puts refusals into `refused`; another error ends it, once what was begun has ended. */
async function importTogether(
  options: ZoneFolderOptions,
  files: readonly ZoneFile[],
  together: number,
  refused: Map<string, ZoneFolderError>,
): Promise<void> {
  const failures: unknown[] = [];
  let next = 0;
  const importSome = async (): Promise<void> => {
    while (next < files.length && failures.length === 0) {
      const found = files[next];
      const { file } = found;
      next += 1;
      try {
        await importFile(options, found);
      } catch (error) {
        if (error instanceof ZoneFolderError) {
          options.log.error({ file, code: error.code }, error.message);
          refused.set(file, error);
        } else failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: together }, importSome));
  if (failures.length > 0) throw failures[0];
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    const files = await readdir(folder);
    return files.filter((file) => file.endsWith(SUFFIX)).sort();
  } catch (error) {
    throw new ZoneFolderError(
      'ZONEFOLDER_UNREADABLE',
      `the zones folder ${folder} cannot be read (${fileReason(error)}): ` +
        'correct nameserver.zones',
      { cause: error },
    );
  }
}

function readApex(file: string): Name | undefined {
  try {
    return lowerName(parseName(`${file.slice(0, -SUFFIX.length)}.`));
  } catch (error) {
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}

async function importFile(
  options: ZoneFolderOptions,
  { path, apex, isSmall, inode }: ZoneFile,
): Promise<void> {
  const { zones, store, clock, log } = options;
  const zone = formatName(apex);
  const mark = await readMark(store, apex);
  const state = zones.find(apex);
  if (mark?.[0]?.path === path && (await isUnchanged(store, apex, mark, inode))) {
    if (state === undefined) log.info({ zone, path }, 'zone stays deleted; its file is as it was');
    return;
  }
  const kept = keptBecause(mark, state);
  if (kept !== undefined) {
    log.warn({ zone, path }, `zone file not imported: ${kept}; "zone import --force" replaces it`);
    return;
  }
  const served = Promise.withResolvers<void>();
  // Of what was read, not of what the file may have become meanwhile.
  const hash = createHash('sha256');
  const imported = importZonefile(zones, {
    apex,
    source: hashing(isSmall ? readSmallZonefile(path) : openZonefile(path), hash),
    file: path,
    includes: options.folder,
    context: {
      source: 'zonefile',
      actor: path,
      transactionId: '',
      receivedAtMs: clock.nowMs(),
    },
    // Under the lock: an edit may have come while the file was read (SIGHUP).
    permit: (current) => {
      if (current !== undefined && wasChanged(current)) {
        throw new ZoneFolderError('ZONEFILE_REFUSED', 'the zone was changed in the meantime');
      }
    },
    marks: async ([, ...included]) => {
      const read: ZoneFileMark = [{ path, sha256: hash.digest('hex'), inode }];
      for (const file of included) read.push(await markOf(file));
      return [markWrite(apex, read)];
    },
    servedFirst: {
      recordsMin: options.servedFirstMin ?? SERVED_FIRST_MIN,
      onServed: () => served.resolve(),
    },
  }).then((outcome) => report(options, path, zone, outcome, state !== undefined));
  const ended = imported.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const first = await Promise.race([ended, served.promise.then(() => 'served' as const)]);
  if (first === undefined) return;
  if (first === 'served') void ended.then((late) => reportUnstored(options, zone, late));
  else if (state === undefined) throw first.error;
  else log.error({ zone, path, error: errorMessage(first.error) }, 'zone file not imported');
}

function report(
  options: ZoneFolderOptions,
  path: string,
  zone: string,
  imported: ZonefileImported,
  isServed: boolean,
): void {
  if (!imported.imported) return refuse(options, { zone, path, isServed }, imported);
  const { log } = options;
  for (const finding of imported.findings) log.warn({ zone }, formatFinding(finding));
  const { recordCount, outcome } = imported;
  log.info({ zone, path, records: recordCount, serial: outcome.newSerial }, 'zone imported');
}

/** The zone is answered for already; that it is not stored concerns the next start. */
function reportUnstored(
  { log }: ZoneFolderOptions,
  zone: string,
  failure: { error: unknown } | undefined,
): void {
  if (failure === undefined) return;
  if (errorCode(failure.error) === 'CHANGE_STOPPED') {
    log.warn({ zone }, 'stopped before the zone was stored; the next start imports it again');
    return;
  }
  const error = errorMessage(failure.error);
  log.error({ zone, error }, 'the zone is served, but could not be stored: it cannot be changed');
}

function keptBecause(
  mark: ZoneFileMark | undefined,
  state: ZoneState | undefined,
): string | undefined {
  if (state === undefined) {
    return mark === undefined ? undefined : 'the zone was deleted since its file was imported';
  }
  if (mark === undefined) return 'the zone was made by other means';
  return wasChanged(state) ? 'the zone was changed since its file was imported' : undefined;
}

/** Record by record, or whole by an import through another door. */
function wasChanged({ row }: ZoneState): boolean {
  return row.edited || row.contentSource !== 'zonefile';
}

function refuse(
  { log }: ZoneFolderOptions,
  { zone, path, isServed }: { zone: string; path: string; isServed: boolean },
  { findings, omittedCount }: { findings: readonly Finding[]; omittedCount: number },
): void {
  // What a whole zone lacks has no place; the file's begin stands for it, as in `check zone`.
  const begin = { file: path, line: 1, column: 1 };
  const errors = findings
    .filter(({ severity }) => severity === 'error')
    .map(({ code, place = begin, message }) => new FileError(code, place, message));
  if (isServed) {
    for (const { message } of errors) log.error({ zone }, message);
    log.error({ zone }, 'zone file refused; the version in the store goes on being served');
    return;
  }
  const more = errors.length - 1 + omittedCount;
  const others = more > 0 ? ` (and ${more} more: "holdfast check zone" lists them)` : '';
  const [{ message, place }] = errors;
  throw new ZoneFolderError('ZONEFILE_REFUSED', `${message}${others}`, { place });
}

async function markOf(path: string): Promise<ZoneFileMark[number]> {
  const inode = formatInode(lookAt(path));
  return { path, sha256: await digestFile(path), inode };
}

/** Changes whenever the file does; empty for one that is not there. */
function formatInode(found: BigIntStats | undefined): string {
  return found === undefined ? '' : `${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`;
}

/** Hands the pieces on and hashes them on the way. */
async function* hashing(pieces: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}

function isAsMarked({ path, inode }: ZoneFileMark[number]): boolean {
  return inode === formatInode(lookAt(path));
}

/** @param inode what the named file's says now; a file that was only touched gets a new mark */
async function isUnchanged(
  store: KeyValueStore,
  apex: Name,
  mark: ZoneFileMark,
  inode: string,
): Promise<boolean> {
  const [named, ...included] = mark;
  if (inode !== '' && named.inode === inode && included.every(isAsMarked)) return true;
  const found: ZoneFileMark = [];
  for (const { path, sha256 } of mark) {
    try {
      const now = await markOf(path);
      if (now.sha256 !== sha256) return false;
      found.push(now);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return false;
      throw error;
    }
  }
  await store.write([markWrite(apex, found)]);
  return true;
}

async function digestFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Uint8Array);
  return hash.digest('hex');
}
