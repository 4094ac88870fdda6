/** Zones that are larger than what the process may hold, in both directions. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type {
  ImportOutcome,
  RrsetText,
  WriteContext,
  ZonePort,
  ZoneSummary,
} from '#http/api/ports.ts';
import { API_KEY, createExampleZone, startAdmin, ZONES } from '../../../kit/admin/admin-fixture.ts';
import { MemoryReceipts } from '../../../kit/admin/memory-receipts.ts';
import { MemoryZones } from '../../../kit/admin/memory-zones.ts';

const MIB = 1024 * 1024;
const IMPORT = '/api/holdfast/v1/zones/example.org./import';

/** The most memory outside of what was used at the start, sampled while `task` runs. */
async function memoryGrowthMib(task: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage();
  const usedBefore = before.heapUsed + before.arrayBuffers;
  let peak = 0;
  const timer = setInterval(() => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    peak = Math.max(peak, heapUsed + arrayBuffers - usedBefore);
  }, 5);
  await task();
  clearInterval(timer);
  return peak / MIB;
}

/** A zone whose RRsets are made as they are read. */
class GeneratedZones extends MemoryZones {
  readonly rrsetCount: number;
  readCount = 0;
  failAfter = Infinity;

  constructor(rrsetCount: number) {
    super(new MemoryReceipts());
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

describe('a zone of 400,000 RRsets', () => {
  it.each(['', '/export'])('is sent by GET zone%s in memory that stays flat', async (path) => {
    const zones = new GeneratedZones(400_000);
    const admin = await startAdmin({ ports: { zones } });
    await createExampleZone(admin);
    let size = 0;
    const growthMib = await memoryGrowthMib(async () => {
      size = await readSize(await admin.call('GET', `${ZONES}/example.org.${path}`));
    });
    expect(size).toBeGreaterThan(path === '' ? 40 * MIB : 14 * MIB);
    expect(growthMib).toBeLessThan(path === '' ? 40 : 30);
    expect(zones.openViewCount).toBe(0);
  });

  it('is read no faster than the client takes it, and let go when the client leaves', async () => {
    const zones = new GeneratedZones(4_000_000);
    const admin = await startAdmin({ ports: { zones } });
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
    const zones = new GeneratedZones(400_000);
    const admin = await startAdmin({ ports: { zones } });
    await createExampleZone(admin);
    zones.failAfter = 200_000;
    const response = await admin.call('GET', `${ZONES}/example.org.`);
    await expect(readSize(response)).rejects.toThrow('terminated');
    expect(zones.openViewCount).toBe(0);
  });
});

/** An importer that reads at its own pace and keeps nothing. */
class CountingZones extends MemoryZones {
  receivedSize = 0;
  refuseAfter = Infinity;
  readonly #receiptsOfImports: MemoryReceipts;

  constructor(receipts: MemoryReceipts) {
    super(receipts);
    this.#receiptsOfImports = receipts;
  }

  override async import(
    zone: string,
    masterFile: AsyncIterable<Uint8Array>,
    _options: unknown,
    context: WriteContext,
  ): Promise<ImportOutcome> {
    for await (const chunk of masterFile) {
      this.receivedSize += chunk.length;
      if (this.receivedSize >= this.refuseAfter) break;
    }
    if (this.receivedSize >= this.refuseAfter) {
      // Whatever leaving the loop does to the connection has time to happen.
      await sleep(100);
      const finding = { line: 1, column: 1, code: 'ZONEFILE_SYNTAX', message: 'expected a name' };
      return { imported: false, errors: [finding] };
    }
    const outcome = this.#receiptsOfImports.add(zone, context, { newSerial: 1 });
    return { imported: true, outcome, recordCount: 1, warnings: [] };
  }
}

function bodyOf(sizeMib: number): ReadableStream<Uint8Array> {
  const chunk = new TextEncoder().encode('host.example.org.\t300\tIN\tA\t192.0.2.1\n'.repeat(1800));
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
    const zones = new CountingZones(new MemoryReceipts());
    const admin = await startAdmin({ ports: { zones } });
    let status = 0;
    const growthMib = await memoryGrowthMib(async () => {
      status = (await upload(admin.url, bodyOf(400))).status;
    });
    expect(status).toBe(200);
    expect(zones.receivedSize).toBe(400 * MIB);
    // Client and server share this process, and garbage is not collected at once.
    expect(growthMib).toBeLessThan(200);
  });

  it('that is refused early is told so although the client is still sending', async () => {
    const zones = new CountingZones(new MemoryReceipts());
    zones.refuseAfter = MIB;
    const admin = await startAdmin({ ports: { zones } });
    const response = await upload(admin.url, bodyOf(50));
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

describe('a list of 100,000 zones', () => {
  it('is sent as it is read', async () => {
    const memory = new MemoryZones(new MemoryReceipts());
    const admin = await startAdmin();
    await createExampleZone(admin);
    const summary = (await admin.zones.find('example.org.')) as ZoneSummary;
    const zones: ZonePort = Object.assign(memory, {
      async *list() {
        for (let at = 0; at < 1000; at++) yield Array.from({ length: 100 }, () => summary);
      },
    });
    const large = await startAdmin({ ports: { zones } });
    const list = (await (await large.call('GET', ZONES)).json()) as unknown[];
    expect(list).toHaveLength(100_000);
  });
});
