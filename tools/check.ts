/**
 * The one gate, `npm run check`: format, types, lint, unused files and exports, and the project's
 * own rules. Runs all of them whatever fails, prints what each failing one said, and exits 1 if any
 * failed. `--only NAME` runs one.
 */
import { spawn } from 'node:child_process';
import process from 'node:process';

interface Check {
  name: string;
  command: readonly [string, ...string[]];
}

const CHECKS: readonly Check[] = [
  { name: 'format', command: ['biome', 'ci', '--colors=off', '.'] },
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings', '.'] },
  { name: 'unused', command: ['knip', '--no-progress'] },
  { name: 'tidy', command: ['node', 'tools/tidy.ts'] },
];

interface Outcome {
  ok: boolean;
  output: string;
}

/** Runs the command to its end; one that cannot be started is a failure with its reason. */
async function run([program, ...args]: Check['command']): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  let output = '';
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  child.on('error', (error) => {
    const remedy = 'run it as "npm run check" after "npm ci --ignore-scripts"';
    resolve({ ok: false, output: `${program}: ${error.message}; ${remedy}\n` });
  });
  child.on('close', (code) => resolve({ ok: code === 0, output }));
  return promise;
}

const only = process.argv[2] === '--only' ? process.argv[3] : undefined;
const chosen = CHECKS.filter(({ name }) => only === undefined || name === only);
const failed: string[] = [];
for (const { name, command } of chosen) {
  const { ok, output } = await run(command);
  if (!ok) failed.push(name);
  process.stdout.write(`${ok ? 'ok    ' : 'FAILED'} ${name}: ${command.join(' ')}\n`);
  if (!ok) process.stdout.write(output);
}
process.stdout.write(failed.length === 0 ? 'gate: ok\n' : `gate: FAILED ${failed.join(', ')}\n`);
process.exitCode = failed.length === 0 && chosen.length > 0 ? 0 : 1;
