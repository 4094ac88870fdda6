// docs/reference/metrics.md equals what each running process gives, and Prometheus's own tool has
// nothing to say against that, nor against the configuration that ships.
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { PACKET_DROPS } from '#dns/packet/packet-counters.ts';
import {
  listedFamilies,
  type MetricFamily,
  readFamilies,
} from '../../tools/reference/exposition.ts';
import { findPeer, peersMissing } from '../kit/peers.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';
import { startUpProcess } from '../kit/up-process.ts';

const PAGE = 'docs/reference/metrics.md';
/** Where each process listens in the configuration that ships. */
const PROCESSES = {
  serve: 'http://127.0.0.1:8081/metrics',
  rdds: 'http://127.0.0.1:8083/metrics',
  probe: 'http://127.0.0.1:8084/metrics',
  sla: 'http://127.0.0.1:8082/metrics',
} as const;

/** The page's families of one process, without the labels that `given` does not show. */
function listedLike(given: readonly MetricFamily[], page: string, name: string): MetricFamily[] {
  const shown = new Set(
    given.filter(({ labels }) => labels !== undefined).map((each) => each.name),
  );
  return listedFamilies(page, `## \`holdfast ${name}\``).map((family) =>
    shown.has(family.name) ? family : { ...family, labels: undefined },
  );
}

const isLinted = !peersMissing('promtool');

/** What promtool says of a scrape; nothing if all is well, or where there is no promtool. */
async function lint(scrape: string): Promise<string> {
  if (!isLinted) return '';
  const file = join(await temporaryFolder(), 'metrics');
  await writeFile(file, scrape);
  const command = `"${findPeer('promtool')}" check metrics <"${file}"`;
  const { stdout, stderr } = await promisify(execFile)('sh', ['-c', command]);
  return stdout + stderr;
}

it('the page of metrics lists every metric of every process with its type and labels', {
  timeout: 60_000,
}, async () => {
  const page = await readFile(PAGE, 'utf8');
  const up = await startUpProcess(await temporaryFolder());
  const given: Record<string, MetricFamily[]> = {};
  const listed: Record<string, MetricFamily[]> = {};
  let complaints = '';
  for (const [name, url] of Object.entries(PROCESSES)) {
    const scrape = async (): Promise<string> => (await fetch(up.own(url))).text();
    // The probe's first tests are in the first seconds.
    await expect.poll(scrape, { timeout: 10_000 }).toMatch(/^\w+_total(?:\{.*\})? [\d.]+$/m);
    const text = await scrape();
    given[name] = readFamilies(text);
    listed[name] = listedLike(given[name], page, name);
    complaints += await lint(text);
  }
  expect(listed).toEqual(given);
  expect(complaints).toBe('');
  expect(await up.stop()).toEqual([0, null]);
});

it('the page of metrics explains every reason for a drop', async () => {
  const page = await readFile(PAGE, 'utf8');
  const [, below = ''] = page.split('### Reasons for drops\n');
  const [section = ''] = below.split('\n## ');
  const reasons = [...section.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, reason]) => reason);
  expect(reasons.toSorted()).toEqual([...PACKET_DROPS].toSorted());
});

it('other pages name only metrics that the page of metrics lists', async () => {
  const text = await readFile(PAGE, 'utf8');
  const listed = new Set([...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name));
  const unknown: string[] = [];
  for (const page of ['*.md', 'docs/**/*.md'].flatMap((pattern) => globSync(pattern))) {
    const names = (await readFile(page, 'utf8')).matchAll(/\b(?:holdfast|sla)_[a-z_]+\b/g);
    for (const [name] of names) {
      if (!listed.has(name.replace(/_(?:bucket|sum|count)$/, ''))) unknown.push(`${page}: ${name}`);
    }
  }
  expect(unknown).toEqual([]);
});

it.skipIf(!isLinted)('promtool takes the configuration that ships', async () => {
  const args = ['check', 'config', 'config/prometheus/prometheus.yml'];
  const { stdout } = await promisify(execFile)(findPeer('promtool') ?? '', args);
  expect(stdout).toContain('is valid prometheus config file syntax');
});
