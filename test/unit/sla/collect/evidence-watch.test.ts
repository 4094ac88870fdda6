// The watch over servers' own evidence: from scrapes, decided cycles and receipts to ledger lines.
import { describe, expect, it } from 'vitest';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import type { Finding, ServedReceipt } from '#sla/collect/evidence-comparison.ts';
import { EvidenceWatch } from '#sla/collect/evidence-watch.ts';
import {
  CHAIN_START,
  type Disagreement,
  formatLedgerLine,
  isEvidence,
  parseLedgerLine,
} from '#sla/ledger/ledger-line.ts';
import type { EventOf } from '#sla/measurement/measurement.ts';

const CYCLE = 1_790_812_800;
const { signal } = new AbortController();

function openBench(receipts: Record<string, ServedReceipt | Error> = {}) {
  const cell = makeClockCell(CYCLE * 1000);
  const entries: Disagreement[] = [];
  const findings: Finding[] = [];
  const asked: string[] = [];
  const watch = new EvidenceWatch({
    readReceipt: async (id, address) => {
      asked.push(`${id} ${address}`);
      const found = receipts[id];
      if (found instanceof Error) throw found;
      return found;
    },
    updateLimitMs: 3_600_000,
    onDisagreement: (entry) => void entries.push(entry),
    onCompared: (_evidence, finding) => void findings.push(finding),
    clock: openClock({ kind: 'cell', cell }),
    log: silentLog(),
  });
  const moveTo = (seconds: number): void => setClockCell(cell, (CYCLE + seconds) * 1000);
  /** A scrape at so many seconds after the cycle's start. */
  const scrape = (seconds: number, answers: number | undefined, url = 'http://ns1/metrics') => {
    moveTo(seconds);
    const up = answers !== undefined;
    const values = new Map([
      ['holdfast_dns_responses_total{proto="udp",rcode="NOERROR"}', answers ?? 0],
      ['holdfast_dns_responses_total{proto="udp",rcode="SERVFAIL"}', seconds + 100],
    ]);
    watch.read({
      url,
      atMs: (CYCLE + seconds) * 1000,
      up,
      reason: undefined,
      values: up ? values : new Map(),
    });
  };
  return { watch, entries, findings, asked, moveTo, scrape };
}

function instantAt(seconds: number): string {
  return new Date((CYCLE + seconds) * 1000).toISOString();
}

function receipt(servedSeconds: number | undefined): ServedReceipt {
  const servedAtMs = servedSeconds === undefined ? undefined : (CYCLE + servedSeconds) * 1000;
  return { receivedAtMs: CYCLE * 1000, servedAtMs };
}

function updateOf(change: string, observedSeconds: number | null): EventOf<'update'> {
  return {
    kind: 'update',
    change,
    service: 'dns',
    probe: 'p01',
    address: '192.0.2.1',
    confirmedAt: instantAt(0),
    observedAt: observedSeconds === null ? null : instantAt(observedSeconds),
  };
}

describe('a decided cycle', () => {
  it('that probes saw down while the server answered is a line of the ledger', () => {
    const { watch, entries, findings, scrape } = openBench();
    for (const [at, seconds] of [-5, 10, 25, 40, 55, 70].entries()) scrape(seconds, at);
    watch.decided('dns', CYCLE, 60, 'down');
    expect(findings).toEqual(['probes-down']);
    expect(entries).toMatchObject([
      {
        kind: 'disagreement',
        evidence: 'availability',
        cycle: CYCLE,
        finding: 'probes-down',
        serverSays: 'up: it gave 5 answers; 4 of 4 scrapes worked',
        probesSay: 'down',
      },
    ]);
  });

  it('is a line that the ledger reads back, and that no score rests on', () => {
    const { watch, entries, scrape } = openBench();
    for (const [at, seconds] of [-5, 10, 25, 40, 55, 70].entries()) scrape(seconds, at);
    watch.decided('dns', CYCLE, 60, 'down');
    const [body] = entries;
    if (body === undefined) throw new Error('there is no entry');
    const line = { seq: 0, atMs: CYCLE * 1000, previous: CHAIN_START, body };
    expect(parseLedgerLine(Buffer.from(formatLedgerLine(line)))).toEqual(line);
    expect(isEvidence(body)).toBe(false);
  });

  it('that probes saw up while the server only failed queries is one too', () => {
    const { watch, entries, scrape } = openBench();
    for (const seconds of [-5, 10, 25, 40, 55, 70]) scrape(seconds, 7);
    watch.decided('dns', CYCLE, 60, 'up');
    expect(entries).toMatchObject([{ finding: 'server-down', probesSay: 'up' }]);
  });

  it('is compared with nothing where only others than name servers are scraped', () => {
    const { watch, findings, moveTo } = openBench();
    const values = new Map([['sla_probe_up{probe="p01"}', 1]]);
    watch.read({ url: 'http://p/', atMs: CYCLE * 1000, up: true, reason: undefined, values });
    moveTo(180);
    watch.decided('dns', CYCLE, 60, 'down');
    watch.decided('epp', CYCLE, 300, 'down');
    expect(findings).toEqual([]);
  });
});

describe('a change that a probe watched', () => {
  it('is held against its receipt, which is asked for a little later', async () => {
    const { watch, entries, findings, asked, moveTo } = openBench({ '7': receipt(1) });
    watch.seen(updateOf('7-1790812800000', null));
    await watch.step(signal);
    expect(asked).toEqual([]);
    moveTo(15);
    await watch.step(signal);
    await watch.step(signal);
    expect(asked).toEqual(['7 192.0.2.1']);
    expect(findings).toEqual(['probes-late']);
    expect(entries[0]).toMatchObject({
      evidence: 'update',
      change: '7-1790812800000',
      probe: 'p01',
      address: '192.0.2.1',
    });
  });

  it('is asked for again while the server may still see it, and while it is away', async () => {
    const receipts: Record<string, ServedReceipt | Error> = { '7': new Error('away') };
    const { watch, findings, asked, moveTo } = openBench(receipts);
    watch.seen(updateOf('7-1', 1));
    moveTo(15);
    await watch.step(signal);
    receipts['7'] = receipt(undefined);
    await watch.step(signal);
    await watch.step(signal);
    expect(asked).toHaveLength(2);
    receipts['7'] = receipt(2);
    moveTo(315);
    await watch.step(signal);
    expect(findings).toEqual(['agree']);
  });

  it('is missing where too many wait, the oldest first', () => {
    const { watch, findings } = openBench();
    for (let at = 0; at <= 5000; at++) watch.seen(updateOf(`${at}-1`, 1));
    expect(findings).toEqual(['missing']);
  });
});
