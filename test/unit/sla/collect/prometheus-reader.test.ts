// What the sidecar makes of a Prometheus's answers: staleness, restarts, copies, and errors.
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { type Log, silentLog } from '#base/log.ts';
import { PrometheusReader } from '#sla/collect/prometheus-reader.ts';
import type { TargetReading } from '#sla/collect/scraped-targets.ts';
import { listenHttp } from '../../../kit/http-listener.ts';

const NOW = 1_790_812_800;
const { signal } = new AbortController();

type Labels = Record<string, string>;
type Points = readonly (readonly [number, string])[];

const series = (name: string, labels: Labels, values: Points) => {
  return { metric: { __name__: name, ...labels }, values };
};
const matrix = (...result: ReturnType<typeof series>[]) => {
  return JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } });
};
const NS1 = { instance: 'ns1:8081', job: 'holdfast' };
const ANSWERS = 'holdfast_dns_responses_total';

async function openBench(jobs = ['holdfast']) {
  const cell = makeClockCell(NOW * 1000);
  const state = { answer: matrix(), status: 200 };
  const queries: string[] = [];
  const readings: TargetReading[] = [];
  const warnings: unknown[] = [];
  const url = await listenHttp(async (request, response) => {
    queries.push(new URLSearchParams(await text(request)).get('query') ?? '');
    response.writeHead(request.url === '/api/v1/query' ? state.status : 404);
    response.end(state.answer);
  });
  const reader = new PrometheusReader({
    url,
    jobs,
    clock: openClock({ kind: 'cell', cell }),
    log: { ...silentLog(), warn: (fields: unknown) => void warnings.push(fields) } as Log,
    onReading: (reading) => void readings.push(reading),
  });
  const moveTo = (seconds: number): void => setClockCell(cell, (NOW + seconds) * 1000);
  const ownReadings = () => readings.filter((reading) => reading.url !== url);
  return { reader, state, queries, warnings, url, moveTo, ownReadings };
}

describe('samples of a Prometheus', () => {
  it('are read raw, each scrape with its own time, and each once', async () => {
    const { reader, state, queries, ownReadings } = await openBench();
    const answers = { ...NS1, proto: 'udp', rcode: 'NOERROR' };
    state.answer = matrix(
      series('up', NS1, [
        [NOW - 30.5, '1'],
        [NOW - 15.5, '1'],
        [NOW - 0.5, '0'],
      ]),
      series(ANSWERS, answers, [
        [NOW - 30.5, '100'],
        [NOW - 15.5, '3'],
      ]),
    );
    await reader.scrape(signal);
    await reader.scrape(signal);
    expect(queries[0]).toMatch(/^\{__name__=~"up\|holdfast_.*",job=~"holdfast"\}\[300s\]$/);
    expect(queries[1]).toContain('[60s]');
    const name = `${ANSWERS}{proto="udp",rcode="NOERROR"}`;
    expect(ownReadings()).toEqual([
      {
        url: 'ns1:8081',
        atMs: (NOW - 30.5) * 1000,
        up: true,
        reason: undefined,
        values: new Map([[name, 100]]),
      },
      {
        url: 'ns1:8081',
        atMs: (NOW - 15.5) * 1000,
        up: true,
        reason: undefined,
        values: new Map([[name, 3]]),
      },
      {
        url: 'ns1:8081',
        atMs: (NOW - 0.5) * 1000,
        up: false,
        reason: 'Prometheus could not scrape it',
        values: new Map(),
      },
    ]);
  });

  it('go into the ledger as scrapes do: once a minute, and when a target goes down', async () => {
    const { reader, state, url } = await openBench();
    const ups: [number, string][] = [-45, -30, -15].map((at) => [NOW + at, '1']);
    state.answer = matrix(series('up', NS1, [...ups, [NOW, '0']]));
    expect(await reader.scrape(signal)).toMatchObject([
      { kind: 'scrape', target: url, up: true },
      { kind: 'scrape', target: 'ns1:8081', up: true },
      { kind: 'scrape', target: 'ns1:8081', up: false, at: '2026-10-01T00:00:00.000Z' },
    ]);
  });

  it('that end leave a target missing, which is no evidence that it is down', async () => {
    const { reader, state, moveTo, ownReadings } = await openBench();
    state.answer = matrix(series('up', NS1, [[NOW, '1']]));
    await reader.scrape(signal);
    moveTo(91);
    expect(await reader.scrape(signal)).toMatchObject([{ up: true }]);
    expect(ownReadings()).toHaveLength(1);
    expect(reader.targets()[1]).toMatchObject({
      url: 'ns1:8081',
      up: false,
      reason: 'Prometheus has no sample of it for 91 s',
    });
  });

  it('of two copies of a target are those of the one that was scraped last', async () => {
    const { reader, state, ownReadings, warnings } = await openBench();
    const copy = { ...NS1, replica: 'b' };
    const more = { proto: 'udp', rcode: 'NOERROR' };
    state.answer = matrix(
      series('up', NS1, [[NOW - 20, '1']]),
      series(ANSWERS, { ...NS1, ...more }, [[NOW - 20, '7']]),
      series('up', copy, [[NOW - 5, '1']]),
      series(ANSWERS, { ...copy, ...more }, [[NOW - 5, '9']]),
    );
    await reader.scrape(signal);
    await reader.scrape(signal);
    expect(ownReadings().map(({ values }) => [...values])).toEqual([
      [[`${ANSWERS}{proto="udp",rcode="NOERROR"}`, 9]],
    ]);
    expect(warnings).toEqual([{ instance: 'ns1:8081' }]);
  });

  it('are asked for by the names of jobs as they are, whatever characters they have', async () => {
    const { reader, queries } = await openBench(['a.b', 'c"|d']);
    await reader.scrape(signal);
    expect(queries[0]).toContain(String.raw`job=~"a\\.b|c\"\\|d"`);
  });
});

describe('a Prometheus that cannot be read', () => {
  it.each([
    ['{"status":"error","errorType":"bad_data","error":"parse error"}', 400, 'parse error'],
    ['<html>', 502, "status 502, and no answer of Prometheus's query API"],
    [matrix(), 200, 'it scrapes nothing under the jobs holdfast'],
    [matrix(series('up', NS1, [[NOW + 10, '1']])), 200, 'its clock is 10 s ahead'],
  ])('is shown with the reason: %s', async (answer, status, reason) => {
    const { reader, state, url } = await openBench();
    Object.assign(state, { answer, status });
    expect(await reader.scrape(signal)).toMatchObject([{ target: url, up: false }]);
    expect(reader.targets()[0]).toMatchObject({ url, up: false, reason });
  });

  it('leaves what it said of its targets unknown and writes no line of them', async () => {
    const { reader, state } = await openBench();
    state.answer = matrix(series('up', NS1, [[NOW, '1']]));
    await reader.scrape(signal);
    Object.assign(state, { answer: 'no', status: 503 });
    expect(await reader.scrape(signal)).toHaveLength(1);
    const [, target] = reader.targets();
    expect(target).toMatchObject({ url: 'ns1:8081', up: false });
    expect(target?.reason).toMatch(/^Prometheus cannot be read: status 503/);
  });
});
