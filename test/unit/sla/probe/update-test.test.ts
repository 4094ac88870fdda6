// The change-to-served test against a scripted API and scripted name servers.
import { describe, expect, it } from 'vitest';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { seededRandom } from '#base/random.ts';
import { ApiWriter } from '#sla/probe/api-writer.ts';
import { type UpdateSeen, UpdateTest } from '#sla/probe/update-test.ts';
import { ZoneApi } from '#sla/probe/zone-api.ts';
import { listenHttp } from '../../../kit/http-listener.ts';
import { type ScriptedDns, scriptedDns } from '../../../kit/scripted-dns.ts';

const NAME = '_holdfast.p01.probe.example';
const LIMIT_MS = 3_600_000;

interface Bench {
  servers: ScriptedDns[];
  requests: string[];
  cell: SharedArrayBuffer;
  run: () => Promise<UpdateSeen[]>;
}

/** `statuses`: what the API answers first; then 204. */
async function openBench(statuses: number[] = []): Promise<Bench> {
  const servers = [await scriptedDns(), await scriptedDns('example.com', '127.0.0.2')];
  const requests: string[] = [];
  const api = await listenHttp((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    response.writeHead(statuses.shift() ?? 204, { 'holdfast-receipt': 'r-1' }).end();
  });
  const cell = makeClockCell(1_790_812_800_000);
  const clock = openClock({ kind: 'cell', cell });
  const { signal } = new AbortController();
  const test = new UpdateTest({
    writer: new ApiWriter({
      api: new ZoneApi({ url: api, readKey: async () => 'key', clock, signal }),
      zone: 'probe.example.',
      targets: servers.map(({ server }, at) => ({ nameserver: `ns${at + 1}.`, server })),
      clock,
      random: seededRandom(1),
      signal,
    }),
    limitMs: LIMIT_MS,
    clock,
    signal,
  });
  const run = async (): Promise<UpdateSeen[]> => {
    const seen: UpdateSeen[] = [];
    await test.run('p01', (update) => seen.push(update));
    return seen.sort((a, b) => (a.address < b.address ? -1 : 1));
  };
  return { servers, requests, cell, run };
}

describe('a change-to-served test', () => {
  it('says for each address when it answered with the change or a later one', async () => {
    const { servers, run, requests } = await openBench();
    servers[0]?.texts.set(NAME, '1790812800000');
    servers[1]?.texts.set(NAME, '1790812800999');
    const expected = {
      kind: 'update',
      change: 'r-1-1790812800000',
      service: 'dns',
      probe: 'p01',
      confirmedAt: '2026-10-01T00:00:00.000Z',
      observedAt: '2026-10-01T00:00:00.000Z',
    };
    expect(await run()).toEqual([
      { ...expected, address: '127.0.0.1' },
      { ...expected, address: '127.0.0.2' },
    ]);
    expect(requests).toEqual(['PATCH /api/v1/servers/localhost/zones/probe.example.']);
  });

  it('is late where an address does not answer with it within the limit', async () => {
    const { servers, run, cell } = await openBench();
    servers[0]?.texts.set(NAME, '1790812800000');
    servers[1]?.texts.set(NAME, '1790812799999');
    setTimeout(() => setClockCell(cell, 1_790_812_800_000 + LIMIT_MS + 1), 300);
    expect((await run()).map(({ observedAt }) => observedAt === null)).toEqual([false, true]);
  });

  it('makes the zone where it is missing, then the change', async () => {
    const { servers, run, requests } = await openBench([404, 201]);
    for (const { texts } of servers) texts.set(NAME, '1790812800000');
    expect(await run()).toHaveLength(2);
    expect(requests.map((request) => request.split(' ')[0])).toEqual(['PATCH', 'POST', 'PATCH']);
  });

  it('is none when the change was not confirmed', async () => {
    const { run } = await openBench([500]);
    await expect(run()).rejects.toMatchObject({ code: 'PROBE_API_FAILED' });
  });
});
