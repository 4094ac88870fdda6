/** Zones that are larger than what the process may hold, in both directions. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { ZoneAdapter } from '#app/adapters/zone-port.ts';
import type {
  ImportOptions,
  ImportOutcome,
  RrsetText,
  WriteContext,
  ZoneSummary,
} from '#http/api/ports.ts';
import { API_KEY, createExampleZone, startAdmin, ZONES } from '../../../kit/admin/admin-fixture.ts';
import { type AdminParts, openAdminParts } from '../../../kit/admin/admin-parts.ts';
import { WatchedZones } from '../../../kit/admin/watched-zones.ts';

const MIB = 1024 * 1024;
const IMPORT = '/api/holdfast/v1/zones/example.org./import';

/** What is held at most beyond what was at the start, garbage left out, sampled meanwhile. */
async function memoryGrowthMib(task: () => Promise<void>): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const usedNow = (): number => {
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = usedNow();
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, usedNow() - before);
  }, 50);
  await task();
  clearInterval(timer);
  return peak / MIB;
}

/** A zone whose RRsets are made as they are read. */
class GeneratedZones extends WatchedZones {
  readonly rrsetCount: number;
  readCount = 0;
  failAfter = Infinity;

  constructor(parts: AdminParts, rrsetCount: number) {
    super(parts.zones, parts.clock);
    this.rrsetCount = rrsetCount;
  }

  override async open(name: string) {
    const view = await super.open(name);
    return view === undefined
      ? undefined
      : { ...view, rrsets: () => this.#generate(), masterFile: () => this.#text() };
  }

  async *#generate(): AsyncGenerator<RrsetText[]> {
    for (let at = 0; at < this.rrsetCount; at += 100) {
      this.readCount = at;
      if (at >= this.failAfter) throw new Error('the store said no');
      yield Array.from({ length: 100 }, (_, index) => ({
        name: `host-${at + index}.example.org.`,
        type: 'A',
        ttl: 300,
        records: [{ content: '192.0.2.1', disabled: false }],
        comments: [],
      }));
    }
  }

  async *#text(): AsyncGenerator<string> {
    for await (const rrsets of this.#generate()) {
      yield rrsets.map(({ name }) => `${name}\t300\tIN\tA\t192.0.2.1\n`).join('');
    }
  }
}

async function readSize(response: Response): Promise<number> {
  let size = 0;
  for await (const chunk of response.body ?? []) size += (chunk as Uint8Array).length;
  return size;
}

describe('a zone larger than the memory for it', () => {
  it.each([
    ['', 400_000, 40],
    ['/export', 1_600_000, 56],
  ])('is sent by GET zone%s in memory that stays flat', async (path, rrsetCount, sizeMib) => {
    const parts = await openAdminParts();
    const zones = new GeneratedZones(parts, rrsetCount);
    const admin = await startAdmin({ parts, ports: { zones } });
    await createExampleZone(admin);
    let size = 0;
    const growthMib = await memoryGrowthMib(async () => {
      size = await readSize(await admin.call('GET', `${ZONES}/example.org.${path}`));
    });
    expect(size).toBeGreaterThan(sizeMib * MIB);
    expect(growthMib).toBeLessThan(20);
    expect(zones.openViewCount).toBe(0);
  });

  it('is read no faster than the client takes it, and let go when the client leaves', async () => {
    const parts = await openAdminParts();
    const zones = new GeneratedZones(parts, 4_000_000);
    const admin = await startAdmin({ parts, ports: { zones } });
    await createExampleZone(admin);
    const { port, hostname } = new URL(admin.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write(`GET ${ZONES}/example.org. HTTP/1.1\r\nHost: a\r\nX-API-Key: ${API_KEY}\r\n\r\n`);
    await new Promise((resolve) => socket.once('readable', resolve));
    let last = -1;
    await expect
      .poll(
        () => {
          const isStill = zones.readCount === last && last > 0;
          last = zones.readCount;
          return isStill;
        },
        { interval: 200, timeout: 10_000 },
      )
      .toBe(true);
    expect(zones.readCount).toBeLessThan(400_000);
    expect(zones.openViewCount).toBe(1);
    socket.destroy();
    await expect.poll(() => zones.openViewCount).toBe(0);
  });

  it('cannot be mistaken for whole when it breaks off', async () => {
    const parts = await openAdminParts();
    const zones = new GeneratedZones(parts, 400_000);
    const admin = await startAdmin({ parts, ports: { zones } });
    await createExampleZone(admin);
    zones.failAfter = 200_000;
    const response = await admin.call('GET', `${ZONES}/example.org.`);
    await expect(readSize(response)).rejects.toThrow('terminated');
    expect(zones.openViewCount).toBe(0);
  });
});

/** Counts what an import is given. */
class CountingZones extends ZoneAdapter {
  receivedSize = 0;

  override async import(
    zone: string,
    masterFile: AsyncIterable<Uint8Array>,
    options: ImportOptions,
    context: WriteContext,
  ): Promise<ImportOutcome> {
    const result = await super.import(zone, this.#count(masterFile), options, context);
    // Whatever leaving the body does to the connection has time to happen.
    if (!result.imported) await sleep(100);
    return result;
  }

  async *#count(masterFile: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of masterFile) {
      this.receivedSize += chunk.length;
      yield chunk;
    }
  }
}

/** An importer that reads at its own pace and keeps nothing. */
class ForgetfulZones extends ZoneAdapter {
  receivedSize = 0;

  override async import(
    _zone: string,
    masterFile: AsyncIterable<Uint8Array>,
  ): Promise<ImportOutcome> {
    for await (const chunk of masterFile) this.receivedSize += chunk.length;
    const outcome = { receiptId: 'r-1', newSerial: 1, changed: true };
    return { imported: true, outcome, recordCount: 1, warnings: [] };
  }
}

const LINE = 'host.example.org.\t300\tIN\tA\t192.0.2.1\n';

function bodyOf(sizeMib: number, line = LINE): ReadableStream<Uint8Array> {
  const chunk = new TextEncoder().encode(line.repeat(1800));
  let left = sizeMib * MIB;
  return new ReadableStream({
    pull(controller) {
      if (left <= 0) controller.close();
      else controller.enqueue(chunk.subarray(0, Math.min(left, chunk.length)));
      left -= chunk.length;
    },
  });
}

function upload(url: string, body: ReadableStream<Uint8Array>): Promise<Response> {
  const headers = { 'x-api-key': API_KEY, 'content-type': 'text/dns' };
  return fetch(`${url}${IMPORT}`, { method: 'POST', headers, body, duplex: 'half' });
}

describe('an import', () => {
  it('of 400 MiB passes through memory that stays flat', async () => {
    const parts = await openAdminParts();
    const zones = new ForgetfulZones(parts.zones, parts.clock);
    const admin = await startAdmin({ parts, ports: { zones } });
    let status = 0;
    const growthMib = await memoryGrowthMib(async () => {
      status = (await upload(admin.url, bodyOf(400))).status;
    });
    expect(status).toBe(200);
    expect(zones.receivedSize).toBe(400 * MIB);
    expect(growthMib).toBeLessThan(100);
  });

  it('that is refused early is told so although the client is still sending', async () => {
    const parts = await openAdminParts();
    const zones = new CountingZones(parts.zones, parts.clock);
    const admin = await startAdmin({ parts, ports: { zones } });
    const response = await upload(admin.url, bodyOf(50, 'host.example.org.\t300\tIN\tA\tnone\n'));
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'API_MASTER_FILE_REFUSED' });
    expect(zones.receivedSize).toBeLessThan(2 * MIB);
  });

  it('that the client breaks off changes nothing', async () => {
    const admin = await startAdmin();
    const { port, hostname } = new URL(admin.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST ${IMPORT} HTTP/1.1\r\nHost: a\r\nX-API-Key: ${API_KEY}\r\n` +
        'Content-Type: text/dns\r\nContent-Length: 1000\r\n\r\n' +
        'example.org.\t60\tIN\tNS\tns1.\n',
    );
    await sleep(200);
    socket.destroy();
    await sleep(200);
    expect(await admin.zones.find('example.org.')).toBeUndefined();
    expect((await admin.call('GET', ZONES)).status).toBe(200);
  });
});

/** The one zone that there is, over and over. */
class RepeatedZones extends ZoneAdapter {
  override async *list(): AsyncGenerator<ZoneSummary[]> {
    for await (const [summary] of super.list()) {
      for (let at = 0; at < 1000; at++) yield Array.from({ length: 100 }, () => summary);
    }
  }
}

describe('a list of 100,000 zones', () => {
  it('is sent as it is read', async () => {
    const parts = await openAdminParts();
    const zones = new RepeatedZones(parts.zones, parts.clock);
    const large = await startAdmin({ parts, ports: { zones } });
    await createExampleZone(large);
    const list = (await (await large.call('GET', ZONES)).json()) as unknown[];
    expect(list).toHaveLength(100_000);
  });
});
