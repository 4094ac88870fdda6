/** kill -9 in the middle of appending: nothing acknowledged is lost, the chain holds. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '#base/random.ts';
import { readLedger } from '#sla/ledger/ledger-reader.ts';
import { verifyLedger } from '#sla/ledger/verify-ledger.ts';
import { secondsOf } from '../../kit/sla-evidence.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const WRITER = fileURLToPath(new URL('../../kit/ledger-writer.ts', import.meta.url));
const KILLS = 5;
const SEED = 20_261_122;

/** Runs the writer until it was killed; the last cycle that it said was durable. */
async function runAndKill(folder: string, cycle: number, waitMs: number): Promise<number> {
  const child = spawn(process.execPath, [WRITER, folder, String(cycle)], { stdio: 'pipe' });
  let said = '';
  let complaint = '';
  child.stdout.on('data', (piece: Buffer) => (said += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (complaint += piece.toString()));
  const exit = once(child, 'exit');
  while (!said.includes('durable') && child.exitCode === null) await delay(5);
  await delay(waitMs);
  child.kill('SIGKILL');
  await exit;
  const durable = [...said.matchAll(/durable (\d+)\n/g)].map((found) => Number(found[1]));
  if (durable.length === 0) throw new Error(`the writer did not start: ${complaint}`);
  return Math.max(...durable);
}

describe('the ledger under kill -9', () => {
  it(`keeps every acknowledged cycle over ${KILLS} kills (seed ${SEED})`, async () => {
    const folder = await temporaryFolder();
    const random = seededRandom(SEED);
    let last = secondsOf('2026-10-01T22:00:00Z') - 60;
    const acknowledged: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      last = await runAndKill(folder, last + 60, random.below(60));
      acknowledged.push(last);
    }
    const verified = await verifyLedger(folder);
    const cycles = new Set<number>();
    for await (const { lines } of readLedger(folder)) {
      for (const { body } of lines) if (body.kind === 'cycle') cycles.add(body.cycle);
    }
    expect(verified.lines).toBeGreaterThanOrEqual(cycles.size);
    const first = secondsOf('2026-10-01T22:00:00Z');
    for (let cycle = first; cycle <= last; cycle += 60) expect(cycles.has(cycle)).toBe(true);
  }, 60_000);
});
