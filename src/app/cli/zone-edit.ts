/**
 * `holdfast zone edit NAME`: a zone in an editor. What was saved is shown as a difference, and made
 * of the version that was opened and of no other:
 *
 *     fetch -> editor -> read -> difference -> asked -> change -> done
 *                ^---------/ mistakes, or "e"             \-> refused: the file is kept
 *
 * Whatever goes wrong behind the editor, the file stays and the message says where.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { CodedError, errorMessage } from '#base/coded-error.ts';
import { formatName, nameKey } from '#dns/wire/name.ts';
import { formatTypeCode } from '#dns/wire/rdata/registry.ts';
import type { ZoneNode } from '#dns/zone/node.ts';
import { printZone } from '#dns/zonefile/zonefile-printer.ts';
import { type AdminClient, refusal } from './admin-client.ts';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import type { CliContext } from './cli-context.ts';
import { groupCommand } from './group-command.ts';
import { FileRefusedError } from './refused-file.ts';
import { changeText, printDiff, type ZoneChangeAnswer } from './zone-answers.ts';
import {
  type Comparison,
  compareContents,
  fetchContent,
  type HeldRrset,
  loadEdited,
  type ZoneContent,
  ZoneNotEditableError,
} from './zone-content.ts';
import { readZoneName } from './zone-path.ts';

const EDITOR_DEFAULT = 'vi';
const CHANGES_PATH = '/api/holdfast/v1/changes';

/** What was edited was not made; the message says where it is. */
class EditKeptError extends CodedError {
  constructor(why: string, file: string, options?: ErrorOptions) {
    super(
      'EDIT_KEPT',
      `${why.replace(/\.$/, '')}; nothing was changed, your file is ${file}`,
      options,
    );
  }
}

interface Edit {
  zone: string;
  content: ZoneContent;
  file: string;
  isSure: boolean;
  admin: AdminClient;
}

export function registerZoneEdit(program: Command, context: CliContext): void {
  const command = groupCommand(program, 'zone', 'Zones of a running server, over its admin API')
    .command('edit')
    .description('Edit a zone with $VISUAL or $EDITOR, and apply what changed')
    .argument('<name>', 'name of the zone')
    .option('--yes', 'apply without asking');
  type Options = AdminOption & { yes?: true };
  addAdminOptions(command).action(async (name: string, options: Options) => {
    const zone = readZoneName(name);
    const admin = await openAdmin(options);
    const content = await fetchContent(admin, zone);
    if (content.isSigned) {
      throw new ZoneNotEditableError(
        `zone ${zone} comes signed and is served as it is: change it where it is signed, then ` +
          '"zone import"',
      );
    }
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-'));
    const file = join(folder, `${zone.replaceAll(/[^A-Za-z0-9.-]/g, '_')}zone`);
    await writeFile(file, await fileText(zone, content), { mode: 0o600 });
    await editUntilDone({ zone, content, file, isSure: options.yes === true, admin }, context);
    await rm(folder, { recursive: true });
  });
}

/** Resolves when the zone is changed, or nothing is to be changed. @throws EditKeptError */
async function editUntilDone(edit: Edit, context: CliContext): Promise<void> {
  const { zone, file } = edit;
  const { stdout, stderr, environment } = context;
  for (;;) {
    await openEditor(environment.editor ?? EDITOR_DEFAULT, file);
    const comparison = await readEdited(edit, context);
    if (comparison === undefined) continue;
    if (comparison.edits.length === 0) {
      stdout.write(`${zone}: nothing changed\n`);
      return;
    }
    printDiff(stdout, { ...comparison, omitted: 0 });
    const answer = edit.isSure ? 'y' : await context.ask(`apply to ${zone}? [y]es, [n]o, [e]dit: `);
    if (answer === undefined) throw new EditKeptError('nobody is there to ask; see --yes', file);
    if (/^\s*e/i.test(answer)) continue;
    if (!/^\s*y/i.test(answer)) throw new EditKeptError('not applied', file);
    const change = await applyEdits(edit, comparison, context);
    if (change === undefined) continue;
    for (const { message } of change.warnings) stderr.write(`warning: ${message}\n`);
    stdout.write(`${zone}: changed, ${changeText(change)}\n`);
    return;
  }
}

/** `undefined`: there are mistakes in it, and they are to be mended. @throws EditKeptError */
async function readEdited(
  { zone, content, file }: Edit,
  context: CliContext,
): Promise<Comparison | undefined> {
  try {
    return compareContents(content.rrsets, await loadEdited(file, zone));
  } catch (error) {
    if (!(error instanceof FileRefusedError)) throw error;
    await mendOrKeep(
      error.errors.map(({ message }) => message),
      file,
      context,
    );
    return undefined;
  }
}

/** `undefined`: the server refuses it, and it is to be mended. @throws EditKeptError */
async function applyEdits(
  { zone, content, file, admin }: Edit,
  { edits }: Comparison,
  context: CliContext,
): Promise<ZoneChangeAnswer | undefined> {
  const { serial: ifSerial, version: ifVersion } = content;
  const body = JSON.stringify({ zones: [{ zone, ifSerial, ifVersion, edits }] });
  const request = { method: 'POST', path: CHANGES_PATH, body } as const;
  const answer = await admin.send(request);
  const said = await text(answer);
  const status = answer.statusCode ?? 0;
  if (status === 200) {
    const { zones } = JSON.parse(said) as { zones: ZoneChangeAnswer[] };
    return zones[0];
  }
  if (status === 409) throw new EditKeptError(`somebody else changed ${zone} meanwhile`, file);
  const { message } = refusal(request, status, said);
  if (status !== 422) throw new EditKeptError(message, file);
  const { errors = [] } = JSON.parse(said) as { errors?: { detail: string }[] };
  const mistakes = errors.map(({ detail }) => detail);
  await mendOrKeep(mistakes.length === 0 ? [message] : mistakes, file, context);
  return undefined;
}

/** Resolves when the file is to be edited once more. @throws EditKeptError */
async function mendOrKeep(
  mistakes: readonly string[],
  file: string,
  { stderr, ask }: CliContext,
): Promise<void> {
  for (const mistake of mistakes) stderr.write(`${mistake}\n`);
  const answer = await ask('edit again? [y]es, [n]o: ');
  if (answer !== undefined && /^\s*(?:[ye]|$)/i.test(answer)) return;
  const count = mistakes.length === 1 ? 'one mistake' : `${mistakes.length} mistakes`;
  throw new EditKeptError(`there ${mistakes.length === 1 ? 'is' : 'are'} ${count}`, file);
}

/** The command may have arguments, as in `code --wait`. @throws EditKeptError */
async function openEditor(command: string, file: string): Promise<void> {
  const editor = spawn('/bin/sh', ['-c', `${command} "$1"`, 'sh', file], { stdio: 'inherit' });
  const ended = Promise.withResolvers<string | undefined>();
  editor.once('error', (error) => ended.resolve(errorMessage(error)));
  editor.once('close', (code, signal) => {
    ended.resolve(code === 0 ? undefined : `status ${code ?? signal}`);
  });
  const failure = await ended.promise;
  if (failure === undefined) return;
  throw new EditKeptError(`the editor '${command}' ended with ${failure}; set EDITOR`, file);
}

async function fileText(zone: string, { serial, rrsets }: ZoneContent): Promise<string> {
  const lines = [
    `; Zone ${zone}, serial ${serial}. The serial is raised when you save, unless you raise it.`,
    '; Save without a change to leave the zone as it is.',
  ];
  const disabled = rrsets.flatMap((rrset) => disabledLines(rrset));
  if (disabled.length > 0) lines.push('; These are disabled, and stay so:', ...disabled);
  const parts = [`${lines.join('\n')}\n`];
  for await (const part of printZone(nodesOf(rrsets))) parts.push(part);
  return parts.join('');
}

function disabledLines({ owner, ttl, type, disabled }: HeldRrset): string[] {
  return disabled.map(
    (content) => `; ${formatName(owner)}\t${ttl}\tIN\t${formatTypeCode(type)}\t${content}`,
  );
}

/** @param rrsets those of one owner stand together */
function nodesOf(rrsets: readonly HeldRrset[]): ZoneNode[] {
  const nodes = Map.groupBy(
    rrsets.filter(({ rdatas }) => rdatas.length > 0),
    ({ owner }) => nameKey(owner),
  );
  return [...nodes.values()].map((held) => ({ owner: held[0].owner, rrsets: held }));
}
