/**
 * What a start says that the store's damage ends: beside what is damaged, the very commands that
 * bring everything back that was confirmed, from the newest backup and the mirror.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Configuration } from '#app/config/configuration.ts';
import { STORE_FOLDER } from '#app/data-folder.ts';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import { listSegments } from '#store/mirror/mirror-segment.ts';
import { StoreError } from '#store/store-error.ts';

const PAGE = 'docs/operations/damaged-store.md';

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
async function restoreCommands({
  file,
  data,
  store,
  backup,
}: Configuration): Promise<string[] | undefined> {
  const [location] = backup.locations;
  if (location === undefined) return undefined;
  const folder = join(data, STORE_FOLDER);
  const mirror = store.mirrorDirectory ?? join(folder, 'mirror');
  const hasMirror = await listSegments(mirror).then(
    (segments) => segments.length > 0,
    () => false,
  );
  const into = unusedPath(join(data, 'restored'));
  const source = [
    '--config',
    file,
    '--from',
    location.name,
    ...(hasMirror ? ['--mirror', mirror] : []),
  ];
  const commands = [
    ['npx', 'holdfast', 'restore', ...source, '--into', into],
    ['mv', folder, unusedPath(`${folder}.damaged`)],
    ['mv', join(into, STORE_FOLDER), folder],
  ];
  return commands.map((words) => words.map(quote).join(' '));
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
