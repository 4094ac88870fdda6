/**
 * A primary that lists its zones in a catalog, and a secondary that follows it: a zone made through
 * the API of the one is served by the other within a second, follows changes, and goes with it.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { DnsExchange } from '../../kit/dns-exchange.ts';
import { writeQuery } from '../../kit/dns-query.ts';
import { addNameserverKeys, makeSecondary } from '../../kit/server-configuration.ts';
import { makeServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const ZONES = '/api/v1/servers/localhost/zones';
const CATALOG = 'catalog.holdfast.';
const KEYS = 'tsigKeys: [{ name: xfer, secretFile: ./xfer.key }]';
const SECRET = Buffer.alloc(32, 7).toString('base64');

/** RCODE, and number of answers. */
async function ask(port: number, name: string, type: number): Promise<[number, number]> {
  const exchange = await DnsExchange.open(port);
  try {
    const reply = await Promise.race([
      exchange.askUdp(writeQuery({ id: 1, name, type })),
      sleep(500),
    ]);
    return reply instanceof Uint8Array ? [reply[3] & 15, reply[7]] : [-1, 0];
  } finally {
    exchange.close();
  }
}

async function makeFolder(): Promise<Awaited<ReturnType<typeof makeServerFolder>>> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'xfer.key'), SECRET, { mode: 0o600 });
  return makeServerFolder(folder, KEYS);
}

async function startPair(): Promise<{ primary: ServerProcess; secondary: ServerProcess }> {
  const first = await makeFolder();
  const second = await makeFolder();
  await addNameserverKeys(first, [
    'identity: ns1.example.net.',
    `catalog: ${CATALOG}`,
    `transfer: { allow: ["key:xfer"], notify: ["127.0.0.1:${second.dnsPort} key:xfer"] }`,
  ]);
  const address = `127.0.0.1:${first.dnsPort}`;
  await makeSecondary(second, `[{ address: "${address}", key: xfer, catalog: ${CATALOG} }]`);
  const primary = await ServerProcess.start(first);
  const secondary = await ServerProcess.start(second);
  return { primary, secondary };
}

/** Milliseconds until the question is answered so. */
async function until(
  port: number,
  name: string,
  wanted: (rcode: number, count: number) => boolean,
) {
  const start = performance.now();
  while (!wanted(...(await ask(port, name, 1)))) {
    if (performance.now() - start > 8000) throw new Error(`${name} is not answered as it should`);
    await sleep(10);
  }
  return performance.now() - start;
}

interface Served {
  nameserver: string;
  address: string;
  servedAt: string | null;
}

/** Makes a change, waits until it is served everywhere, and gives what its receipt says. */
async function servedBy(server: ServerProcess, path: string): Promise<Served[]> {
  const records = [{ content: '192.0.2.9' }];
  const rrset = { name: 'nine.new.example.', type: 'A', ttl: 60, changetype: 'REPLACE', records };
  const changed = await fetch(`${server.place.apiUrl}${path}`, {
    method: 'PATCH',
    headers: { 'X-API-Key': server.key, Prefer: 'wait=5' },
    body: JSON.stringify({ rrsets: [rrset] }),
  });
  expect(changed.status).toBe(204);
  const id = changed.headers.get('Holdfast-Receipt');
  const receipt = await server.api('GET', `/api/holdfast/v1/receipts/${id}`);
  return ((await receipt.json()) as { served: Served[] }).served;
}

/**
 * By NOTIFY, and not by a timer, of which the shortest is a minute. How fast it is, is measured by
 * `npm run bench:changes` and `bench:epp`; here a busy machine must not decide.
 */
const BY_NOTIFY_MS = 5000;

describe('a secondary by catalog', () => {
  it('serves a new zone at once, follows it, and lets it go', async () => {
    const { primary, secondary } = await startPair();
    const { dnsPort } = secondary.place;
    // The catalog itself is there first.
    await expect
      .poll(async () => (await secondary.api('GET', `${ZONES}/${CATALOG}`)).json(), {
        timeout: 5000,
      })
      .toMatchObject({ kind: 'Consumer', serial: expect.any(Number) });
    const rrsets = [
      { name: 'new.example.', type: 'NS', ttl: 60, records: [{ content: 'ns1.example.net.' }] },
      { name: 'www.new.example.', type: 'A', ttl: 60, records: [{ content: '192.0.2.1' }] },
    ];
    const made = await primary.api('POST', ZONES, { name: 'new.example.', kind: 'Master', rrsets });
    expect(made.status).toBe(201);
    expect(await until(dnsPort, 'www.new.example.', (_rcode, count) => count === 1)).toBeLessThan(
      BY_NOTIFY_MS,
    );
    // A receipt is complete when both were seen serving the change.
    const receipt = await servedBy(primary, `${ZONES}/new.example.`);
    const places = [primary.place, secondary.place].map((place) => `127.0.0.1:${place.dnsPort}`);
    expect(receipt.map(({ address }) => address)).toEqual(places);
    expect(receipt.every(({ servedAt }) => servedAt !== null)).toBe(true);
    const records = [{ content: '192.0.2.2' }];
    const rrset = { name: 'two.new.example.', type: 'A', ttl: 60, changetype: 'REPLACE', records };
    await primary.api('PATCH', `${ZONES}/new.example.`, { rrsets: [rrset] });
    expect(await until(dnsPort, 'two.new.example.', (_rcode, count) => count === 1)).toBeLessThan(
      BY_NOTIFY_MS,
    );
    expect((await primary.api('DELETE', `${ZONES}/new.example.`)).status).toBe(204);
    await until(dnsPort, 'www.new.example.', (rcode) => rcode === 5);
  }, 30_000);
});
