/**
 * One run of changes.ts: so many clients at one door of one server, for so long. Measured from
 * outside, the same for every server: changes, time from request to answer, of every tenth change
 * the time from request to a real DNS answer with it, and the server's CPU time.
 */
import { seededRandom } from '#base/random.ts';
import { DnsExchange } from '../kit/dns-exchange.ts';
import { writeQuery } from '../kit/dns-query.ts';
import { type DoorKind, openDoor } from './change-door.ts';
import type { ChangedServer } from './change-server.ts';
import { type ChangeWorkload, pickPlace } from './change-workload.ts';
import { cpuTimeUs } from './process-usage.ts';

/** Changes of which one is followed until it is served. */
const FOLLOWED_EVERY = 10;
const SERVED_TIMEOUT_MS = 5000;
const WARM_UP_MS = 500;
const TYPE_TXT = 16;

export interface ChangeRun {
  door: DoorKind;
  clients: number;
  seconds: number;
}

export interface ChangeFigures {
  perSecond: number;
  replyMs: number[];
  servedMs: number[];
  /** CPU time of the server, microseconds. */
  cpuUsPerChange: number;
  /** Requests that the server could not do, beside the changes. */
  failed: number;
}

/** Values are never the same twice, so that each is a change. */
interface Counter {
  value: number;
}

export async function runChanges(
  server: ChangedServer,
  workload: ChangeWorkload,
  { door, clients, seconds }: ChangeRun,
): Promise<ChangeFigures> {
  const counter: Counter = { value: 0 };
  const exchange = await DnsExchange.open(server.dnsPort);
  const doors = await Promise.all(Array.from({ length: clients }, () => openDoor(server, door)));
  const figures = { changes: 0, failed: 0, replyMs: [] as number[], servedMs: [] as number[] };
  const runFor = async (durationMs: number): Promise<void> => {
    const endMs = performance.now() + durationMs;
    await Promise.all(
      doors.map(async (one, client) => {
        const random = seededRandom(client + 1);
        while (performance.now() < endMs) {
          const place = pickPlace(workload, random, client, clients);
          counter.value += 1;
          const value = `${door} ${counter.value} ${Date.now()}`;
          const startMs = performance.now();
          if (!(await one.change(place, value))) {
            figures.failed += 1;
            continue;
          }
          figures.replyMs.push(performance.now() - startMs);
          figures.changes += 1;
          if (figures.changes % FOLLOWED_EVERY !== 0) continue;
          await waitServed(exchange, place.owner, value, figures.changes);
          figures.servedMs.push(performance.now() - startMs);
        }
      }),
    );
  };
  await runFor(WARM_UP_MS);
  Object.assign(figures, { changes: 0, failed: 0, replyMs: [], servedMs: [] });
  const [startMs, cpuBefore] = [performance.now(), cpuTimeUs(server.pid)];
  await runFor(seconds * 1000);
  const { changes, failed, replyMs, servedMs } = figures;
  const cpuUsPerChange = (cpuTimeUs(server.pid) - cpuBefore) / changes;
  const perSecond = (changes * 1000) / (performance.now() - startMs);
  for (const one of doors) one.close();
  exchange.close();
  return { perSecond, replyMs, servedMs, cpuUsPerChange, failed };
}

/** Asks until the answer has the value. */
async function waitServed(
  exchange: DnsExchange,
  name: string,
  value: string,
  id: number,
): Promise<void> {
  const deadline = performance.now() + SERVED_TIMEOUT_MS;
  const query = writeQuery({ id: id & 0xffff, name, type: TYPE_TXT });
  while (performance.now() < deadline) {
    const reply = await exchange.askUdp(query);
    if (reply !== undefined && Buffer.from(reply).includes(value)) return;
  }
  throw new Error(`${name} is not served with ${value}`);
}

/** @param share of the values that are at most as large */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}
