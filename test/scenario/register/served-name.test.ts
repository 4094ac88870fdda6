// A name that a registrar creates over EPP, seen by everybody else: at both name servers within a
// second of the answer, in WHOIS and RDAP, in the receipt that joins them, and by the judge.
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readApiKey } from '#http/api-key.ts';
import { openDemoSession } from '../../kit/epp/demo-session.ts';
import { textOf } from '../../kit/epp/epp-client.ts';
import { contactCreate, domainCreate, done, hostCreate } from '../../kit/epp/epp-objects.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { askUdp } from '../../kit/udp-query.ts';
import { startUpProcess, type UpProcess } from '../../kit/up-process.ts';

const HOSTS = ['ns1.host.example', 'ns2.host.example'];
const LOOK_MS = 20;

async function delegationAt(address: string, port: number, name: string): Promise<string[]> {
  const { authorities = [] } = await askUdp({ address, port, name, type: 'NS' });
  return authorities.flatMap((record) => (record.type === 'NS' ? [record.data] : [])).sort();
}

/** How long it takes until both name servers have it, in milliseconds. */
async function waitServed(port: number, name: string): Promise<number> {
  const startMs = performance.now();
  for (;;) {
    const served = await Promise.all(
      ['127.0.0.1', '127.0.0.2'].map((address) => delegationAt(address, port, name)),
    );
    const waitedMs = performance.now() - startMs;
    if (served.every((hosts) => hosts.join() === HOSTS.join())) return waitedMs;
    if (waitedMs > 10_000) throw new Error(`${name} is not served: ${JSON.stringify(served)}`);
    await sleep(LOOK_MS);
  }
}

async function whois(port: number, query: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.end(`${query}\r\n`);
  return text(socket);
}

/** Of the contract with registrars, by what the server and the directory tell in their feeds. */
async function verdictsOf({ own }: UpProcess): Promise<Record<string, string>> {
  const url = own('http://127.0.0.1:8082/api/holdfast/v1/sla?contract=registry');
  const { parameters } = (await (await fetch(url)).json()) as {
    parameters: { parameter: string; verdict: string }[];
  };
  return Object.fromEntries(parameters.map(({ parameter, verdict }) => [parameter, verdict]));
}

describe('a name created over EPP', () => {
  it('is served within a second, and known to all and the judge', { timeout: 90_000 }, async () => {
    const up = await startUpProcess(await temporaryFolder());
    const data = join(up.folder, 'data');
    const portOf = (shipped: string): number => Number(up.own(shipped));
    const session = await openDemoSession(data, portOf('7000'));
    onTestFinished(() => session.close());
    await done(session, contactCreate('jo-1'));
    for (const host of HOSTS) await done(session, hostCreate(host));
    const wanted = { contact: 'jo-1', nameservers: HOSTS };
    await done(session, domainCreate('first.tld', wanted));
    await waitServed(portOf('5300'), 'first.tld');
    const answer = await done(session, domainCreate('hello.tld', wanted));
    expect(await waitServed(portOf('5300'), 'hello.tld')).toBeLessThan(1_000);

    const rdap = up.own('http://127.0.0.1:8083/domain/hello.tld');
    await expect.poll(async () => (await fetch(rdap)).status).toBe(200);
    expect(await (await fetch(rdap)).json()).toMatchObject({ ldhName: 'hello.tld' });
    expect(await whois(portOf('4343'), 'hello.tld')).toMatch(/^Name Server: ns1\.host\.example/im);

    const transaction = textOf(answer, 'svTRID') ?? '';
    const api = up.own('http://127.0.0.1:8081/api/holdfast/v1');
    const headers = { 'x-api-key': await readApiKey(join(data, 'admin.key')) };
    const found = await fetch(`${api}/receipts?transaction=${transaction}`, { headers });
    const { receipts } = (await found.json()) as { receipts: Record<string, unknown>[] };
    expect(receipts).toMatchObject([
      { zone: 'tld.', source: 'epp', actor: 'demo-rar', requestId: transaction },
    ]);
    session.close();
    await expect
      .poll(() => verdictsOf(up), { timeout: 30_000, interval: 500 })
      .toMatchObject({ 'dns-update-begun': 'met', 'rdds-replica-lag': 'met' });
    expect(await up.stop()).toEqual([0, null]);
  });
});
