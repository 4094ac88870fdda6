// docs/reference/metrics.md equals what a running process gives, and Prometheus's own tool has
// nothing to say against that, nor against the configuration that ships.
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { PACKET_DROPS } from '#dns/packet/packet-counters.ts';
import { listedFamilies, readFamilies } from '../../tools/reference/exposition.ts';
import { findPeer, peersMissing } from '../kit/peers.ts';
import { makeServerFolder, ServerProcess } from '../kit/server-process.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';
import { askUdp } from '../kit/udp-query.ts';

const PAGE = 'docs/reference/metrics.md';
const BACKUP = 'backup: { locations: [{ name: disk-1, directory: ./backups }] }\n';

/** What a name server gives that has every kind of thing that is measured, and was asked once. */
async function scrapeServer(): Promise<string> {
  const place = await makeServerFolder(await temporaryFolder(), BACKUP);
  await copyFile('zones/signed.example.zone', join(place.zones, 'signed.example.zone'));
  const server = await ServerProcess.start(place);
  await askUdp({ port: place.dnsPort, name: 'signed.example.', type: 'SOA' });
  const scrape = async (): Promise<string> => (await fetch(`${place.apiUrl}/metrics`)).text();
  await expect.poll(scrape).toMatch(/^holdfast_dns_requests_total\{.*type="SOA"\} 1$/m);
  const text = await scrape();
  await server.stop();
  return text;
}

describe('the page of metrics', () => {
  it('lists every metric of a name server with its type and labels, and no other', async () => {
    const listed = listedFamilies(await readFile(PAGE, 'utf8'), '## `holdfast serve`');
    expect(listed).toEqual(readFamilies(await scrapeServer()));
  });

  it('explains every reason for a drop', async () => {
    const page = await readFile(PAGE, 'utf8');
    const [, section = ''] = page.split('### Reasons for drops\n');
    const reasons = [...section.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, reason]) => reason);
    expect(reasons.toSorted()).toEqual([...PACKET_DROPS].toSorted());
  });
});

describe('every other page', () => {
  it('names only metrics that the page of metrics lists', async () => {
    const text = await readFile(PAGE, 'utf8');
    const listed = new Set([...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name));
    const unknown: string[] = [];
    for (const page of ['*.md', 'docs/**/*.md'].flatMap((pattern) => globSync(pattern))) {
      const names = (await readFile(page, 'utf8')).matchAll(/\b(?:holdfast|sla)_[a-z_]+\b/g);
      for (const [name] of names) {
        if (!listed.has(name.replace(/_(?:bucket|sum|count)$/, '')))
          unknown.push(`${page}: ${name}`);
      }
    }
    expect(unknown).toEqual([]);
  });
});

describe.skipIf(peersMissing('promtool'))('promtool', () => {
  it('finds nothing wrong with the metrics of a name server', async () => {
    const text = await scrapeServer();
    const file = join(await temporaryFolder(), 'metrics');
    await writeFile(file, text);
    const command = `"${findPeer('promtool')}" check metrics <"${file}"`;
    const { stdout, stderr } = await promisify(execFile)('sh', ['-c', command]);
    expect(stdout + stderr).toBe('');
  });

  it('takes the configuration that ships', async () => {
    const { stdout } = await promisify(execFile)(findPeer('promtool') ?? '', [
      'check',
      'config',
      'config/prometheus/prometheus.yml',
    ]);
    expect(stdout).toContain('is valid prometheus config file syntax');
  });
});
