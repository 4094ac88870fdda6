/**
 * `holdfast restore`: a backup becomes a new data folder, without a running server. Nothing is
 * overwritten; a damaged backup is refused by name and leaves nothing behind.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { PlacedFiles } from '#app/backup-files.ts';
import { loadConfiguration } from '#app/config/load-configuration.ts';
import { ELSEWHERE_FOLDER } from '#app/data-folder.ts';
import type { RestoreReport } from '#app/restore-data.ts';
import type { MirrorReport } from '#app/restore-mirror.ts';
import type { RegisterMoment } from '#app/restore-register.ts';
import { formatInstant } from '#base/clock.ts';
import { UsageError } from '#base/coded-error.ts';
import type { Random } from '#base/random.ts';
import type { UnsettledZone } from '#dns/zonedb/settle-zones.ts';
import type { BackupLocation } from '#store/locations/location.ts';
import type { CliContext } from './cli-context.ts';
import { keepFilesPrivate } from './private-files.ts';
import { formatTable } from './table.ts';

/** The newest by its time need not be the newest. */
const AHEAD =
  'this backup is from a time that is still to come: a clock is wrong or was; see --list, and ' +
  'name the one that is wanted by --id';
/** Names of zones in one line. */
const NAMES_SHOWN_MAX = 20;

interface Options {
  from: string;
  into?: string;
  list?: true;
  id?: string;
  at?: string;
  config?: string;
  identity?: string;
  serialJump?: string;
  mirror?: string;
}

export function registerRestore(program: Command, context: CliContext): void {
  program
    .command('restore')
    .description('Bring a backup back as a new data folder')
    .requiredOption('--from <location>', 'folder of the backups, or a location of --config')
    .option('--into <folder>', 'data folder to make; absent or empty')
    .option('--list', 'list what is there, and restore nothing')
    .option('--id <id>', 'the backup (default: the newest)')
    .option('--at <time>', 'a moment that zones and names go back to, as in 2026-11-22T12:00:00Z')
    .option('--config <file>', 'configuration whose locations --from may name')
    .option('--identity <file>', "secret key of age (default: the configuration's identityFile)")
    .option(
      '--serial-jump <n>',
      'raise serials by at least so many; 0 leaves them (default: seconds since the backup)',
    )
    .option(
      '--mirror <folder>',
      'mirror of the store that was lost: what it has after the backup comes too',
    )
    .action(async (options: Options) => {
      const { location, identities } = await openPlace(options, context.random);
      if (options.list) return listPlace(location, context);
      keepFilesPrivate();
      return restorePlace(location, identities, options, context);
    });
}

async function restorePlace(
  location: BackupLocation,
  identities: readonly string[],
  options: Options,
  { stdout, clock }: CliContext,
): Promise<void> {
  const { id, into, mirror } = options;
  const atMs = readTime(options);
  const serialJump = await readJump(options);
  if (into === undefined) throw new UsageError('--into: name the data folder to make, or --list');
  // Loaded here, so that the other commands do not pay for the store's code.
  const { restoreData } = await import('#app/restore-data.ts');
  const report = await restoreData({
    location,
    into,
    identities,
    clock,
    ...(id !== undefined && { id }),
    ...(atMs !== undefined && { atMs }),
    ...(serialJump !== undefined && { serialJump }),
    ...(mirror !== undefined && { mirrorFolder: mirror }),
  });
  for (const line of tellReport(report, into, location.name)) stdout.write(`${line}\n`);
  if (Date.parse(report.manifest.at) > clock.nowMs()) stdout.write(`${AHEAD}\n`);
}

/** Of a moment after the newest backup. */
const BEHIND_NEWEST =
  'no backup is as young as that moment: this is the newest; ' +
  'what came after it is in the mirror of the store alone (--mirror)';

function tellReport(
  { manifest, rewind, register, mirror, serials, isBehindNewest, files }: RestoreReport,
  into: string,
  from: string,
): string[] {
  const { id, at, rows, facts } = manifest;
  const lines = [`${into}: restored ${id} of ${at}, ${rows} rows from ${from}`];
  lines.push(`every row read back: ${facts['zones']} zones, ${facts['records']} records`);
  if (isBehindNewest && mirror === undefined) lines.push(BEHIND_NEWEST);
  if (mirror !== undefined) lines.push(...tellMirror(mirror));
  if (register !== undefined) lines.push(...tellRegister(register));
  if (rewind !== undefined) {
    lines.push(`brought back to the moment: ${formatNames(rewind.rewound)}`);
    lines.push(`not there yet at the moment: ${formatNames(rewind.removed)}`);
    if (rewind.fetched.length > 0) {
      lines.push(`as in the backup, for their primaries to renew: ${formatNames(rewind.fetched)}`);
    }
  }
  const left = mirror === undefined ? 'the backup' : 'the store that was lost';
  if (serials === undefined) lines.push(`serials are those of ${left}`);
  else lines.push(`serials raised in ${serials.raised} zones, for secondaries to follow`);
  if (serials !== undefined && serials.signed.length > 0) {
    lines.push(`serials left as signed: ${formatNames(serials.signed)}`);
  }
  return [...lines, ...tellFiles(files, into)];
}

function tellRegister({ reachedMs, registrars }: RegisterMoment): string[] {
  const lines = [`register of names as of its last change until then, ${formatInstant(reachedMs)}`];
  if (registrars.length === 0) return lines;
  const names = formatNames(registrars);
  return [...lines, `registrars who keep their access of the backup, not of then: ${names}`];
}

function tellMirror({ batches, reachedMs, stopped, ...report }: MirrorReport): string[] {
  const { zones, records, unsettled } = report;
  const until = formatInstant(reachedMs);
  const end = stopped === undefined ? 'all that it has' : `and no further: ${stopped}`;
  return [
    `${batches} batches of the mirror, until ${until}, ${end}`,
    `zones read back: ${zones} zones, ${records} records`,
    ...unsettled.map((zone) => tellUnsettled(zone)),
  ];
}

/** What the mirror does not have: a large zone that came whole. */
function tellUnsettled({ zone, replacedAtMs, changes, isRebuilt, ...rest }: UnsettledZone): string {
  const { file, isFetched } = rest;
  const when = replacedAtMs === undefined ? '' : ` at ${formatInstant(replacedAtMs)}`;
  const later = changes === 0 ? '' : `, nor ${changes} changes after it (see its history)`;
  const lost = `zone ${zone}: the content that it got whole${when} did not come back${later}`;
  const now = isRebuilt ? 'it is as before that' : 'it has no records';
  if (isFetched) return `${lost}; ${now}, for its primaries to renew`;
  if (file !== undefined) return `${lost}; the start imports ${file} again`;
  return `${lost}; ${now}: import it again`;
}

/** What belongs where, and what has to come from elsewhere. */
function tellFiles({ inData, elsewhere, leftOut }: PlacedFiles, into: string): string[] {
  const lines = inData.length > 0 ? [`also in ${into}: ${inData.map(printable).join(' ')}`] : [];
  if (elsewhere.length > 0) {
    const from = join(into, ELSEWHERE_FOLDER);
    lines.push(`files that belong elsewhere lie in ${from}, to be copied where they are missing:`);
    lines.push(...elsewhere.map((path) => `  ${printable(path)}`));
  }
  if (leftOut.length > 0) lines.push('files that the backup does not have:');
  lines.push(...leftOut.map(({ path, reason }) => `  ${printable(path)} (${printable(reason)})`));
  return lines;
}

/** Whoever could write to the location chose it. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?');
}

function formatNames(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const more = names.length - NAMES_SHOWN_MAX;
  const shown = names.slice(0, NAMES_SHOWN_MAX).join(' ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/**
 * What is there by the manifests; `missing` builds on a backup that is not there, and with a log
 * names can be brought to moments since the backup before.
 */
async function listPlace(location: BackupLocation, { stdout, stderr }: CliContext): Promise<void> {
  const { listBackups } = await import('#store/backup/list-backups.ts');
  const { backupSize, isEncrypted } = await import('#store/backup/manifest.ts');
  const { backups, damaged, incomplete } = await listBackups(location);
  const whole = new Set<string>();
  // Oldest first: what a backup builds on comes before it.
  for (const { id, base } of backups.toReversed()) {
    if (base === undefined || whole.has(base.id)) whole.add(id);
  }
  const rows = backups.map((manifest) => [
    manifest.id,
    whole.has(manifest.id) ? manifest.kind : 'missing',
    isEncrypted(manifest) ? 'age' : '',
    String(manifest.facts['zones'] ?? ''),
    String(manifest.facts['records'] ?? ''),
    String(backupSize(manifest)),
    manifest.log === undefined ? '' : 'yes',
  ]);
  const columns = ['backup', 'kind', 'sealed', 'zones', 'records', 'octets', 'log'];
  stdout.write(formatTable(columns, rows));
  for (const { id, message } of damaged) stderr.write(`${id}: ${message}\n`);
  for (const id of incomplete) stderr.write(`${id}: being written, or left half written\n`);
}

async function readJump({ serialJump }: Options): Promise<number | undefined> {
  if (serialJump === undefined) return undefined;
  const { SERIAL_JUMP_MAX } = await import('#dns/zonedb/raise-serials.ts');
  const jump = Number(serialJump);
  if (/^\d+$/.test(serialJump) && jump <= SERIAL_JUMP_MAX) return jump;
  throw new UsageError(
    `--serial-jump ${serialJump}: write a whole number, at most ${SERIAL_JUMP_MAX}`,
  );
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
