// The judge's whole way, with the real processes' composition: probes ask scripted name servers over
// real sockets, the sidecar decides cycles on a clock that the test moves, and the score says exactly
// what was done to the servers.
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseConfiguration } from '#app/config/load-configuration.ts';
import { startProbe } from '#app/probe-process.ts';
import type { RunningProcess } from '#app/running-process.ts';
import { startSla } from '#app/sla-process.ts';
import { type Clock, makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import { verifyLedger } from '#sla/ledger/verify-ledger.ts';
import { freePort } from '../../kit/free-port.ts';
import { listenHttp } from '../../kit/http-listener.ts';
import { findPeer, peersMissing } from '../../kit/peers.ts';
import { type ScriptedDns, scriptedDns } from '../../kit/scripted-dns.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

/** A minute after a month began, so that little of it is unmeasured. */
const START_MS = Date.parse('2026-10-01T00:00:00Z');
const CYCLE_MS = 60_000;
/** A cycle is decided this long after its end. */
const DELAY_MS = 120_000;

interface Lab {
  servers: ScriptedDns[];
  sidecar: string;
  probe: string;
  folder: string;
  start: (which: 'probe' | 'sla') => Promise<RunningProcess>;
  moveTo: (ms: number) => void;
  score: () => Promise<ScoreDocument>;
}

interface ScoreDocument {
  contract: string;
  contractual: boolean;
  parameters: {
    parameter: string;
    address?: string;
    downSeconds?: { min: number; max: number };
    measuredSeconds?: number;
    unmeasuredSeconds?: number;
    total?: number;
    within?: number;
    verdict: string;
  }[];
  provisional: { tests: { outcome: string; error?: string }[] };
  scores: { contract: string }[];
}

/** Keeps the wall clock in a cell and the stopwatch real, as a lab does. */
function labClock(cell: SharedArrayBuffer): Clock {
  const wall = openClock({ kind: 'cell', cell });
  const real = openClock({ kind: 'system' });
  return { nowMs: () => wall.nowMs(), monotonicUs: () => real.monotonicUs() };
}

async function openLab(): Promise<Lab> {
  const folder = await temporaryFolder();
  const servers = [
    await scriptedDns('example.com', '127.0.0.1'),
    await scriptedDns('example.com', '127.0.0.2'),
  ];
  const [sidecarPort, probePort] = [await freePort(), await freePort()];
  const api = await fakeAdmin(servers);
  const keyFile = join(folder, 'admin.key');
  await writeFile(keyFile, 'key\n', { mode: 0o600 });
  const addressOf = (at: number): string => `127.0.0.${at + 1}:${servers[at]?.server.port}`;
  const text = `data: ./data
probe:
  listen: 127.0.0.1:${probePort}
  zone: example.com.
  loopStallMs: 10000
  nameservers:
    ns1.example.com.: ["${addressOf(0)}"]
    ns2.example.com.: ["${addressOf(1)}"]
  update: { zone: probe.example., api: "${api}", apiKeyFile: ./admin.key }
sla:
  listen: 127.0.0.1:${sidecarPort}
  ledger: ./ledger
  contracts: [biz-2013-lab, hosting]
  feed: { api: "${api}", apiKeyFile: ./admin.key }
  scrape: ["http://127.0.0.1:${probePort}/metrics"]
`;
  const configuration = parseConfiguration(join(folder, 'holdfast.yaml'), text);
  const cell = makeClockCell(START_MS + 1000);
  const clock = labClock(cell);
  const parts = { log: silentLog(), clock, random: seededRandom(1) };
  const sidecar = `http://127.0.0.1:${sidecarPort}`;
  return {
    servers,
    sidecar,
    probe: `http://127.0.0.1:${probePort}`,
    folder,
    start: async (which) => {
      const running = await (which === 'probe' ? startProbe : startSla)({ configuration }, parts);
      let closed: Promise<void> | undefined;
      const close = (): Promise<void> => (closed ??= running.close());
      onTestFinished(close);
      return { close };
    },
    moveTo: (ms) => setClockCell(cell, ms),
    score: async () =>
      (await fetch(`${sidecar}/api/holdfast/v1/sla`)).json() as Promise<ScoreDocument>,
  };
}

/** The admin API as far as the change-to-served test needs it: what is written is served at once. */
async function fakeAdmin(servers: readonly ScriptedDns[]): Promise<string> {
  return listenHttp((request, response) => {
    if (request.method === 'GET') {
      response.writeHead(200).end(JSON.stringify({ events: [], next: '0' }));
      return;
    }
    let body = '';
    request.on('data', (octets: Buffer) => {
      body += octets.toString();
    });
    request.on('end', () => {
      const { rrsets } = JSON.parse(body) as {
        rrsets: { name: string; records: { content: string }[] }[];
      };
      for (const { name, records } of rrsets) {
        const text = records[0]?.content.replaceAll('"', '') ?? '';
        for (const { texts } of servers) texts.set(name.replace(/\.$/, ''), text);
      }
      response.writeHead(204, { 'holdfast-receipt': `r-${body.length}` }).end();
    });
  });
}

/** Asks until `isSo` holds; the answer that it held for. */
async function until<T>(ask: () => Promise<T>, isSo: (value: T) => boolean): Promise<T> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const value = await ask();
    if (isSo(value)) return value;
    await sleep(50);
  }
  throw new Error(`not so within 10 s: ${JSON.stringify(await ask())}`);
}

/** Lets the probe make the tests of the cycle at `cycleMs`, and waits until the sidecar has them. */
async function runCycle(lab: Lab, cycleMs: number, before: number): Promise<number> {
  lab.moveTo(cycleMs + 50_000);
  const { provisional } = await until(lab.score, ({ provisional: { tests } }) => {
    return tests.length >= before + 2;
  });
  return provisional.tests.length;
}

const find = (score: ScoreDocument, name: string, at = 0) =>
  score.parameters.filter(({ parameter }) => parameter === name)[at];

describe('the judge', { timeout: 60_000 }, () => {
  it('shows provisional results within seconds, and down time of exactly what failed', async () => {
    const lab = await openLab();
    await lab.start('sla');
    await lab.start('probe');
    const early = await until(
      lab.score,
      (each) => each.provisional.tests.length === 2 && find(each, 'dns-update-time')?.total === 2,
    );
    expect(early).toMatchObject({ contract: 'biz-2013-lab', contractual: false });
    expect(early.scores.map(({ contract }) => contract)).toEqual(['biz-2013-lab', 'hosting']);
    expect(find(early, 'dns-udp-rtt')).toMatchObject({ total: 0, verdict: 'not-measured' });
    expect(find(early, 'dns-update-time')).toMatchObject({ total: 2, within: 2 });
    const [ns1, ns2] = lab.servers as [ScriptedDns, ScriptedDns];
    // Cycle 1: one name server refuses: its address is down, and one good server is too few.
    ns2.behaviour = 'refused';
    await runCycle(lab, START_MS + CYCLE_MS, 2);
    // Cycle 2: both are good again.
    ns2.behaviour = 'good';
    await runCycle(lab, START_MS + 2 * CYCLE_MS, 4);
    lab.moveTo(START_MS + 3 * CYCLE_MS + DELAY_MS + 1000);
    const score = await until(lab.score, (each) => {
      return find(each, 'dns-service-availability')?.measuredSeconds === 180;
    });
    expect(find(score, 'dns-service-availability')).toMatchObject({
      downSeconds: { min: 60 },
      verdict: 'breached',
    });
    const [first, second] = [0, 1].map((at) => find(score, 'dns-nameserver-availability', at));
    expect([first?.downSeconds?.min, second?.downSeconds?.min]).toEqual([0, 60]);
    const [udp, tcp] = [find(score, 'dns-udp-rtt'), find(score, 'dns-tcp-rtt')];
    expect([
      (udp?.total ?? 0) + (tcp?.total ?? 0),
      (udp?.within ?? 0) + (tcp?.within ?? 0),
    ]).toEqual([6, 5]);
    expect(ns1.queries.some((query) => query === 'tcp SOA')).toBe(true);
    expect(ns1.queries.some((query) => query === 'udp SOA')).toBe(true);
    const page = await (await fetch(lab.sidecar)).text();
    expect(page).toContain('rcode-refused');
    expect(page).toContain('not contractual — lab');
  });

  it('loses nothing while the sidecar is away, and says what it did not measure', async () => {
    const lab = await openLab();
    const sidecar = await lab.start('sla');
    const probe = await lab.start('probe');
    await until(lab.score, ({ provisional }) => provisional.tests.length === 2);
    await sidecar.close();
    // In time for the next cycle, though the sidecar is away while it is tested.
    lab.moveTo(START_MS + CYCLE_MS + 50_000);
    const answered = async (): Promise<number> => {
      const text = await (await fetch(`${lab.probe}/metrics`)).text();
      const counts = [...text.matchAll(/^sla_tests_total\{.*outcome="answered"\} (\d+)$/gm)];
      return counts.reduce((sum, [, count]) => sum + Number(count), 0);
    };
    await until(answered, (count) => count === 4);
    const again = await lab.start('sla');
    await until(lab.score, ({ provisional }) => provisional.tests.length === 4);
    // Ten minutes away: those cycles cannot be measured any more.
    await again.close();
    await probe.close();
    lab.moveTo(START_MS + 15 * CYCLE_MS);
    await lab.start('sla');
    const score = await until(lab.score, (each) => {
      return find(each, 'dns-service-availability')?.measuredSeconds === 120;
    });
    expect(find(score, 'dns-service-availability')).toMatchObject({
      downSeconds: { min: 0, max: 660 },
      unmeasuredSeconds: 660,
      verdict: 'undetermined',
    });
    const ledger = await readFile(join(lab.folder, 'ledger', '2026-10-01.ndjson'), 'utf8');
    expect(ledger).toContain('{"kind":"monitor-down","from":"2026-10-01T00:02:00.000Z"');
    expect(ledger.match(/"kind":"cycle"/g)).toHaveLength(2);
    expect((await verifyLedger(join(lab.folder, 'ledger'))).torn).toBeUndefined();
  });
});

describe.skipIf(peersMissing('promtool'))('the metrics of probe and sidecar', () => {
  it('pass promtool, with every outcome at 0 from the start', { timeout: 60_000 }, async () => {
    const lab = await openLab();
    await lab.start('sla');
    await lab.start('probe');
    await until(lab.score, ({ provisional }) => provisional.tests.length === 2);
    for (const url of [lab.sidecar, lab.probe]) {
      const text = await (await fetch(`${url}/metrics`)).text();
      const args = ['check', 'metrics'];
      execFileSync(findPeer('promtool') ?? '', args, {
        input: text,
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      expect(text).toMatch(/^sla_probe_up\{probe="p01"\} 1$/m);
      const health = await fetch(`${url}/healthz`);
      expect([url, health.status]).toEqual([url, 200]);
    }
    const sidecar = await (await fetch(`${lab.sidecar}/metrics`)).text();
    expect(sidecar).toMatch(/^sla_cycles_total\{service="dns",state="down"\} 0$/m);
    expect(sidecar).toMatch(/^sla_ledger_append_failures_total 0$/m);
    const probe = await (await fetch(`${lab.probe}/metrics`)).text();
    expect(probe).toMatch(/^sla_tests_total\{.*outcome="unanswered"\} 0$/m);
    expect(probe).toMatch(/^sla_test_rtt_seconds_bucket\{le="7.5",.*transport="tcp"\}/m);
  });
});
