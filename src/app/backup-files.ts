/**
 * The files that go along with a backup of the store, read and put back. They are read anew for
 * each backup, so a certificate that was renewed is in the next one.
 *
 *     backup    files -> a part each, and `files.ndjson`, which says where each belongs
 *     restore   those of the data folder -> to their places in the new one
 *               all others -> below `elsewhere/` there, under the whole path that they had
 *
 * A file that cannot be read is left out and told of: zones without it are better than no backup.
 */
import { mkdir, readdir, readFile, rename, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { ELSEWHERE_FOLDER, STORE_FOLDER } from '#app/data-folder.ts';
import type { TimedFileReader } from '#app/timed-file-reader.ts';
import { utf8 } from '#base/bytes.ts';
import { errorCode, fileReason } from '#base/coded-error.ts';
import { BackupError } from '#store/backup/backup-error.ts';
import { isRowPart } from '#store/backup/read-backup.ts';
import type { BackupExtra, BackupExtras, LeftOutFile } from '#store/backup/write-copy.ts';

/** The part that says what belongs where. */
const LIST_NAME = 'files.ndjson';
const FILES_MAX = 1000;
/** A line for each file, and those that were left out. */
const LIST_OCTETS_MAX = 16 << 20;
const FOLDER_MODE = 0o700;
/** While files are brought to their places. */
const ASIDE_FOLDER = 'placing';
/** What the system says of places and parts that cannot be together, or are not there. */
const UNFIT: ReadonlySet<string> = new Set([
  'EEXIST',
  'EISDIR',
  'ENAMETOOLONG',
  'ENOENT',
  'ENOTDIR',
  'ENOTEMPTY',
]);

/** Which files go along; plain data, for the thread that reads them. Paths are absolute. */
export interface BackupFiles {
  /** The data folder. */
  readonly data: string;
  readonly paths: readonly string[];
  /** All files in them go along; a folder that is not there has none. */
  readonly folders: readonly string[];
  /** Stay out on purpose; a restore tells of them. */
  readonly kept: readonly LeftOutFile[];
}

/** A line of the list. */
const lineSchema = z.object({
  path: z.string().startsWith('/'),
  /** The part with its octets; absent for a file that was left out. */
  part: z.string().optional(),
  /** Its path from the data folder on; absent for files that are not in it. */
  inData: z.string().optional(),
  /** Why it was left out. */
  reason: z.string().optional(),
});
type FileLine = z.infer<typeof lineSchema>;

/** Reads them as they are now. @param reader the same for all backups: it knows what hangs */
export async function readBackupFiles(
  files: BackupFiles,
  reader: TimedFileReader,
): Promise<BackupExtras> {
  const { data, paths, folders, kept } = files;
  // Once each: one in a folder may be named as well.
  const found = new Set([...paths, ...(await Promise.all(folders.map(filesIn))).flat()]);
  const lines: FileLine[] = kept.map((file) => ({ ...file }));
  const extras: BackupExtra[] = [];
  const leftOut: LeftOutFile[] = [];
  const taken = new Set([LIST_NAME]);
  for (const [at, path] of [...found].entries()) {
    const inData = relative(data, path);
    const isInData = !inData.startsWith('..');
    try {
      if (at >= FILES_MAX) throw new Error(`${FILES_MAX} files go along at most`);
      const content = await reader.read(path);
      const part = partName(path, taken);
      extras.push(extraOf(part, content));
      lines.push({ path, part, ...(isInData && { inData }) });
    } catch (error) {
      // What the server makes for itself and has not made yet, it makes after a restore too.
      if (isInData && errorCode(error) === 'ENOENT') continue;
      const reason = fileReason(error);
      leftOut.push({ path, reason });
      lines.push({ path, reason });
    }
  }
  const list = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  return { files: [...extras, extraOf(LIST_NAME, utf8(list))], leftOut };
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => join(folder, name));
  } catch {
    return [];
  }
}

/** The file's name as a part's: lower case, and one that is not taken yet. */
function partName(path: string, taken: Set<string>): string {
  const name = basename(path)
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]/g, '-');
  const isGood = !isRowPart({ name }) && /^[a-z0-9]/.test(name);
  let part = isGood ? name : `file-${name}`;
  for (let at = 2; taken.has(part); at++) part = `file-${at}-${name}`;
  taken.add(part);
  return part;
}

function extraOf(name: string, content: Uint8Array): BackupExtra {
  return {
    name,
    async *read() {
      yield content;
    },
  };
}

/** What became of the files of a backup that was restored. */
export interface PlacedFiles {
  /** From the data folder on. */
  readonly inData: readonly string[];
  /** Where they belong; they lie below `elsewhere/`. */
  readonly elsewhere: readonly string[];
  readonly leftOut: readonly LeftOutFile[];
}

/**
 * Brings the files, restored under the names of their parts, to their places in `folder`. Nothing
 * to do for a backup that has no list, made before there was one.
 * @param folder the data folder that is being made
 * @throws BackupError BACKUP_DAMAGED for a list that names places outside of it
 */
export async function placeFiles(folder: string): Promise<PlacedFiles> {
  const lines = await readList(folder);
  const parts = lines.flatMap(({ path, part, inData }) => {
    const place = inData ?? `${ELSEWHERE_FOLDER}${path}`;
    return part === undefined ? [] : [{ part, path, place }];
  });
  demandPlaces(parts.map(({ part }) => part));
  // A file that two sections of the configuration name may be there twice, as it was each time.
  const places = new Map(parts.map(({ path, place }) => [JSON.stringify([path, place]), place]));
  demandPlaces([...places.values()]);
  try {
    await moveParts(folder, parts);
  } catch (error) {
    const isUnfit = UNFIT.has(errorCode(error) ?? '');
    throw isUnfit ? listError(`its places do not fit: ${fileReason(error)}`, error) : error;
  }
  const restored = lines.filter(({ part }) => part !== undefined);
  return {
    inData: unique(restored.flatMap(({ inData }) => inData ?? [])),
    elsewhere: unique(restored.flatMap(({ path, inData }) => (inData === undefined ? path : []))),
    leftOut: lines.flatMap(({ path, part, reason = '' }) =>
      part === undefined ? { path, reason } : [],
    ),
  };
}

function unique(paths: readonly string[]): string[] {
  return [...new Set(paths)];
}

/** Aside first: the place of one may be called as the part of another is. */
async function moveParts(
  folder: string,
  parts: readonly { readonly part: string; readonly place: string }[],
): Promise<void> {
  const aside = join(folder, ASIDE_FOLDER);
  await mkdir(aside, { mode: FOLDER_MODE });
  for (const { part } of parts) await rename(join(folder, part), join(aside, part));
  for (const { part, place } of parts) {
    await mkdir(dirname(join(folder, place)), { recursive: true, mode: FOLDER_MODE });
    await rename(join(aside, part), join(folder, place));
  }
  await rmdir(aside);
}

async function readList(folder: string): Promise<FileLine[]> {
  const path = join(folder, LIST_NAME);
  let text: string;
  try {
    if ((await stat(path)).size > LIST_OCTETS_MAX) throw listError('it is too long');
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
  const lines = text.split('\n').filter((line) => line !== '');
  try {
    return lines.map((line) => lineSchema.parse(JSON.parse(line)));
  } catch (error) {
    throw listError('it has a line of another shape', error);
  }
}

/**
 * A backup from a place that others may write to must not choose what it overwrites: the store, or
 * one file by another.
 */
function demandPlaces(places: readonly string[]): void {
  const taken = new Set<string>();
  for (const place of places) {
    const steps = place.split('/');
    const isPlain = steps.every((step) => !['', '.', '..'].includes(step) && !step.includes('\0'));
    const isOurs = steps[0] === STORE_FOLDER || steps[0] === LIST_NAME;
    if (!isPlain || isOurs || taken.has(place)) {
      throw listError(`it names the place ${JSON.stringify(place)}`);
    }
    taken.add(place);
  }
}

function listError(what: string, cause?: unknown): BackupError {
  const message = `${LIST_NAME} of the backup is damaged (${what}): use another one`;
  return new BackupError('BACKUP_DAMAGED', message, { cause });
}
