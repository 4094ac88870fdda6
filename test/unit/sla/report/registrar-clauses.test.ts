// What the registry owes its registrars beside figures: one type of credit for each event (3.4),
// nothing while obligations are waived (3.7), and services that are back in time after a force
// majeure (3.15).
import { describe, expect, it } from 'vitest';
import type { Event } from '#sla/measurement/measurement.ts';
import { type JudgedClaim, judgeClaims } from '#sla/report/credit-claims.ts';
import { type Period, parsePeriod } from '#sla/report/period.ts';
import { reportRestoration } from '#sla/report/restoration.ts';
import { waivedShare } from '#sla/report/waiver.ts';
import type { IncidentScore, Score } from '#sla/score/score-json.ts';
import { scoreMonth } from '#sla/score/scorer.ts';
import { dnsSpan, shippedContract, topologyOf } from '../../../kit/sla-evidence.ts';

const REGISTRY = shippedContract('registry');
const OCTOBER = parsePeriod('2026-10') as Period;
const SPAN = { fromMs: OCTOBER.startMs, toMs: OCTOBER.endMs };

/** Ten minutes of DNS down, and a change whose zone was begun an hour late. */
const SCORE = scoreMonth(REGISTRY, OCTOBER, [
  topologyOf(2, '2026-09-01T00:00:00Z'),
  ...dnsSpan('2026-10-05T09:00:00Z', '2026-10-05T11:00:00Z', [
    ['2026-10-05T10:00:00Z', '2026-10-05T10:10:00Z'],
  ]),
  {
    kind: 'update-begun',
    change: 'c-1',
    confirmedAt: '2026-10-05T10:05:00Z',
    begunAt: '2026-10-05T11:05:00Z',
  },
]);

function claim(changes: Partial<Extract<Event, { kind: 'credit-claim' }>> = {}): Event {
  return {
    kind: 'credit-claim',
    at: '2026-11-01T08:00:00Z',
    registrar: 'r-1',
    parameter: 'dns-availability',
    from: '2026-10-05T10:00:00Z',
    to: '2026-10-05T10:10:00Z',
    ...changes,
  };
}

function volume(month: string, create: number): Event {
  const at = '2026-11-01T00:00:00Z';
  return { kind: 'transactions', at, registrar: 'r-1', month, commands: { create } };
}

function judge(claims: readonly Event[], contract = REGISTRY): JudgedClaim[] {
  return judgeClaims(contract, [{ month: OCTOBER, score: SCORE }], claims);
}

const later = { at: '2026-11-02T08:00:00Z' };

describe('a claim for credits', () => {
  it('stands for what is breached, whichever of two types the registrar chooses', () => {
    for (const parameter of ['dns-availability', 'dns-update-begun']) {
      expect(judge([claim({ parameter })])).toMatchObject([{ stands: true, paragraph: '3.4' }]);
    }
  });

  it('is refused where the registrar claimed another type for the same event first', () => {
    const second = claim({
      ...later,
      parameter: 'dns-update-begun',
      from: '2026-10-05T10:05:00Z',
      to: '2026-10-05T11:05:00Z',
    });
    // Whatever order the lines have: the time at which they were made decides.
    for (const claims of [
      [claim(), second],
      [second, claim()],
    ]) {
      expect(judge(claims)).toMatchObject([
        { parameter: 'dns-availability', stands: true },
        { parameter: 'dns-update-begun', stands: false, paragraph: '3.4' },
      ]);
    }
  });

  it.each([
    ['another registrar', { registrar: 'r-2' }],
    [
      'another event, which begins as the first ends',
      { from: '2026-10-05T10:10:00Z', to: '2026-10-05T10:20:00Z' },
    ],
  ])('stands for %s', (_what, changes) => {
    expect(judge([claim(), claim({ ...later, ...changes })]).every(({ stands }) => stands)).toBe(
      true,
    );
  });

  it('does not hold back another one when it was refused itself', () => {
    const unbreached = claim({ parameter: 'rdds-replica-lag' });
    expect(judge([unbreached, claim(later)]).map(({ stands }) => stands)).toEqual([false, true]);
  });

  it.each([
    ['what is not breached', { parameter: 'rdds-replica-lag' }, '3.13'],
    ['what the contract does not have', { parameter: 'epp-availability' }, ''],
  ])('is refused for %s', (_what, changes, paragraph) => {
    expect(judge([claim(changes)])).toMatchObject([{ stands: false, paragraph }]);
  });

  it('is refused within the waiver, to its last second', () => {
    const waiver = { paragraph: '3.7', days: 4, commencement: '2026-10-01' };
    const from = '2026-10-04T23:59:59Z';
    expect(judge([claim({ from })], { ...REGISTRY, waiver })).toMatchObject([
      { stands: false, paragraph: '3.7' },
    ]);
    const first = claim({ from: '2026-10-05T00:00:00Z' });
    expect(judge([first], { ...REGISTRY, waiver })).toMatchObject([{ stands: true }]);
  });

  it('is refused to who grew without announcing it', () => {
    const grown = [volume('2026-09', 100), volume('2026-10', 130)];
    expect(judge([...grown, claim()])).toMatchObject([{ stands: false, paragraph: '3.11' }]);
    const kept = [volume('2026-09', 100), volume('2026-10', 120)];
    expect(judge([...kept, claim()])).toMatchObject([{ stands: true }]);
  });

  it('is of the month in which its event begins, and no other report shows it', () => {
    expect(judge([claim({ from: '2026-09-30T23:59:00Z' })])).toEqual([]);
  });

  it('is nothing under a contract without such a clause', () => {
    expect(judge([claim()], shippedContract('hosting'))).toEqual([]);
  });
});

describe('restoration after a force majeure', () => {
  const event: Event = {
    kind: 'exclusion',
    type: 'force-majeure',
    at: '2026-10-05T12:00:00Z',
    from: '2026-10-05T10:00:00Z',
    to: '2026-10-07T10:00:00Z',
    services: ['dns'],
    reason: 'flood',
  };
  const restore = (end: string | null, now = '2026-11-01T00:00:00Z', contract = REGISTRY) => {
    const incident: IncidentScore = {
      service: 'dns',
      start: '2026-10-05T10:02:00Z',
      end,
      downSeconds: 60,
      falsePositive: false,
    };
    const score: Score = { ...SCORE, incidents: end === '' ? [] : [incident] };
    const asOfMs = Date.parse(now);
    return reportRestoration(contract, SPAN, [score], [event], asOfMs)[0];
  };

  it.each([
    ['2026-10-06T10:00:00Z', 'in-time'],
    ['2026-10-06T10:00:01Z', 'late'],
  ])('of a critical service at %s is %s: 24 hours from the begin', (end, verdict) => {
    expect(restore(end)).toMatchObject({ verdict, dueAt: '2026-10-06T10:00:00Z' });
  });

  it.each([
    ['2026-10-06T10:00:00Z', 'open'],
    ['2026-10-06T10:00:01Z', 'late'],
  ])('that has not come by %s is %s', (now, verdict) => {
    expect(restore(null, now)).toMatchObject({ verdict, restoredAt: null });
  });

  it('has 48 hours for what is not critical', () => {
    const rule = REGISTRY.restoration;
    if (rule === undefined) throw new Error('the contract has the clause');
    const contract = { ...REGISTRY, restoration: { ...rule, critical: [] } };
    expect(restore('2026-10-07T10:00:00Z', undefined, contract)?.verdict).toBe('in-time');
    expect(restore('2026-10-07T10:00:01Z', undefined, contract)?.verdict).toBe('late');
  });

  it('is at once where nothing went down', () => {
    expect(restore('')).toMatchObject({ verdict: 'in-time', restoredAt: '2026-10-05T10:00:00Z' });
  });
});

describe('the waiver', () => {
  const waiver = { paragraph: '3.7', days: 120, commencement: '2026-07-01' };

  it.each([
    ['whole', '2026-09-01', '2026-10-29'],
    ['part', '2026-10-01', '2026-11-01'],
    ['none', '2026-10-29', '2026-11-01'],
  ])('covers %s of %s to %s', (share, from, to) => {
    expect(waivedShare(waiver, { fromMs: Date.parse(from), toMs: Date.parse(to) })).toBe(share);
  });

  it('covers nothing while the date of commencement is not known', () => {
    const unknown = { ...waiver, commencement: null };
    expect(waivedShare(unknown, SPAN)).toBe('none');
  });
});
