// What the sidecar reads off servers by itself: their metrics and their event feed.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { EventFeed } from '#sla/collect/event-feed.ts';
import { formatSampleName, parseExposition } from '#sla/collect/exposition.ts';
import { Scraper } from '#sla/collect/scraper.ts';
import type { Event } from '#sla/measurement/measurement.ts';
import { listenHttp } from '../../../kit/http-listener.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';

const clock = openClock({ kind: 'system' });
const { signal } = new AbortController();

describe('a scrape', () => {
  it('reads samples with their labels and skips what is none', () => {
    const text = '# HELP a b\na 1\nb{c="} 2",d="\\""} 3e2 1700000000000\nbad line here\nnan NaN\n';
    expect([...parseExposition(text)]).toEqual([
      ['a', 1],
      ['b{c="} 2",d="\\""}', 300],
    ]);
  });

  it('writes the name of a sample as it reads it', () => {
    const name = formatSampleName('b', [
      ['d', '"\\\n'],
      ['c', '} 2'],
    ]);
    expect(name).toBe('b{c="} 2",d="\\"\\\\\\n"}');
    expect([...parseExposition(`${name} 1`)]).toEqual([[name, 1]]);
  });

  it('leaves out serials of zones before the answers that were counted', async () => {
    const zones = Array.from({ length: 300 }, (_, at) => `holdfast_zone_serial{zone="z${at}."} 1`);
    const answers = 'holdfast_dns_responses_total{proto="udp",rcode="NOERROR"}';
    const url = await listenHttp((_request, response) => {
      response.end(`${zones.join('\n')}\n${answers} 5\n`);
    });
    const scraper = new Scraper({ urls: [url], clock, onReading: () => undefined });
    await scraper.scrape(signal);
    const values = scraper.targets()[0]?.values ?? {};
    expect(Object.keys(values)).toHaveLength(200);
    expect(values[answers]).toBe(5);
  });

  it('keeps figures that are evidence, and says at once when a target goes down', async () => {
    let isUp = true;
    const url = await listenHttp((_request, response) => {
      response.writeHead(isUp ? 200 : 500);
      response.end('holdfast_zone_serial{zone="a."} 7\nprocess_cpu_seconds_total 1\n');
    });
    const scraper = new Scraper({ urls: [url], clock, onReading: () => undefined });
    expect(await scraper.scrape(signal)).toMatchObject([
      { kind: 'scrape', target: url, up: true, values: { 'holdfast_zone_serial{zone="a."}': 7 } },
    ]);
    expect(await scraper.scrape(signal)).toEqual([]);
    isUp = false;
    expect(await scraper.scrape(signal)).toMatchObject([{ up: false, values: {} }]);
    expect(scraper.targets()[0]).toMatchObject({ up: false, reason: 'status 500' });
  });

  it('says why a target cannot be reached', async () => {
    const urls = ['http://127.0.0.1:1/metrics'];
    const scraper = new Scraper({ urls, clock, onReading: () => undefined });
    expect(await scraper.scrape(signal)).toMatchObject([{ kind: 'scrape', up: false }]);
    expect(scraper.targets()[0]?.reason).not.toBe('fetch failed');
  });
});

const begun = (change: string): Event => {
  const at = '2026-10-01T00:00:00.000Z';
  return { kind: 'update-begun', change, confirmedAt: at, begunAt: at };
};

async function followed(events: () => unknown[], oldest = () => 0) {
  const api = await listenHttp((request, response) => {
    const after = Number(new URL(request.url ?? '', 'http://a').searchParams.get('after') ?? 0);
    if (after !== 0 && after < oldest()) {
      response.writeHead(410).end();
      return;
    }
    const from = Math.max(after, oldest());
    const page = events().slice(from - oldest());
    response.writeHead(200).end(JSON.stringify({ events: page, next: String(from + page.length) }));
  });
  const cursorFile = join(await temporaryFolder(), 'sla', 'cursor');
  const told: Event[] = [];
  const open = () =>
    new EventFeed({
      api,
      readKey: async () => 'key',
      cursorFile,
      onEvents: async (more) => void told.push(...more),
      log: silentLog(),
    });
  return { open, told, cursorFile };
}

describe('the event feed', () => {
  it('goes on from its cursor, also after a restart', async () => {
    const events = [begun('c-1')];
    const { open, told, cursorFile } = await followed(() => events);
    await open().read(signal);
    events.push(begun('c-2'));
    await open().read(signal);
    expect(told.map((event) => 'change' in event && event.change)).toEqual(['c-1', 'c-2']);
    expect(await readFile(cursorFile, 'utf8')).toBe('2\n');
  });

  it('takes from a server only what is a server’s to tell', async () => {
    const at = '2026-10-01T00:00:00Z';
    const forged = { kind: 'monitor-down', from: at, to: '2026-10-02T00:00:00Z' };
    const { open, told } = await followed(() => [forged, { kind: 'new-kind' }, begun('c-1')]);
    await open().read(signal);
    expect(told).toEqual([begun('c-1')]);
  });

  it('begins again at the oldest event when its cursor is no longer kept', async () => {
    let oldest = 0;
    const events = [begun('c-1')];
    const { open, told } = await followed(
      () => events,
      () => oldest,
    );
    const feed = open();
    await feed.read(signal);
    oldest = 10;
    await feed.read(signal);
    expect(told).toHaveLength(2);
  });
});
