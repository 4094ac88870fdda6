/**
 * `holdfast token create NAME`: a token for a program, as narrow as its options say. The secret
 * alone goes to standard output, so that a script can put it where it belongs; it is not shown
 * again.
 */
import type { Command } from 'commander';
import { formatInstant } from '#base/clock.ts';
import { UsageError } from '#base/coded-error.ts';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import type { CliContext } from './cli-context.ts';
import { groupCommand } from './group-command.ts';
import { collect } from './repeated-option.ts';
import { TOKENS_PATH, type TokenAnswer } from './token-answers.ts';
import { readZoneName } from './zone-path.ts';

interface CreateOption extends AdminOption {
  write?: true;
  zone?: string[];
  suffix?: string[];
  type?: string[];
  network?: string[];
  expires?: string;
  json?: true;
}

const HOUR_MS = 3_600_000;

export function registerTokenCreate(program: Command, { stdout, stderr, clock }: CliContext): void {
  const command = groupCommand(program, 'token', 'Tokens of a running server')
    .command('create')
    .description('Make a token; its secret is printed once')
    .argument('<name>', 'its name, as the audit log will call it')
    .option('--write', 'it may change what it may read (default: it may only read)')
    .option('--zone <name>', 'only this zone; may be repeated', collect)
    .option('--suffix <name>', 'only names at or below this one; may be repeated', collect)
    .option('--type <type>', 'only RRsets of this type; may be repeated', collect)
    .option('--network <network>', 'only from this address or network; repeatable', collect)
    .option('--expires <time>', 'until 2027-12-31, 2027-12-31T12:00:00Z, or for 90d or 12h')
    .option('--json', 'print JSON');
  addAdminOptions(command).action(async (name: string, options: CreateOption) => {
    const scope = scopeOf(options, clock.nowMs());
    const admin = await openAdmin(options);
    const body = JSON.stringify({ name, scope });
    const request = { method: 'POST', path: TOKENS_PATH, body } as const;
    const made = await admin.json<TokenAnswer & { secret: string }>(request);
    if (options.json) {
      stdout.write(`${JSON.stringify(made, undefined, 2)}\n`);
      return;
    }
    stdout.write(`${made.secret}\n`);
    stderr.write(`token ${made.name} (${made.id}) is made; its secret is not shown again\n`);
  });
}

function scopeOf(options: CreateOption, nowMs: number): Record<string, unknown> {
  const { write = false, zone, suffix, type, network, expires } = options;
  return {
    write,
    ...(zone && { zones: zone.map(readZoneName) }),
    ...(suffix && { suffixes: suffix.map(readZoneName) }),
    ...(type && { types: type }),
    ...(network && { networks: network }),
    ...(expires !== undefined && { expiresAt: formatInstant(readEnd(expires, nowMs)) }),
  };
}

/** A date is the moment at which it begins, UTC. @throws UsageError */
function readEnd(text: string, nowMs: number): number {
  const span = /^(\d{1,5})([dh])$/.exec(text);
  if (span !== null) return nowMs + Number(span[1]) * HOUR_MS * (span[2] === 'd' ? 24 : 1);
  const isInstant = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/.test(
    text,
  );
  const atMs = isInstant ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(atMs)) {
    throw new UsageError(`--expires ${text}: write a date, an instant with its zone, or 90d, 12h`);
  }
  if (atMs <= nowMs) throw new UsageError(`--expires ${text}: that is over`);
  return atMs;
}
