/**
 * `holdfast restore`: a backup becomes a new data folder, without a running server. Nothing is
 * overwritten; a damaged backup is refused by name and leaves nothing behind.
 */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { loadConfiguration } from '#app/config/load-configuration.ts';
import { UsageError } from '#base/coded-error.ts';
import type { Random } from '#base/random.ts';
import type { BackupLocation } from '#store/locations/location.ts';
import type { CliContext } from './cli-context.ts';

interface Options {
  from: string;
  into: string;
  id?: string;
  at?: string;
  config?: string;
  identity?: string;
}

export function registerRestore(program: Command, { stdout, random }: CliContext): void {
  program
    .command('restore')
    .description('Bring a backup back as a new data folder')
    .requiredOption('--from <location>', 'folder of the backups, or a location of --config')
    .requiredOption('--into <folder>', 'data folder to make; absent or empty')
    .option('--id <id>', 'the backup (default: the newest)')
    .option('--at <time>', 'the newest that is not younger, as in 2026-11-22T12:00:00Z')
    .option('--config <file>', 'configuration whose locations --from may name')
    .option('--identity <file>', "secret key of age (default: the configuration's identityFile)")
    .action(async (options: Options) => {
      const atMs = readTime(options);
      const { id, into } = options;
      const { location, identities } = await openPlace(options, random);
      // Loaded here, so that the other commands do not pay for the store's code.
      const { restoreData } = await import('#app/restore-data.ts');
      const manifest = await restoreData({
        location,
        into,
        identities,
        ...(id !== undefined && { id }),
        ...(atMs !== undefined && { atMs }),
      });
      stdout.write(`${into}: restored ${manifest.id} of ${manifest.at}, `);
      stdout.write(`${manifest.rows} rows from ${location.name}\n`);
    });
}

function readTime({ id, at }: Options): number | undefined {
  if (at === undefined) return undefined;
  if (id !== undefined) throw new UsageError('--id and --at: name one of them');
  const atMs = Date.parse(at);
  const isInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/.test(at);
  if (isInstant && Number.isFinite(atMs)) return atMs;
  throw new UsageError(`--at ${at}: write a time with its zone, as in 2026-11-22T12:00:00Z`);
}

/** A folder as it is, or a location of the configuration by its name; and what opens it. */
async function openPlace(
  { from, config, identity }: Options,
  random: Random,
): Promise<{ location: BackupLocation; identities: readonly string[] }> {
  const { openLocation, readIdentities } = await import('#app/backup-locations.ts');
  const backup = config === undefined ? undefined : (await loadConfiguration(config)).backup;
  const identityFile = identity ?? backup?.age?.identityFile;
  const identities = identityFile === undefined ? [] : await readIdentities(identityFile);
  const named = backup?.locations.find(({ name }) => name === from);
  const place = named ?? (existsSync(from) ? { name: from, directory: from } : undefined);
  if (place !== undefined) return { location: await openLocation(place, random), identities };
  const names = config === undefined ? '' : ` and no location of ${config}`;
  throw new UsageError(`--from ${from}: no such folder${names}`);
}
