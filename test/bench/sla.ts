/**
 * How fast the judge is. Goals: a month of 20 probes, 6 addresses and three services is scored from
 * its ledger in under 3 s; a running sidecar decides a cycle of 200 probes x 26 addresses in under
 * 200 ms.
 *
 *     node test/bench/sla.ts [--keep FOLDER]
 *
 * The month is scored by `holdfast sla score` in a process of its own, as an auditor would; the
 * cycle by the collector, from the moment it is due until its line is durable and taken up under four
 * contracts; their scores, worked out when somebody asks, are timed apart. `--keep` leaves the month's
 * ledger behind.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { RunningScore } from '#app/adapters/running-score.ts';
import { findContract } from '#app/cli/contract-option.ts';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { parseMonth } from '#base/month.ts';
import { Collector } from '#sla/collect/collector.ts';
import { IntakeJournal } from '#sla/collect/intake-journal.ts';
import { openLedger } from '#sla/ledger/ledger.ts';
import { packCycle } from '#sla/measurement/cycle-record.ts';
import type { Test } from '#sla/measurement/measurement.ts';
import { probeNames } from '../kit/sla-evidence.ts';

const MONTH = '2026-10';
const DAY_MS = 86_400_000;
const SCORE_GOAL_MS = 3000;
const CYCLE_GOAL_MS = 200;
const CYCLES = 20;

/** Every probe asks every address, UDP nine times of ten; a few answers are slow or missing. */
function dnsTests(cycle: number, probes: number, addresses: number): Test[] {
  return probeNames(probes).flatMap((probe, row) =>
    Array.from({ length: addresses }, (_each, at): Test => {
      const draw = (cycle / 60 + row * 31 + at * 7) % 1000;
      const base = {
        kind: 'test' as const,
        seq: cycle / 60,
        cycle,
        service: 'dns' as const,
        probe,
        nameserver: `ns${(at % 13) + 1}.example.`,
        address: `192.0.2.${at + 1}`,
        transport: draw % 10 === 0 ? ('tcp' as const) : ('udp' as const),
      };
      if (draw === 0) return { ...base, outcome: 'unanswered', error: 'timeout' };
      return { ...base, outcome: 'answered', rttUs: 8000 + draw * 13, dnssec: 'secure' };
    }),
  );
}

function otherTests(service: 'rdds' | 'epp', cycle: number, probes: number): Test[] {
  return probeNames(probes).flatMap((probe): Test[] => {
    const seen = { kind: 'test' as const, cycle, probe, outcome: 'answered' as const };
    if (service === 'epp') {
      const address = '192.0.2.200';
      return [{ ...seen, service, class: 'query', command: 'info', address, rttUs: 90_000 }];
    }
    const address = '192.0.2.201';
    return (['whois', 'web'] as const).map((asked) => {
      return { ...seen, service, interface: asked, address, rttUs: 60_000 };
    });
  });
}

/** A ledger of the whole month, written a day at a time. */
async function writeMonth(folder: string): Promise<void> {
  const month = parseMonth(MONTH);
  if (month === undefined) throw new Error(MONTH);
  const cell = makeClockCell(month.startMs);
  const ledger = await openLedger(folder, openClock({ kind: 'cell', cell }));
  for (let dayMs = month.startMs; dayMs < month.endMs; dayMs += DAY_MS) {
    setClockCell(cell, dayMs + DAY_MS - 1);
    const records = [];
    for (let ms = dayMs; ms < dayMs + DAY_MS; ms += 60_000) {
      records.push(packCycle('dns', ms / 1000, dnsTests(ms / 1000, 20, 6)));
      if (ms % 300_000 !== 0) continue;
      for (const service of ['rdds', 'epp'] as const) {
        records.push(packCycle(service, ms / 1000, otherTests(service, ms / 1000, 20)));
      }
    }
    await ledger.append(records);
  }
  await ledger.close();
}

/** Milliseconds of `holdfast sla score`, start of the process included. */
function scoreMonth(ledger: string): number {
  const main = new URL('../../src/main.ts', import.meta.url).pathname;
  const args = ['sla', 'score', '--contract', 'biz-2013', '--month', MONTH, '--json'];
  const beganMs = performance.now();
  const run = spawnSync(process.execPath, [main, ...args, '--ledger', ledger]);
  if (run.status !== 0) throw new Error(run.stderr.toString());
  return performance.now() - beganMs;
}

interface CycleTimes {
  decidedMs: number[];
  scoredMs: number[];
}

/** Some cycles one after the other. */
async function decideCycles(folder: string): Promise<CycleTimes> {
  const startMs = Date.parse('2026-10-20T00:00:00Z');
  const cell = makeClockCell(startMs);
  const clock = openClock({ kind: 'cell', cell });
  const ledger = await openLedger(join(folder, 'running'), clock);
  const { journal } = await IntakeJournal.open(join(folder, 'intake.ndjson'));
  const ids = ['biz-2013', 'biz-2013-lab', 'registry', 'hosting'];
  const scores = new RunningScore(await Promise.all(ids.map(findContract)), clock);
  const collector = new Collector({
    ledger,
    journal,
    lengths: new Map([['dns', 60]] as const),
    onAppended: (bodies) => {
      for (const body of bodies) scores.add(body);
    },
    onAppendFailed: () => {
      throw new Error('the ledger cannot be written');
    },
    onDecided: (ms) => scores.decided(ms),
    clock,
    log: silentLog(),
  });
  const times: CycleTimes = { decidedMs: [], scoredMs: [] };
  for (let at = 0; at < CYCLES; at++) {
    const cycle = startMs / 1000 + at * 60;
    setClockCell(cell, (cycle + 30) * 1000);
    const tests = dnsTests(cycle, 200, 26);
    for (let from = 0; from < tests.length; from += 26) {
      await collector.handIn(tests.slice(from, from + 26));
    }
    setClockCell(cell, (cycle + 180) * 1000);
    const beganMs = performance.now();
    await collector.step();
    const decidedMs = performance.now();
    for (const id of ids) scores.score(id);
    times.decidedMs.push(decidedMs - beganMs);
    times.scoredMs.push(performance.now() - decidedMs);
  }
  await journal.close();
  await ledger.close();
  return times;
}

const kept = process.argv.indexOf('--keep');
const folder =
  kept < 0 ? await mkdtemp(join(tmpdir(), 'holdfast-bench-')) : (process.argv[kept + 1] ?? '');
try {
  const ledger = join(folder, 'month');
  await writeMonth(ledger);
  const scores = [scoreMonth(ledger), scoreMonth(ledger), scoreMonth(ledger)];
  say('month scored from its ledger', Math.min(...scores), SCORE_GOAL_MS);
  const { decidedMs, scoredMs } = await decideCycles(folder);
  say('cycle decided, median', medianOf(decidedMs), CYCLE_GOAL_MS);
  say('cycle decided, slowest', Math.max(...decidedMs), CYCLE_GOAL_MS);
  say('its scores under four contracts, median', medianOf(scoredMs), CYCLE_GOAL_MS);
} finally {
  if (kept < 0) await rm(folder, { recursive: true });
}

function say(what: string, ms: number, goalMs: number): void {
  const verdict = ms <= goalMs ? 'within' : 'beyond';
  process.stdout.write(`${what}: ${Math.round(ms)} ms, ${verdict} the goal of ${goalMs} ms\n`);
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
