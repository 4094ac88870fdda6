/**
 * A store that is damaged or lost, as a start meets it. What the start says then is, beside what is
 * wrong, the very commands that bring everything back that was confirmed, from the newest backup
 * and the mirror. A store that is not there at all is a new one, unless backups were made of it:
 * zones from files and a register without names are not what such a server should go on with.
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Configuration } from '#app/config/configuration.ts';
import { LAST_COPIES_FOLDER, RESTORED_FOLDER, STORE_FOLDER } from '#app/data-folder.ts';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import { listSegments } from '#store/mirror/mirror-segment.ts';
import { StoreError } from '#store/store-error.ts';
import { levelPath, mirrorPath } from '#store/store-files.ts';

const PAGE = 'docs/operations/damaged-store.md';
/** For the file that only a person has, where backups are encrypted. */
const IDENTITY_STAND_IN = 'IDENTITY-FILE';

/** @throws StoreError STORE_DAMAGED where nothing is left of a store that was backed up */
export async function refuseLostStore(configuration: Configuration): Promise<void> {
  const { data, store } = configuration;
  const lastCopies = join(data, LAST_COPIES_FOLDER);
  if (!(await hasFiles(lastCopies))) return;
  const level = levelPath(join(data, STORE_FOLDER));
  if (await hasFiles(level)) return;
  if (store.mirror === 'on' && (await hasSegments(mirrorFolder(configuration)))) return;
  const said = `${level} is gone, though backups were made of it`;
  const anew = `to begin anew without them remove ${lastCopies}`;
  throw new StoreError('STORE_DAMAGED', `${said} (${anew}): restore from a backup`);
}

/** @returns the error to raise instead; any but STORE_DAMAGED as it is */
export async function explainDamage(
  error: unknown,
  configuration: Configuration,
): Promise<unknown> {
  if (errorCode(error) !== 'STORE_DAMAGED') return error;
  const commands = await restoreCommands(configuration);
  const help = commands === undefined ? 'no backup location is configured' : commands.join(' && ');
  const said = `${errorMessage(error)}; ${PAGE} says more: ${help}`;
  return new StoreError('STORE_DAMAGED', said, { cause: error });
}

/** For a shell, one after the other. `undefined`: the configuration names no backups. */
async function restoreCommands(configuration: Configuration): Promise<string[] | undefined> {
  const { file, data, backup } = configuration;
  const [location] = backup.locations;
  if (location === undefined) return undefined;
  const folder = join(data, STORE_FOLDER);
  const mirror = mirrorFolder(configuration);
  const into = unusedPath(join(data, RESTORED_FOLDER));
  const needsIdentity = backup.age !== undefined && backup.age.identityFile === undefined;
  const source = [
    '--config',
    file,
    '--from',
    location.name,
    ...(needsIdentity ? ['--identity', IDENTITY_STAND_IN] : []),
    ...((await hasSegments(mirror)) ? ['--mirror', mirror] : []),
  ];
  const commands = [
    ['npx', 'holdfast', 'restore', ...source, '--into', into],
    ...(existsSync(folder) ? [['mv', folder, unusedPath(`${folder}.damaged`)]] : []),
    ['mv', join(into, STORE_FOLDER), folder],
  ];
  return commands.map((words) => words.map(quote).join(' '));
}

function mirrorFolder({ data, store }: Configuration): string {
  return store.mirrorDirectory ?? mirrorPath(join(data, STORE_FOLDER));
}

async function hasSegments(mirror: string): Promise<boolean> {
  return listSegments(mirror).then(
    (segments) => segments.length > 0,
    () => false,
  );
}

/** @returns false where there is no such folder, and where it cannot be read */
async function hasFiles(folder: string): Promise<boolean> {
  return readdir(folder).then(
    (names) => names.length > 0,
    () => false,
  );
}

/** What an earlier restore left stays. */
function unusedPath(path: string): string {
  let unused = path;
  for (let count = 2; existsSync(unused); count++) unused = `${path}-${count}`;
  return unused;
}

function quote(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
