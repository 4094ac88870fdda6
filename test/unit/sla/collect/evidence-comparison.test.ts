// Servers' own word against the probes': made timelines of scrapes, and receipts of changes.
import { describe, expect, it } from 'vitest';
import {
  claimOfCycle,
  compareAvailability,
  compareUpdate,
  type ServerSample,
} from '#sla/collect/evidence-comparison.ts';

const FROM = 60_000;
const TO = 120_000;

/** Samples every 15 s from second 45 on: a count of answers each, `-` where it did not answer. */
function timeline(text: string): ServerSample[] {
  return text.split(' ').map((word, at) => {
    const up = word !== '-';
    return { atMs: (45 + 15 * at) * 1000, up, answers: up ? Number(word) : undefined };
  });
}

const msOf = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1000);

function claimOf(...texts: string[]) {
  return claimOfCycle(texts.map(timeline), FROM, TO);
}

describe('what servers say of a cycle', () => {
  it('is up while each scrape works and answers are counted', () => {
    expect(claimOf('10 12 14 16 18 20')).toEqual({
      state: 'up',
      text: 'it gave 8 answers; 4 of 4 scrapes worked',
    });
  });

  it('is down when no scrape of the cycle worked', () => {
    expect(claimOf('10 - - - - 20').state).toBe('down');
  });

  it('is down when not one answer was counted from before the cycle until after it', () => {
    expect(claimOf('10 10 10 10 10 10').state).toBe('down');
    // The first sample after the end may count answers of the next cycle: that proves nothing.
    expect(claimOf('10 10 10 10 10 11').state).toBe('up');
  });

  it('counts from 0 after a restart, before which answers may have gone uncounted', () => {
    expect(claimOf('100 100 104 3 5 5')).toEqual({
      state: 'up',
      text: 'it gave 9 answers; 4 of 4 scrapes worked; it was restarted',
    });
    expect(claimOf('100 100 0 0 0 0').state).toBe('mixed');
  });

  it('is mixed when some scrapes worked, or some servers were up', () => {
    expect(claimOf('10 12 - 16 18 20').state).toBe('mixed');
    const both = claimOf('10 12 14 16 18 20', '10 - - - - 20');
    expect(both).toEqual({ state: 'mixed', text: '1 of 2 servers were up' });
    expect(claimOf('10 - - - - 20', '5 - - - - 9').state).toBe('down');
  });

  it('is missing without a sample in the cycle, or after it, or of any server', () => {
    expect(claimOf('10').state).toBe('missing');
    expect(claimOf('10 12 14 16 18').state).toBe('missing');
    expect(claimOf('10 12 14 16 18 20', '10').text).toBe('no sample of 1 of 2 servers');
    expect(claimOfCycle([], FROM, TO).state).toBe('missing');
  });

  it('counts from 0 for a server that was seen down before it started in the cycle', () => {
    expect(claimOf('- - 2 3 3 3')).toEqual({
      state: 'mixed',
      text: 'it gave 3 answers; 3 of 4 scrapes worked',
    });
    expect(claimOfCycle([timeline('9 12 14 16 18 20').slice(1)], 59_000, TO).state).toBe('missing');
  });
});

describe('availability', () => {
  it.each([
    ['up', 'up', 'agree'],
    ['down', 'down', 'agree'],
    ['up', 'down', 'probes-down'],
    ['down', 'up', 'server-down'],
    ['mixed', 'down', 'undecided'],
    ['up', 'discarded', 'undecided'],
    ['down', 'unmeasured', 'undecided'],
    ['missing', 'down', 'missing'],
  ] as const)('servers %s, probes %s: %s', (server, probes, finding) => {
    expect(compareAvailability(server, probes)).toBe(finding);
  });
});

describe('a change', () => {
  const LIMIT = 3_600_000;
  /** Confirmed at second 1000. */
  const compare = (
    receipt: { received: number; served: number | undefined } | undefined,
    observed: number | undefined,
    now = 9000,
  ) =>
    compareUpdate(
      receipt && { receivedAtMs: receipt.received * 1000, servedAtMs: msOf(receipt.served) },
      { confirmedAtMs: 1_000_000, observedAtMs: msOf(observed) },
      LIMIT,
      now * 1000,
    );

  it('agrees where both saw it in time, and where both did not', () => {
    expect(compare({ received: 999, served: 1001 }, 1002)).toBe('agree');
    expect(compare({ received: 999, served: 4600 }, 4600)).toBe('agree');
    expect(compare({ received: 999, served: 4601 }, undefined)).toBe('agree');
    expect(compare({ received: 999, served: undefined }, undefined)).toBe('agree');
  });

  it('is late for the probes alone where the server saw it served', () => {
    expect(compare({ received: 999, served: 1001 }, undefined)).toBe('probes-late');
    expect(compare({ received: 999, served: 4600 }, 4600.001)).toBe('probes-late');
  });

  it('is late for the server alone once the limit has passed', () => {
    expect(compare({ received: 999, served: 4600.001 }, 4600)).toBe('server-late');
    expect(compare({ received: 999, served: undefined }, 1002, 4600)).toBe('undecided');
    expect(compare({ received: 999, served: undefined }, 1002, 4601)).toBe('server-late');
  });

  it('cannot be seen before the server received it, clocks aside', () => {
    expect(compare({ received: 1010, served: 1011 }, 1005)).toBe('agree');
    expect(compare({ received: 1010, served: 1011 }, 1004.999)).toBe('seen-too-early');
  });

  it('is missing where there is no receipt, or one of another time under its number', () => {
    expect(compare(undefined, 1002)).toBe('missing');
    expect(compare({ received: 939, served: 1001 }, 1002)).toBe('missing');
    expect(compare({ received: 1061, served: 1062 }, 1002)).toBe('missing');
  });
});
