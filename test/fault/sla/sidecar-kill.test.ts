// The sidecar killed with -9 at random while a probe hands in its results: the chain holds, no cycle
// is in it twice, nothing that was taken in time is lost, and what nobody measured is unmeasured.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Clock, formatInstant, openClock } from '#base/clock.ts';
import { seededRandom } from '#base/random.ts';
import { readLedger } from '#sla/ledger/ledger-reader.ts';
import { verifyLedger } from '#sla/ledger/verify-ledger.ts';
import { unpackCycle } from '#sla/measurement/cycle-record.ts';
import type { Test } from '#sla/measurement/measurement.ts';
import { holdfast } from '../../kit/command-line.ts';
import { readEnvironmentNumber } from '../../kit/environment-number.ts';
import { fastClock } from '../../kit/fast-clock.ts';
import { freePort } from '../../kit/free-port.ts';
import { downOf, parameterOf } from '../../kit/scored-file.ts';
import { dnsTests } from '../../kit/sla-evidence.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const KILLS = readEnvironmentNumber('HOLDFAST_KILLS', 5);
const SEED = 20_261_122;
const PROGRAM = fileURLToPath(new URL('../../kit/sidecar-program.ts', import.meta.url));
const TOKEN = 'token-of-the-test';
const START_MS = Date.parse('2026-10-01T00:00:00Z');
/** A minute passes in 200 ms. */
const SPEED = 300;
const CYCLE_SECONDS = 60;
const DECISION_MS = 120_000;
/** Lines of one handing-in, at most. */
const LINES_MAX = 400;
/** Of two probes and two name servers. */
const CYCLE_TESTS = 4;

/** Every fifth cycle is down: so a cycle that counts twice, or is lost, shows in the score. */
const isDown = (cycle: number): boolean => (cycle / CYCLE_SECONDS) % 5 === 0;

/** A probe as the sidecar knows it: keeps what was not acknowledged and hands it in again. */
class Sender {
  readonly #url: string;
  readonly #clock: Clock;
  #next = START_MS / 1000;
  #seq = 0;
  #kept: Test[] = [];
  /** Cycles of which the sidecar said that all was taken, and nothing of it late. */
  readonly takenInTime = new Set<number>();

  constructor(url: string, clock: Clock) {
    this.#url = url;
    this.#clock = clock;
  }

  /** Measures the cycles that have begun, and hands in what is kept; true if nothing is left. */
  async step(): Promise<boolean> {
    for (; this.#next * 1000 <= this.#clock.nowMs(); this.#next += CYCLE_SECONDS) {
      const cycle = this.#next;
      const made = dnsTests({ cycle, probes: 2, fails: () => isDown(cycle) });
      this.#kept.push(...made.map((test) => ({ ...test, seq: this.#seq++ })));
    }
    const sent = this.#kept.slice(0, LINES_MAX);
    const answer = await this.#send(sent).catch(() => undefined);
    if (answer === undefined) return false;
    this.#kept = this.#kept.slice(sent.length);
    // Of a handing-in of which something was late nobody knows what.
    if (answer.late === 0) for (const { cycle } of sent) this.takenInTime.add(cycle);
    return this.#kept.length === 0;
  }

  async #send(tests: readonly Test[]): Promise<{ late: number }> {
    const answer = await fetch(`${this.#url}/api/holdfast/v1/measurements`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/x-ndjson' },
      body: tests.map((test) => JSON.stringify(test)).join('\n'),
      signal: AbortSignal.timeout(5_000),
    });
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
    return (await answer.json()) as { late: number };
  }
}

async function startSidecar(args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  let complaint = '';
  child.stderr.on('data', (piece: Buffer) => (complaint += piece.toString()));
  const status = await Promise.race([once(child.stdout, 'data'), exited]);
  if (child.exitCode !== null) throw new Error(`ended with ${String(status)}: ${complaint}`);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function writeConfiguration(folder: string, port: number): Promise<string> {
  const file = join(folder, 'holdfast.yaml');
  await mkdir(join(folder, 'data'));
  await writeFile(join(folder, 'data', 'probe.token'), `${TOKEN}\n`, { mode: 0o600 });
  const lines = `data: ./data
admin: { listen: "127.0.0.1:${await freePort()}" }
sla:
  listen: 127.0.0.1:${port}
  ledger: ./ledger
  contracts: [biz-2013-lab]
  tokenFile: ./data/probe.token
  scrape: []
`;
  await writeFile(file, lines);
  return file;
}

interface SeenCycle {
  records: number;
  tests: number;
  down: boolean;
}

/** Cycles of the ledger. */
async function cyclesOf(ledger: string): Promise<Map<number, SeenCycle>> {
  const cycles = new Map<number, SeenCycle>();
  for await (const { lines } of readLedger(ledger)) {
    for (const { body } of lines) {
      if (body.kind !== 'cycle') continue;
      const tests = unpackCycle(body);
      const down = tests.some(({ outcome }) => outcome === 'unanswered');
      const records = (cycles.get(body.cycle)?.records ?? 0) + 1;
      cycles.set(body.cycle, { records, tests: tests.length, down });
    }
  }
  return cycles;
}

describe('the sidecar under kill -9', () => {
  it(`${KILLS} times: nothing twice, nothing lost, gaps unmeasured (seed ${SEED})`, {
    timeout: 20_000 + KILLS * 10_000,
  }, async () => {
    const folder = await temporaryFolder();
    const port = await freePort();
    const file = await writeConfiguration(folder, port);
    const real = openClock({ kind: 'system' });
    const time = { realMs: real.nowMs(), virtualMs: START_MS + 1000, speed: SPEED };
    const clock = fastClock(real, time);
    const args = [file, String(time.realMs), String(time.virtualMs), String(SPEED)];
    const random = seededRandom(SEED);
    const sender = new Sender(`http://127.0.0.1:${port}`, clock);
    let child = await startSidecar(args);
    for (let count = 0; count < KILLS; count++) {
      const untilMs = real.nowMs() + 100 + random.below(900);
      while (real.nowMs() < untilMs) {
        await sender.step();
        await sleep(20);
      }
      await kill(child);
      child = await startSidecar(args);
    }
    while (!(await sender.step())) await sleep(20);
    const lastMs = clock.nowMs();
    const ledger = join(folder, 'ledger');
    // All that was taken is decided two minutes after its cycle; then nothing waits any more.
    await sleep((DECISION_MS + 2 * CYCLE_SECONDS * 1000) / SPEED + 1_000);
    await kill(child);
    const verified = await verifyLedger(ledger);
    expect(verified.lines).toBeGreaterThan(KILLS);
    const cycles = await cyclesOf(ledger);
    expect([...cycles.values()].filter(({ records }) => records !== 1)).toEqual([]);
    const lost = [...sender.takenInTime].filter(
      (cycle) => cycles.get(cycle)?.tests !== CYCLE_TESTS,
    );
    expect(lost).toEqual([]);
    expect(cycles.size).toBeGreaterThan(KILLS);
    for (const [cycle, { down }] of cycles) expect([cycle, down]).toEqual([cycle, isDown(cycle)]);
    await expectScore(ledger, cycles, Math.floor(lastMs / 60_000) * 60_000);
  });
});

/** The score as of an instant at which all earlier cycles are decided or lost. */
async function expectScore(
  ledger: string,
  cycles: ReadonlyMap<number, { down: boolean }>,
  endMs: number,
): Promise<void> {
  const asOf = ['--as-of', formatInstant(endMs + DECISION_MS)];
  const named = ['--contract', 'biz-2013-lab', '--month', '2026-10', '--ledger', ledger];
  const { stdout, stderr } = await holdfast('sla', 'score', ...named, '--json', ...asOf);
  expect(stderr).toBe('');
  const score = JSON.parse(stdout);
  const decided = [...cycles].filter(([cycle]) => cycle * 1000 < endMs);
  const seconds = (endMs - START_MS) / 1000;
  expect(parameterOf(score, 'dns-service-availability')).toMatchObject({
    measuredSeconds: decided.length * CYCLE_SECONDS,
    unmeasuredSeconds: seconds - decided.length * CYCLE_SECONDS,
  });
  const down = decided.filter(([, each]) => each.down).length;
  expect(downOf(score, 'dns-service-availability')).toBe(down * CYCLE_SECONDS);
}
