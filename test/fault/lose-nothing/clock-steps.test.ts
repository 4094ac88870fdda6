/**
 * The wall clock of a running server is set forwards and backwards, by an hour and by more than a
 * year: changes go on through every door, serials only rise, receipts are told in order, limits and
 * tokens go by the clock that there is, and no figure is negative.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { loadConfiguration } from '#app/config/load-configuration.ts';
import { startServe } from '#app/serve-process.ts';
import type { Clock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { systemRandom } from '#base/random.ts';
import { compareSerials } from '#dns/zone/serial.ts';
import { addNameserverKeys } from '../../kit/server-configuration.ts';
import { makeServerFolder, type ServerFolder } from '../../kit/server-process.ts';
import { ShiftedClock } from '../../kit/shifted-clock.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { askUdp } from '../../kit/udp-query.ts';
import { writeUpdate } from '../../kit/update-message.ts';
import { UpdateSender } from '../../kit/update-sender.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Of the server's clock, from the real one. */
const SHIFTS_MS = [0, HOUR_MS, -HOUR_MS, 400 * DAY_MS, -400 * DAY_MS, 0, -1000];
const ZONES = { 'day.test.': 'DEFAULT', 'epoch.test.': 'EPOCH' };
const CLASSIC = '/api/v1/servers/localhost/zones';
const OWN = '/api/holdfast/v1';
const JSON_TYPE = { 'content-type': 'application/json' };

interface Receipt {
  receivedAt: string;
  durableAt: string;
  publishedAt: string;
  served: { servedAt: string | null }[];
}

class Client {
  readonly #place: ServerFolder;
  readonly #key: string;

  constructor(place: ServerFolder, key: string) {
    this.#place = place;
    this.#key = key;
  }

  async send(method: string, path: string, body?: unknown, headers = {}): Promise<Response> {
    return fetch(`${this.#place.apiUrl}${path}`, {
      method,
      headers: { 'x-api-key': this.#key, ...(body !== undefined && JSON_TYPE), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  async read<T>(path: string, headers = {}): Promise<T> {
    const answer = await this.send('GET', path, undefined, headers);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }
}

async function startServer(clock: Clock): Promise<{ place: ServerFolder; client: Client }> {
  const place = await makeServerFolder(await temporaryFolder());
  await addNameserverKeys(place, ['update: { allow: ["127.0.0.1"] }']);
  const configuration = await loadConfiguration(place.config);
  const random = systemRandom();
  const server = await startServe({ configuration }, { log: silentLog(), clock, random });
  onTestFinished(() => server.close());
  const key = await readFile(join(place.data, 'admin.key'), 'utf8');
  const client = new Client(place, key.trim());
  for (const [name, soaEditApi] of Object.entries(ZONES)) {
    const zone = { name, kind: 'Native', nameservers: ['ns.x.'], soa_edit_api: soaEditApi };
    expect((await client.send('POST', CLASSIC, zone)).status).toBe(201);
  }
  return { place, client };
}

async function serialOf({ dnsPort }: ServerFolder, name: string): Promise<number> {
  const { answers } = await askUdp({ port: dnsPort, name, type: 'SOA' });
  const [first] = answers ?? [];
  if (first?.type !== 'SOA') throw new Error(`${name} has no SOA`);
  return (first.data as { serial: number }).serial;
}

/** One change by the API and one by UPDATE; both are served, and their serials are later ones. */
async function changeTwice(client: Client, place: ServerFolder, zone: string, number: number) {
  const before = await serialOf(place, zone);
  const records = [{ content: `"${number}"`, disabled: false }];
  const rrset = { name: `api.${zone}`, type: 'TXT', ttl: 60, changetype: 'REPLACE', records };
  const changed = await client.send('PATCH', `${CLASSIC}/${zone}`, { rrsets: [rrset] });
  expect(changed.status).toBe(204);
  const between = await serialOf(place, zone);
  expect(compareSerials(between, before), `${zone}: ${between} after ${before}`).toBe(1);
  const sender = await UpdateSender.open({ port: place.dnsPort, transport: 'tcp' });
  try {
    const updates = [`add u${number}.${zone} 60 TXT "${number}"`];
    expect(await sender.send(writeUpdate({ id: number + 1, zone, updates }))).toBe(0);
  } finally {
    sender.close();
  }
  expect(compareSerials(await serialOf(place, zone), between)).toBe(1);
  return changed.headers.get('holdfast-receipt');
}

async function expectToldInOrder(client: Client, id: string | null): Promise<void> {
  const receipt = await client.read<Receipt>(`${OWN}/receipts/${id}`, { prefer: 'wait=5' });
  const [served] = receipt.served;
  const { receivedAt, durableAt, publishedAt } = receipt;
  const told = [receivedAt, durableAt, publishedAt, served.servedAt ?? 'never'];
  const timesMs = told.map((instant) => Date.parse(instant));
  expect(timesMs).toEqual(timesMs.toSorted((a, b) => a - b));
}

/** Of samples; timestamps of what never happened are 0. */
async function negativeFigures(client: Client): Promise<string[]> {
  const answer = await client.send('GET', '/metrics');
  expect(answer.status).toBe(200);
  return (await answer.text()).split('\n').filter((line) => /^[^#].* -\d/.test(line));
}

it('a clock that is set under a running server stops nothing and turns nothing back', {
  timeout: 60_000,
}, async () => {
  const clock = new ShiftedClock();
  const { place, client } = await startServer(clock);
  const expiresAt = new Date(clock.nowMs() + HOUR_MS / 2).toISOString();
  const made = await client.send('POST', `${OWN}/tokens`, { name: 't', scope: { expiresAt } });
  const { secret } = (await made.json()) as { secret: string };
  const holder = new Client(place, secret);
  for (const [number, shiftMs] of SHIFTS_MS.entries()) {
    clock.shiftMs = shiftMs;
    for (const zone of Object.keys(ZONES)) {
      await expectToldInOrder(client, await changeTwice(client, place, zone, number));
    }
    const { status } = await holder.send('GET', CLASSIC);
    expect(status, `a token, ${shiftMs} ms away`).toBe(shiftMs > HOUR_MS / 2 ? 401 : 200);
    expect(await negativeFigures(client)).toEqual([]);
    expect((await client.send('GET', '/healthz')).status).toBe(200);
  }
});

it('a clock that is set while changes are under way leaves their receipts in order', async () => {
  const clock = new ShiftedClock();
  const { client } = await startServer(clock);
  const send = async (number: number): Promise<string | null> => {
    const records = [{ content: `"${number}"`, disabled: false }];
    const rrset = { name: 'x.day.test.', type: 'TXT', ttl: 60, changetype: 'REPLACE', records };
    const answer = await client.send('PATCH', `${CLASSIC}/day.test.`, { rrsets: [rrset] });
    expect(answer.status).toBe(204);
    return answer.headers.get('holdfast-receipt');
  };
  const timer = setInterval(() => {
    clock.shiftMs = clock.shiftMs === 0 ? -DAY_MS : 0;
  }, 1);
  const receipts = await Promise.all(Array.from({ length: 40 }, (_, number) => send(number)));
  clearInterval(timer);
  for (const id of receipts) await expectToldInOrder(client, id);
});
