// The judge meets the register: what `holdfast up` runs, real processes over real sockets, judged by
// the sidecar and the twenty probes of the shipped configuration from the first minute of a month on.
// Their wall clock is moved, so that six minutes of it take some seconds.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseConfiguration } from '#app/config/load-configuration.ts';
import { startProbe } from '#app/probe-process.ts';
import { startSla } from '#app/sla-process.ts';
import { silentLog } from '#base/log.ts';
import { systemRandom } from '#base/random.ts';
import type { Test } from '#sla/measurement/measurement.ts';
import { movedClock } from '../../kit/moved-clock.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { startUpProcess, type UpProcess } from '../../kit/up-process.ts';

const CYCLE_MS = 60_000;
/** Of WHOIS, web WHOIS, RDAP and EPP. */
const LONG_CYCLE_MS = 300_000;
/** A cycle is decided this long after its end. */
const DECISION_MS = 120_000;
/** All tests of a cycle are due by then. */
const TESTED_MS = 50_000;
const LOOK_MS = 50;
const PROBES = 20;
const DNS_TESTS = 2 * PROBES;
const RDDS_TESTS = 3 * PROBES;
const EPP_TESTS = PROBES;

interface ScoreDocument {
  vantagePoints: { address: string; probes: string[] }[];
  provisional: { tests: Test[] };
  scores: { contract: string; parameters: Record<string, unknown>[] }[];
}

/** Certificates are made on the real clock: the month is the present one. */
function monthStartMs(): number {
  const now = new Date();
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth());
}

interface JudgedRegister {
  moveTo: (ms: number) => void;
  score: () => Promise<ScoreDocument>;
}

/** Sidecar and probes in this process, the servers in theirs. */
async function startJudge(up: UpProcess, startMs: number): Promise<JudgedRegister> {
  const shipped = await readFile(join('config', 'holdfast.yaml'), 'utf8');
  // This process moves clocks and compares beside testing: it stands still as it likes.
  const text = up.own(shipped).replace(/loopStallMs: \d+/, 'loopStallMs: 10000');
  const configuration = parseConfiguration(join(up.folder, 'config', 'judge.yaml'), text);
  const { clock, moveTo } = movedClock(startMs + 1000);
  const parts = { log: silentLog(), clock, random: systemRandom() };
  for (const start of [startSla, startProbe]) {
    const running = await start({ configuration }, parts);
    onTestFinished(() => running.close());
  }
  const url = up.own('http://127.0.0.1:8082/api/holdfast/v1/sla');
  return { moveTo, score: async () => (await fetch(url)).json() as Promise<ScoreDocument> };
}

/** Waits until `isSo`; the score that it holds for. */
async function until(
  { score }: JudgedRegister,
  isSo: (value: ScoreDocument) => boolean,
): Promise<ScoreDocument> {
  const endMs = performance.now() + 30_000;
  for (;;) {
    const value = await score();
    if (isSo(value)) return value;
    if (performance.now() > endMs) throw new Error(`not so: ${JSON.stringify(value)}`);
    await sleep(LOOK_MS);
  }
}

/** Tests of the cycle that began at `atMs`, while it is not decided. */
function countOf({ provisional }: ScoreDocument, service: string, atMs: number): number {
  const isOf = (test: Test): boolean => test.service === service && test.cycle * 1000 === atMs;
  return provisional.tests.filter(isOf).length;
}

function parametersOf({ scores }: ScoreDocument, id: string): Record<string, unknown>[] {
  return scores.find(({ contract }) => contract === id)?.parameters ?? [];
}

/** `PARAMETER VERDICT`, and whether there is any measurement behind it. */
function verdictsOf(document: ScoreDocument, id: string): [string, boolean][] {
  return parametersOf(document, id).map(({ parameter, verdict, total, measuredSeconds }) => {
    const hasData = Number(total ?? measuredSeconds ?? 0) > 0;
    return [`${String(parameter)} ${String(verdict)}`, hasData];
  });
}

const TWELVE = [
  'dns-service-availability',
  'dns-nameserver-availability',
  'dns-nameserver-availability',
  'dns-tcp-rtt',
  'dns-udp-rtt',
  'dns-update-time',
  'rdds-availability',
  'rdds-rtt',
  'rdds-update-time',
  'epp-availability',
  'epp-session-rtt',
  'epp-query-rtt',
  'epp-transform-rtt',
];

describe('the register under its contract', () => {
  it('meets all twelve parameters, each measured', { timeout: 120_000 }, async () => {
    const up = await startUpProcess(await temporaryFolder(), { without: ['probe', 'sla'] });
    const startMs = monthStartMs();
    const judge = await startJudge(up, startMs);
    const first = await until(
      judge,
      (each) =>
        countOf(each, 'dns', startMs) === DNS_TESTS &&
        countOf(each, 'rdds', startMs) === RDDS_TESTS &&
        countOf(each, 'epp', startMs) === EPP_TESTS,
    );
    const bad = first.provisional.tests.filter(({ outcome }) => outcome !== 'answered');
    expect(bad).toEqual([]);
    expect(first.vantagePoints).toMatchObject([{ address: '127.0.0.1' }]);
    expect(first.vantagePoints[0]?.probes).toHaveLength(PROBES);
    for (let atMs = startMs + CYCLE_MS; atMs < startMs + LONG_CYCLE_MS; atMs += CYCLE_MS) {
      judge.moveTo(atMs + TESTED_MS);
      await until(judge, (each) => countOf(each, 'dns', atMs) === DNS_TESTS);
    }
    judge.moveTo(startMs + LONG_CYCLE_MS + DECISION_MS + 1000);
    const decided = await until(judge, (each) =>
      parametersOf(each, 'biz-2013').every(
        ({ measuredSeconds }) =>
          measuredSeconds === undefined || measuredSeconds === LONG_CYCLE_MS / 1000,
      ),
    );
    for (const contract of ['biz-2013', 'biz-2013-lab']) {
      expect(verdictsOf(decided, contract)).toEqual(TWELVE.map((name) => [`${name} met`, true]));
    }
    expect(await up.stop()).toEqual([0, null]);
  });
});
