/**
 * `holdfast zone import NAME FILE`: replaces a zone's contents by a master file of any size. The
 * file is streamed as it is read; the server takes all of it or nothing. Its errors come back with
 * line and column and are printed as `FILE:LINE:COLUMN: message`.
 */
import { createReadStream } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { CodedError, fileReason } from '#base/coded-error.ts';
import { AdminRefusedError, refusal } from './admin-client.ts';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import type { CliContext } from './cli-context.ts';
import { groupCommand } from './group-command.ts';
import { type FileFinding, FileRefusedError, fileErrorOf } from './refused-file.ts';
import { ownZonePath, readZoneName } from './zone-path.ts';

/** The master file cannot be read on this side. */
class ImportUnreadableError extends CodedError {
  constructor(file: string, cause: unknown) {
    super('IMPORT_UNREADABLE', `${file}: ${fileReason(cause)}; name a readable master file`, {
      cause,
    });
  }
}

export function registerZoneImport(program: Command, { stdout, stderr }: CliContext): void {
  const command = groupCommand(program, 'zone', 'Zones of a running server, over its admin API')
    .command('import')
    .description('Replace the contents of a zone, or create it, from a master file')
    .argument('<name>', 'name of the zone')
    .argument('<file>', 'master file')
    .option('--force', 'replace a version that was changed through the API since its import');
  type Options = AdminOption & { force?: true };
  addAdminOptions(command).action(async (name: string, file: string, options: Options) => {
    const zone = readZoneName(name);
    const admin = await openAdmin(options);
    const body = await openFile(file);
    const path = `${ownZonePath(zone)}/import${options.force ? '?force=true' : ''}`;
    const request = { method: 'POST', path, body, contentType: 'text/dns' } as const;
    const answer = await admin.send(request);
    const said = await text(answer);
    const status = answer.statusCode ?? 0;
    const outcome = parseObject(said);
    if (status < 200 || status > 299) {
      const errors = findingsOf(outcome['errors']);
      if (errors.length > 0) {
        throw new FileRefusedError(errors.map((finding) => fileErrorOf(file, finding)));
      }
      const { message } = refusal(request, status, said);
      const remedy = status === 409 && !options.force ? '; here that is --force' : '';
      throw new AdminRefusedError(status, `${message}${remedy}`);
    }
    for (const warning of findingsOf(outcome['warnings'])) {
      const marked = { ...warning, message: `warning: ${warning.message}` };
      stderr.write(`${fileErrorOf(file, marked).message}\n`);
    }
    stdout.write(`${zone}: imported, ${String(outcome['records'])} records\n`);
  });
}

async function openFile(file: string): Promise<ReturnType<typeof createReadStream>> {
  const stream = createReadStream(file);
  const opened = Promise.withResolvers<void>();
  stream.once('ready', opened.resolve);
  stream.once('error', (error) => opened.reject(new ImportUnreadableError(file, error)));
  await opened.promise;
  return stream;
}

function parseObject(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function findingsOf(value: unknown): FileFinding[] {
  if (!Array.isArray(value)) return [];
  return value.filter(
    (each): each is FileFinding =>
      typeof each?.line === 'number' && typeof each.message === 'string',
  );
}
