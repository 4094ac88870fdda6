/**
 * A change over the admin API as an operator follows it: in the next answer over UDP and TCP, in
 * its receipt, in the event feed and in the metrics; and a large zone that comes and goes whole.
 * Against `holdfast serve`, with the programs that operators use.
 */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { holdfast } from '../../kit/command-line.ts';
import { findPeer, peersMissing } from '../../kit/peers.ts';
import { makeServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const run = promisify(execFile);
const ZONES = '/api/v1/servers/localhost/zones';
const OWN = '/api/holdfast/v1';
const RECORDS = 200_000;

async function startServer(): Promise<ServerProcess> {
  return ServerProcess.start(await makeServerFolder(await temporaryFolder()));
}

async function createExample(server: ServerProcess): Promise<void> {
  const { status } = await server.api('POST', ZONES, {
    name: 'example.com.',
    kind: 'Native',
    nameservers: ['ns1.example.net.'],
  });
  expect(status).toBe(201);
}

async function dig({ place }: ServerProcess, ...args: string[]): Promise<string> {
  const { stdout } = await run('dig', ['@127.0.0.1', '-p', `${place.dnsPort}`, '+short', ...args]);
  return stdout.trim();
}

/** The value of the first series that begins so. */
function valueOf(metrics: string, series: string): number {
  const line = metrics.split('\n').find((text) => text.startsWith(series));
  return Number(line?.split(' ').at(-1));
}

/** A record with one blank between its fields. */
function words(line: string): string {
  return line.split(/\s+/).join(' ');
}

describe.skipIf(peersMissing('dig'))('a change over the API', () => {
  it('is in the next answer, over UDP and TCP, whenever the API has answered', async () => {
    const server = await startServer();
    await createExample(server);
    for (let round = 1; round <= 20; round++) {
      const content = `192.0.2.${round}`;
      const { status } = await server.api('PATCH', `${ZONES}/example.com.`, {
        rrsets: [
          {
            name: 'www.example.com.',
            type: 'A',
            ttl: 60,
            changetype: 'REPLACE',
            records: [{ content }],
          },
        ],
      });
      expect(status).toBe(204);
      const transport = round % 2 === 0 ? '+tcp' : '+notcp';
      expect(await dig(server, transport, 'www.example.com', 'A')).toBe(content);
    }
  });

  it('has a receipt from receipt to served, an event, and shows in the metrics', async () => {
    const server = await startServer();
    await createExample(server);
    const rrset = { name: 'www.example.com.', type: 'A', ttl: 60, changetype: 'EXTEND' };
    const response = await fetch(`${server.place.apiUrl}${ZONES}/example.com.`, {
      method: 'PATCH',
      headers: { 'X-API-Key': server.key, Prefer: 'wait=10' },
      body: JSON.stringify({ rrsets: [{ ...rrset, records: [{ content: '192.0.2.1' }] }] }),
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('preference-applied')).toBe('wait=10');
    const id = response.headers.get('holdfast-receipt') ?? '';
    const receipt = (await (await server.api('GET', `${OWN}/receipts/${id}`)).json()) as Record<
      string,
      string
    > & { served: { address: string; servedAt: string }[] };
    expect(receipt).toMatchObject({
      id,
      zone: 'example.com.',
      source: 'api',
      actor: 'admin-key',
      requestId: response.headers.get('x-request-id'),
      newSerial: Number(response.headers.get('x-pdns-new-serial')),
      served: [{ address: `127.0.0.1:${server.place.dnsPort}`, servedAt: expect.any(String) }],
    });
    const { receivedAt, durableAt, publishedAt, served } = receipt;
    const stages = [receivedAt, durableAt, publishedAt, served[0]?.servedAt ?? ''];
    expect(stages).toEqual(stages.toSorted());
    const { events } = (await (await server.api('GET', `${OWN}/events`)).json()) as {
      events: unknown[];
    };
    expect(events).toContainEqual(expect.objectContaining({ kind: 'update-begun', change: id }));
    expect(await dig(server, 'www.example.com', 'A')).toBe('192.0.2.1');
    const metrics = await (await server.api('GET', '/metrics')).text();
    for (const stage of ['durable', 'published', 'served']) {
      const series = `holdfast_update_seconds_count{source="api",stage="${stage}"}`;
      expect(valueOf(metrics, series)).toBe(2);
    }
    expect(valueOf(metrics, 'holdfast_dns_requests_total{')).toBeGreaterThan(0);
    const healthy = await server.api('GET', '/healthz');
    expect(healthy.status).toBe(200);
    expect(await healthy.json()).toMatchObject({
      checks: [{ healthy: true }, { healthy: true }, { name: 'store', healthy: true }],
    });
  });
});

describe.skipIf(peersMissing('dig', 'named-checkzone'))(`a zone of ${RECORDS} records`, () => {
  it('is imported as a stream, answers, survives a restart, and is exported whole', {
    timeout: 90_000,
  }, async () => {
    const server = await startServer();
    const lines = [
      'big.example.\t3600\tIN\tSOA\tns1.example.net. host.example.net. 7 7200 900 1209600 300',
      'big.example.\t3600\tIN\tNS\tns1.example.net.',
    ];
    for (let at = lines.length; at < RECORDS; at++) {
      const address = `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`;
      lines.push(`host-${at}.big.example.\t300\tIN\tA\t${address}`);
    }
    const file = join(server.place.folder, 'big.zone');
    await writeFile(file, `${lines.join('\n')}\n`);
    const at = ['--config', server.place.config];
    const imported = await holdfast('zone', 'import', 'big.example', file, ...at);
    expect(imported).toEqual({
      exitCode: 0,
      stdout: `big.example.: imported, ${RECORDS} records\n`,
      stderr: '',
    });
    expect(await dig(server, 'host-199999.big.example', 'A')).toBe('10.3.13.63');
    expect(await server.stop()).toBe(0);
    const again = await ServerProcess.start(server.place);
    expect(await dig(again, '+tcp', 'host-100000.big.example', 'A')).toBe('10.1.134.160');
    const exported = await holdfast('zone', 'export', 'big.example', ...at);
    expect(exported.stdout.trimEnd().split('\n').sort()).toEqual(lines.sort());
    const copy = join(server.place.folder, 'copy.zone');
    await writeFile(copy, exported.stdout);
    const checkzone = findPeer('named-checkzone') ?? '';
    const dumped = join(server.place.folder, 'dumped.zone');
    const style = ['-i', 'none', '-D', '-o', dumped];
    const { stdout } = await run(checkzone, [...style, 'big.example', copy]);
    expect(stdout).toContain('loaded serial 7');
    const records = (await readFile(dumped, 'utf8')).trimEnd().split('\n');
    expect(records).toHaveLength(RECORDS);
    expect(records.map(words).sort()).toEqual(lines.map(words).sort());
  });
});
