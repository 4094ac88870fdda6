/**
 * A laboratory for the judge: real servers behind roads that can be spoilt, three probes and a
 * sidecar with the composition of the real processes. The wall clock of probes and sidecar is moved
 * cycle by cycle; round-trip times are measured on the real stopwatch. Everything is closed with the
 * test.
 */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { parseConfiguration } from '#app/config/load-configuration.ts';
import { startProbe } from '#app/probe-process.ts';
import type { RunningProcess } from '#app/running-process.ts';
import { startSla } from '#app/sla-process.ts';
import { type Clock, makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import type { Test } from '#sla/measurement/measurement.ts';
import type { Score } from '#sla/score/score-json.ts';
import { type DnsProxy, openDnsProxy } from './dns-proxy.ts';
import { freePort } from './free-port.ts';
import { temporaryFolder } from './temporary-folder.ts';

const CONTRACT = fileURLToPath(new URL('contracts/lab.yaml', import.meta.url));
export const LAB_START_MS = Date.parse('2026-10-01T00:00:00Z');
export const CYCLE_MS = 60_000;
const DECISION_MS = 120_000;
/** All tests of a cycle are due by then. */
const TESTED_MS = 50_000;
const WAIT_MAX_MS = 20_000;
const PROBES = ['p01', 'p02', 'p03'];

export interface LabOptions {
  zone: string;
  /** Ports of the servers behind the name servers ns1, ns2, ...; one road each. */
  upstreamPorts: readonly number[];
  /** Lines of the section `probe`. */
  probeLines?: string;
}

interface LabScore extends Score {
  provisional: { tests: Test[] };
}

export class SlaLab {
  readonly roads: DnsProxy[];
  readonly ledger: string;
  readonly #folder: string;
  readonly #cell: SharedArrayBuffer;
  readonly #clock: Clock;
  readonly #url: string;
  readonly #configurations = new Map<string, string>();
  readonly #running = new Map<string, RunningProcess>();
  #cycleMs = LAB_START_MS;

  private constructor(folder: string, roads: DnsProxy[], port: number) {
    this.#folder = folder;
    this.roads = roads;
    this.ledger = join(folder, 'sla', 'ledger');
    this.#url = `http://127.0.0.1:${port}`;
    this.#cell = makeClockCell(LAB_START_MS + 1_000);
    const wall = openClock({ kind: 'cell', cell: this.#cell });
    const real = openClock({ kind: 'system' });
    this.#clock = { nowMs: () => wall.nowMs(), monotonicUs: () => real.monotonicUs() };
  }

  /** Sidecar and all probes run when it resolves. */
  static async open(options: LabOptions): Promise<SlaLab> {
    const roads: DnsProxy[] = [];
    for (const [at, port] of options.upstreamPorts.entries()) {
      roads.push(await openDnsProxy(`127.0.0.${at + 1}`, port));
    }
    const lab = new SlaLab(await temporaryFolder(), roads, await freePort());
    await lab.#configure(options);
    await lab.start('sla');
    for (const probe of PROBES) await lab.start(probe);
    return lab;
  }

  /** `sla`, or a probe by its name. */
  async start(name: string): Promise<void> {
    const folder = join(this.#folder, name);
    await mkdir(folder, { recursive: true });
    const text = this.#configurations.get(name) ?? '';
    const configuration = parseConfiguration(join(folder, 'holdfast.yaml'), text);
    const parts = { log: silentLog(), clock: this.#clock, random: seededRandom(name.length) };
    const running = await (name === 'sla' ? startSla : startProbe)({ configuration }, parts);
    this.#running.set(name, running);
    onTestFinished(() => this.stop(name));
  }

  async stop(name: string): Promise<void> {
    const running = this.#running.get(name);
    this.#running.delete(name);
    await running?.close();
  }

  /** Lets the running probes make the tests of this cycle, waits for them, goes to the next. */
  async runCycle(): Promise<Test[]> {
    const cycle = this.#cycleMs / 1000;
    this.moveTo(this.#cycleMs + TESTED_MS);
    const probes = PROBES.filter((probe) => this.#running.has(probe));
    const expected = probes.length * this.roads.length;
    let tests: Test[] = [];
    const isMade = await this.#until(async () => {
      // The sidecar may be away for a while.
      const score = await this.score().catch(() => undefined);
      tests = score?.provisional.tests.filter((test) => test.cycle === cycle) ?? [];
      return tests.length === expected;
    });
    if (!isMade) throw new Error(`${tests.length} of ${expected} tests: ${JSON.stringify(tests)}`);
    this.#cycleMs += CYCLE_MS;
    return tests;
  }

  /** Lets time pass: the next cycle begins so many cycles later. */
  skip(cycles: number): void {
    this.#cycleMs += cycles * CYCLE_MS;
    this.moveTo(this.#cycleMs);
  }

  moveTo(ms: number): void {
    setClockCell(this.#cell, ms);
  }

  /** Waits until every cycle so far is decided; the score then, with the month only so far. */
  async decided(): Promise<LabScore> {
    this.moveTo(this.#cycleMs + DECISION_MS);
    let score = await this.score();
    const isDecided = await this.#until(async () => {
      score = await this.score();
      return Date.parse(score.asOf ?? '') >= this.#cycleMs + DECISION_MS;
    });
    if (!isDecided) throw new Error(`as of ${score.asOf}`);
    return score;
  }

  async score(): Promise<LabScore> {
    const answer = await fetch(`${this.#url}/api/holdfast/v1/sla`);
    return (await answer.json()) as LabScore;
  }

  async #configure({ zone, probeLines = '' }: LabOptions): Promise<void> {
    const tokenFile = join(this.#folder, 'probe.token');
    const nameservers = this.roads
      .map(({ server }, at) => `    ns${at + 1}.${zone}: ["${server.address}:${server.port}"]\n`)
      .join('');
    const sla = `sla:
  listen: ${this.#url.slice('http://'.length)}
  ledger: ./ledger
  tokenFile: ${tokenFile}
  contracts: ["${CONTRACT}"]
  scrape: []
`;
    this.#configurations.set('sla', `data: ./data\n${await adminLine()}${sla}`);
    for (const probe of PROBES) {
      const text = `probe:
  names: [${probe}]
  listen: 127.0.0.1:${await freePort()}
  sidecar: ${this.#url}
  tokenFile: ${tokenFile}
  contract: ${CONTRACT}
  zone: ${zone}
  loopStallMs: 10000
${probeLines}  nameservers:
${nameservers}`;
      this.#configurations.set(probe, `data: ./data\n${await adminLine()}${text}`);
    }
  }

  async #until(isSo: () => Promise<boolean>): Promise<boolean> {
    const endUs = this.#clock.monotonicUs() + WAIT_MAX_MS * 1000;
    while (this.#clock.monotonicUs() < endUs) {
      if (await isSo()) return true;
      await sleep(25);
    }
    return false;
  }
}

async function adminLine(): Promise<string> {
  return `admin: { listen: "127.0.0.1:${await freePort()}" }\n`;
}
