/**
 * Changes over the admin API against `holdfast serve`: PATCH requests on 1 and on 8 kept
 * connections, each replacing one TXT RRset of one zone. Prints changes per second, the time to
 * the reply (durable and published by then) and, of every 50th change, the time until a real query
 * to the server's UDP socket was seen answered with it; and the server's CPU time per change, the
 * figure that holds on a busy machine.
 *
 *     node test/bench/changes.ts [SECONDS]
 *
 * Client and server share the machine. HOLDFAST_NODE_OPTIONS goes to the server as NODE_OPTIONS:
 * with --cpu-prof it leaves a profile in the working directory.
 */
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { makeServerFolder } from '../kit/server-process.ts';
import { ApiClient, startApiServer } from './api-client.ts';

const ZONES = '/api/v1/servers/localhost/zones';
const ZONE = `${ZONES}/example.com.`;
/** Changes of which one is followed until it is served. */
const FOLLOWED_EVERY = 50;
const WARM_UP_MS = 1500;
/** What /proc counts in on Linux. */
const CLOCK_TICK_MS = 10;

const seconds = Number(process.argv[2] ?? 8);

interface Figures {
  changes: number;
  replyMs: number[];
  receipts: string[];
}

/** One connection's worth of changes, one after the other, until `endMs`. */
async function change(
  client: ApiClient,
  owner: string,
  endMs: number,
  out: Figures,
): Promise<void> {
  for (let round = 0; performance.now() < endMs; round++) {
    const records = [{ content: `"round ${round}"`, disabled: false }];
    const rrset = { name: owner, type: 'TXT', ttl: 60, changetype: 'REPLACE', records };
    const startMs = performance.now();
    const { status, text, receipt } = await client.call('PATCH', ZONE, { rrsets: [rrset] });
    if (status !== 204) throw new Error(`${status} ${text}`);
    out.replyMs.push(performance.now() - startMs);
    if (out.changes % FOLLOWED_EVERY === 0) out.receipts.push(receipt);
    out.changes += 1;
  }
}

async function load(client: ApiClient, connections: number, durationMs: number): Promise<Figures> {
  const figures: Figures = { changes: 0, replyMs: [], receipts: [] };
  const endMs = performance.now() + durationMs;
  await Promise.all(
    Array.from({ length: connections }, (_, index) =>
      change(client, `host-${index}.example.com.`, endMs, figures),
    ),
  );
  return figures;
}

/** From receipt to seen served, by the server's own clock. */
async function servedTimes(client: ApiClient, receipts: readonly string[]): Promise<number[]> {
  const times: number[] = [];
  for (const id of receipts) {
    const { text } = await client.call('GET', `/api/holdfast/v1/receipts/${id}`);
    const { receivedAt, served } = JSON.parse(text) as {
      receivedAt: string;
      served: { servedAt: string | null }[];
    };
    const servedAt = served[0]?.servedAt;
    if (typeof servedAt === 'string') times.push(Date.parse(servedAt) - Date.parse(receivedAt));
  }
  return times;
}

/** CPU time of a process so far, all threads, user and system. */
async function cpuMs(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MS;
}

function quantile(values: number[], share: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN).toFixed(1);
}

const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
const place = await makeServerFolder(folder);
const { child, key } = await startApiServer(place);
try {
  for (const connections of [1, 8]) {
    const client = new ApiClient(place.apiUrl, key, connections);
    if (connections === 1) {
      const zone = { name: 'example.com.', kind: 'Native', nameservers: ['ns1.example.net.'] };
      await client.call('POST', ZONES, zone);
    }
    await load(client, connections, WARM_UP_MS);
    const startMs = performance.now();
    const cpuBefore = await cpuMs(child.pid);
    const figures = await load(client, connections, seconds * 1000);
    const rate = (figures.changes * 1000) / (performance.now() - startMs);
    const cpu = (await cpuMs(child.pid)) - cpuBefore;
    const served = await servedTimes(client, figures.receipts);
    process.stdout.write(
      `${connections} connections: ${rate.toFixed(0)} changes/s, reply p50 ` +
        `${quantile(figures.replyMs, 0.5)} ms p99 ${quantile(figures.replyMs, 0.99)} ms, served ` +
        `p50 ${quantile(served, 0.5)} ms p99 ${quantile(served, 0.99)} ms, ` +
        `${(cpu / figures.changes).toFixed(2)} ms CPU per change\n`,
    );
    client.close();
  }
} finally {
  child.kill('SIGTERM');
  await once(child, 'exit');
  await rm(folder, { recursive: true, force: true });
}
