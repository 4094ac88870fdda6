// Debian's Prometheus beside the real processes: it scrapes them all, evaluates every rule, and the
// sidecar reads the same samples out of it.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseConfiguration } from '#app/config/load-configuration.ts';
import { startSla } from '#app/sla-process.ts';
import { openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { systemRandom } from '#base/random.ts';
import { PrometheusReader } from '#sla/collect/prometheus-reader.ts';
import type { TargetReading } from '#sla/collect/scraped-targets.ts';
import { freePort } from '../../kit/free-port.ts';
import { listenHttp } from '../../kit/http-listener.ts';
import { peersMissing } from '../../kit/peers.ts';
import { startPrometheus } from '../../kit/prometheus-peer.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { startUpProcess } from '../../kit/up-process.ts';

const clock = openClock({ kind: 'system' });
const { signal } = new AbortController();

/** What the query API gives under a path. */
async function read<T>(prometheus: string, path: string): Promise<T> {
  const response = await fetch(`${prometheus}/api/v1/${path}`);
  return ((await response.json()) as { data: T }).data;
}

interface RuleState {
  name: string;
  type: string;
  health: string;
  lastError?: string;
  state?: string;
}

/** The configuration that ships, once a second and with the ports of the test. */
async function shippedConfiguration(own: (text: string) => string): Promise<string> {
  const text = await readFile('config/prometheus/prometheus.yml', 'utf8');
  return own(text)
    .replaceAll(/(scrape_interval|evaluation_interval|scrape_timeout): \d+s/g, '$1: 1s')
    .replaceAll(/^ {2}- (\S+\.yml)$/gm, (_line, file: string) => {
      return `  - ${resolve('config/prometheus', file)}`;
    });
}

describe.skipIf(peersMissing('prometheus'))('Prometheus', () => {
  it('scrapes every process, evaluates every rule, and hands its samples to a sidecar', {
    timeout: 60_000,
  }, async () => {
    const up = await startUpProcess(await temporaryFolder());
    const prometheus = await startPrometheus(await shippedConfiguration((text) => up.own(text)));
    const targets = async () => {
      const { activeTargets } = await read<{
        activeTargets: { scrapeUrl: string; health: string; lastError: string }[];
      }>(prometheus, 'targets');
      return activeTargets.map(({ health, lastError }) => `${health} ${lastError}`.trim());
    };
    await expect.poll(targets, { timeout: 10_000 }).toEqual(['up', 'up', 'up', 'up']);
    const rules = async () => {
      const { groups } = await read<{ groups: { rules: RuleState[] }[] }>(prometheus, 'rules');
      return groups.flatMap((group) => group.rules);
    };
    const unknown = async () => (await rules()).filter(({ health }) => health === 'unknown');
    await expect.poll(unknown, { timeout: 10_000 }).toEqual([]);
    const evaluated = await rules();
    expect(evaluated.length).toBeGreaterThan(55);
    expect(evaluated.filter(({ health }) => health !== 'ok')).toEqual([]);
    const firing = evaluated.filter(({ state }) => state === 'firing').map(({ name }) => name);
    expect(firing).toEqual(['Watchdog']);

    const folder = await temporaryFolder();
    await mkdir(join(folder, 'data'));
    const file = join(folder, 'sla.yaml');
    const listen = `127.0.0.1:${await freePort()}`;
    const source = `source: { prometheus: "${prometheus}" }`;
    await writeFile(file, `data: ./data\nsla:\n  listen: ${listen}\n  ${source}\n`);
    const configuration = parseConfiguration(file, await readFile(file, 'utf8'));
    const parts = { log: silentLog(), clock, random: systemRandom() };
    const sidecar = await startSla({ configuration }, parts);
    onTestFinished(() => sidecar.close());
    const page = async () => (await fetch(`http://${listen}/`)).text();
    for (const port of ['8081', '8086', '8084']) {
      await expect.poll(page, { timeout: 5_000 }).toContain(up.own(`127.0.0.1:${port}: up`));
    }
    expect(await page()).toContain(`${prometheus}: up`);
    expect(await up.stop()).toEqual([0, null]);
  });

  it('gives the reader each sample as it was, over a restart, an end and a second copy', {
    timeout: 60_000,
  }, async () => {
    const answers = 'holdfast_dns_responses_total{proto="udp",rcode="NOERROR"}';
    let count: number | undefined = 5;
    const url = await listenHttp((_request, response) => {
      if (count === undefined) response.writeHead(503).end();
      else response.end(`${answers} ${count}\n`);
    });
    const target = new URL(url).host;
    const job = (name: string) =>
      `  - job_name: ${name}\n    static_configs: [{ targets: ["${target}"] }]\n`;
    const prometheus = await startPrometheus(
      `global: { scrape_interval: 200ms, scrape_timeout: 200ms }\nscrape_configs:\n` +
        job('holdfast') +
        job('holdfast-again'),
    );
    const readings: TargetReading[] = [];
    const reader = new PrometheusReader({
      url: prometheus,
      jobs: ['holdfast', 'holdfast-again'],
      clock,
      log: silentLog(),
      onReading: (reading) => {
        if (reading.url === target) readings.push(reading);
      },
    });
    const seen = () => readings.map(({ up, values }) => (up ? values.get(answers) : 'down'));
    const readUntil = async (wanted: number | 'down'): Promise<void> => {
      await expect
        .poll(() => reader.scrape(signal).then(() => seen().at(-1)), { timeout: 10_000 })
        .toBe(wanted);
    };
    for (const next of [5, 9, 2]) {
      count = next;
      await readUntil(next);
    }
    count = undefined;
    await readUntil('down');
    const steps = seen().filter((value, at, all) => value !== all[at - 1]);
    expect(steps).toEqual([5, 9, 2, 'down']);
    const times = readings.map(({ atMs }) => atMs);
    expect(new Set(times).size).toBe(times.length);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(reader.targets().filter(({ url: at }) => at === target)).toHaveLength(1);
  });
});
