/** The ledger: what is written comes back, and whatever is not as written is said with its place. */
import { hash } from 'node:crypto';
import { appendFile, cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Clock } from '#base/clock.ts';
import { openLedger } from '#sla/ledger/ledger.ts';
import { formatLedgerLine, type LedgerBody, parseLedgerLine } from '#sla/ledger/ledger-line.ts';
import { readLedger } from '#sla/ledger/ledger-reader.ts';
import { findMonitorGap } from '#sla/ledger/monitor-gap.ts';
import { verifyLedger } from '#sla/ledger/verify-ledger.ts';
import { packCycle } from '#sla/measurement/cycle-record.ts';
import { dnsTests, secondsOf, topologyOf } from '../../../kit/sla-evidence.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';

interface MovableClock extends Clock {
  moveTo(instant: string): void;
}

function clockAt(instant: string): MovableClock {
  let nowMs = Date.parse(instant);
  return {
    nowMs: () => nowMs,
    monotonicUs: () => nowMs * 1000,
    moveTo: (next) => {
      nowMs = Date.parse(next);
    },
  };
}

const cycleAt = (instant: string): LedgerBody =>
  packCycle('dns', secondsOf(instant), dnsTests({ cycle: secondsOf(instant) }));

async function bodiesOf(folder: string): Promise<LedgerBody[]> {
  const bodies: LedgerBody[] = [];
  for await (const { lines } of readLedger(folder)) bodies.push(...lines.map(({ body }) => body));
  return bodies;
}

/** Two days, two lines each. */
async function writeTwoDays(folder: string): Promise<LedgerBody[]> {
  const clock = clockAt('2026-10-01T00:03:00Z');
  const ledger = await openLedger(folder, clock);
  const first = [topologyOf(2), cycleAt('2026-10-01T00:00:00Z')];
  await ledger.append(first);
  clock.moveTo('2026-10-02T00:03:00Z');
  const second = [cycleAt('2026-10-02T00:00:00Z'), cycleAt('2026-10-02T00:01:00Z')];
  await ledger.append(second);
  await ledger.close();
  return [...first, ...second];
}

describe('a ledger', () => {
  it('gives back what was appended, in a file for each UTC day, over a restart', async () => {
    const folder = await temporaryFolder();
    const written = await writeTwoDays(folder);
    const ledger = await openLedger(folder, clockAt('2026-10-02T00:04:00Z'));
    const third = cycleAt('2026-10-02T00:02:00Z');
    await ledger.append([third]);
    await ledger.close();
    expect(await bodiesOf(folder)).toEqual([...written, third]);
    const verified = await verifyLedger(folder);
    expect(verified.days.map(({ day, lines }) => [day, lines])).toEqual([
      ['2026-10-01', 2],
      ['2026-10-02', 3],
    ]);
  });

  it('is detected to differ by any flipped byte, with file and line', async () => {
    const folder = await temporaryFolder();
    await writeTwoDays(folder);
    for (const day of ['2026-10-01', '2026-10-02']) {
      const file = join(folder, `${day}.ndjson`);
      const whole = await readFile(file);
      for (let at = 0; at < whole.length - 1; at += 37) {
        const flipped = Buffer.from(whole);
        flipped[at] = (flipped[at] ?? 0) ^ 1;
        await writeFile(file, flipped);
        const line = at <= whole.indexOf(10) ? 1 : 2;
        const expected = new RegExp(`^${file}:${line}: `);
        await expect(verifyLedger(folder)).rejects.toMatchObject({
          code: 'LEDGER_DAMAGED',
          message: expect.stringMatching(expected),
        });
      }
      await writeFile(file, whole);
    }
    expect((await verifyLedger(folder)).lines).toBe(4);
  });

  it('is detected to lack a line or a day', async () => {
    const folder = await temporaryFolder();
    await writeTwoDays(folder);
    const file = join(folder, '2026-10-02.ndjson');
    const [, second] = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, `${second}\n`);
    await expect(verifyLedger(folder)).rejects.toThrow(/2026-10-02\.ndjson:1: the chain is broken/);
    await rm(join(folder, '2026-10-01.ndjson'));
    await expect(verifyLedger(folder)).rejects.toThrow(/2026-10-02\.ndjson:1: the chain is broken/);
  });

  it('is detected to hold a forged line, though the line itself is well made', async () => {
    const folder = await temporaryFolder();
    await writeTwoDays(folder);
    const file = join(folder, '2026-10-01.ndjson');
    const [first, second] = (await readFile(file, 'utf8')).split('\n');
    const line = parseLedgerLine(Buffer.from(second ?? ''));
    if (typeof line === 'string') throw new Error(line);
    const forged = formatLedgerLine({ ...line, body: cycleAt('2026-10-01T00:01:00Z') });
    await writeFile(file, `${first}\n${forged}\n`);
    await expect(verifyLedger(folder)).rejects.toThrow(
      /2026-10-02\.ndjson:1: the chain is broken: the line before/,
    );
  });

  it('cuts off a torn last line and says so, and goes on after the line before it', async () => {
    const folder = await temporaryFolder();
    const written = await writeTwoDays(folder);
    const file = join(folder, '2026-10-02.ndjson');
    await appendFile(file, '{"schema":1,"seq":4,"at":"2026-');
    expect((await verifyLedger(folder)).torn).toEqual({ file, line: 3, size: 31 });
    const ledger = await openLedger(folder, clockAt('2026-10-02T00:05:00Z'));
    expect(ledger.torn).toEqual({ file, line: 3, size: 31 });
    const next = cycleAt('2026-10-02T00:02:00Z');
    await ledger.append([next]);
    await ledger.close();
    expect(await bodiesOf(folder)).toEqual([...written, next]);
    expect((await verifyLedger(folder)).torn).toBeUndefined();
  });

  it('is read in parts, and lines that lie across two of them are whole', async () => {
    const folder = await temporaryFolder();
    const ledger = await openLedger(folder, clockAt('2026-10-01T12:00:00Z'));
    const story = Array.from({ length: 30 }, (_each, at) => {
      const cycle = secondsOf('2026-10-01T00:00:00Z') + at * 60;
      return packCycle('dns', cycle, dnsTests({ cycle, probes: 200, nameservers: 40 }));
    });
    await ledger.append(story);
    await ledger.close();
    const parts = await Array.fromAsync(readLedger(folder));
    expect(parts.length).toBeGreaterThan(2);
    expect(parts.flatMap(({ lines }) => lines.map(({ body }) => body))).toEqual(story);
    const file = join(folder, '2026-10-01.ndjson');
    const whole = await readFile(file);
    expect(parts.at(-1)?.end).toMatchObject({
      lines: 30,
      size: whole.length,
      digest: hash('sha256', whole, 'hex'),
    });
    for (const [at, { firstLine }] of parts.entries()) {
      const before = parts.slice(0, at).reduce((sum, { lines }) => sum + lines.length, 0);
      expect(firstLine).toBe(before + 1);
    }
    const flipped = Buffer.from(whole);
    const at = whole.length - 500_000;
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    await writeFile(file, flipped);
    const line = whole.subarray(0, at).toString('latin1').split('\n').length;
    await expect(verifyLedger(folder)).rejects.toThrow(`${file}:${line}: damaged`);
  });

  it('refuses a torn line in a file that is not the newest', async () => {
    const folder = await temporaryFolder();
    await writeTwoDays(folder);
    await appendFile(join(folder, '2026-10-01.ndjson'), '{"schema":1');
    await expect(verifyLedger(folder)).rejects.toThrow(/2026-10-01\.ndjson:3: torn/);
  });

  it('has one writer, and a stale lock does not keep the next one out', async () => {
    const folder = await temporaryFolder();
    const clock = clockAt('2026-10-01T00:00:00Z');
    const ledger = await openLedger(folder, clock);
    await expect(openLedger(folder, clock)).rejects.toMatchObject({ code: 'LEDGER_LOCKED' });
    await ledger.close();
    for (const stale of ['999999999 1 gone', `${process.pid} 1 another-boot`, 'nonsense']) {
      await writeFile(join(folder, 'LOCK'), stale);
      await (await openLedger(folder, clock)).close();
    }
  });

  it('keeps its lines in order when the clock steps back', async () => {
    const folder = await temporaryFolder();
    const clock = clockAt('2026-10-02T00:01:00Z');
    const ledger = await openLedger(folder, clock);
    await ledger.append([topologyOf(2)]);
    clock.moveTo('2026-10-01T23:59:00Z');
    await ledger.append([topologyOf(3)]);
    await ledger.close();
    expect((await verifyLedger(folder)).days).toMatchObject([{ day: '2026-10-02', lines: 2 }]);
  });

  it('appends in the order of the calls, whoever waits', async () => {
    const folder = await temporaryFolder();
    const ledger = await openLedger(folder, clockAt('2026-10-02T00:01:00Z'));
    const bodies = Array.from({ length: 20 }, (_each, at) => topologyOf(at + 1));
    await Promise.all(bodies.map((body) => ledger.append([body])));
    await ledger.close();
    expect(await bodiesOf(folder)).toEqual(bodies);
  });
});

describe('the gap of a stopped monitor', () => {
  const decided = Date.parse('2026-10-07T00:00:00Z');

  it('is the cycles that can no longer be decided', () => {
    const now = Date.parse('2026-10-07T00:47:30Z');
    expect(findMonitorGap(decided, now, 60_000)).toEqual({
      kind: 'monitor-down',
      from: '2026-10-07T00:00:00.000Z',
      to: '2026-10-07T00:45:00.000Z',
    });
  });

  it('is none while the results may still come in', () => {
    expect(findMonitorGap(decided, decided + 120_000, 60_000)).toBeUndefined();
    expect(findMonitorGap(undefined, decided, 60_000)).toBeUndefined();
  });
});

/** Written before escalations were lines of the ledger, and forecasts were repeated. */
const EARLIER = join(import.meta.dirname, 'earlier-schema-1');

describe('a ledger of an earlier version', () => {
  it('verifies, and goes on with lines of kinds that it did not know', async () => {
    const folder = await temporaryFolder();
    await cp(EARLIER, folder, { recursive: true });
    expect(await verifyLedger(folder)).toMatchObject({ lines: 6 });
    const ledger = await openLedger(folder, clockAt('2026-10-05T10:06:00Z'));
    const escalation: LedgerBody = {
      kind: 'escalation',
      at: '2026-10-05T10:05:00Z',
      contract: 'biz-2013-lab',
      service: 'dns',
      event: 'suspended',
      percent: 10,
      downSeconds: 1440,
      until: '2026-10-05T11:00:00Z',
    };
    await ledger.append([escalation]);
    await ledger.close();
    expect(await verifyLedger(folder)).toMatchObject({ lines: 7 });
    expect((await bodiesOf(folder)).at(-1)).toEqual(escalation);
  });
});

function lineOf(body: object): string {
  return formatLedgerLine({
    seq: 0,
    atMs: 0,
    previous: '0'.repeat(64),
    body: body as LedgerBody,
  });
}

describe('a line that is whole and says what no ledger says', () => {
  it.each([
    [{ kind: 'scrape', at: 'today' }, 'a body of kind scrape that is not valid'],
    [{ kind: 'rumour' }, 'a body of kind rumour that is not valid'],
    [{}, 'not a ledger line of schema 1'],
  ])('is refused: %j', (body, fault) => {
    expect(parseLedgerLine(Buffer.from(lineOf(body)))).toBe(fault);
  });

  it('is refused by its schema before its body', () => {
    const line = lineOf({ kind: 'rumour' }).replace('"schema":1', '"schema":2');
    const front = line.slice(0, line.indexOf(',"sum"'));
    const whole = `${front},"sum":"${hash('sha256', front, 'hex')}"}`;
    expect(parseLedgerLine(Buffer.from(whole))).toBe('not a ledger line of schema 1');
  });
});
