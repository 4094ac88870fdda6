// Planned work, disasters and corrections over one another: what is excused, once, and what is not.

import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Event, EventOf } from '#sla/measurement/measurement.ts';
import { parameterOf, scored } from '../../kit/scored-file.ts';
import { dnsSpan, topologyOf } from '../../kit/sla-evidence.ts';

const FIFTH = fileURLToPath(new URL('../../kit/contracts/cooperative.yaml', import.meta.url));

type Notice = Partial<EventOf<'notice'>> & { from: string; to: string };

const notice = (said: Notice): Event => ({
  kind: 'notice',
  type: 'planned',
  audience: ['registrars', 'icann', 'customers'],
  at: '2026-08-01T00:00:00Z',
  services: ['dns'],
  ...said,
});

const declared = (from: string, to: string, agreedBy?: string): Event => ({
  kind: 'exclusion',
  type: 'disaster',
  at: '2026-09-30T00:00:00Z',
  from,
  to,
  services: ['dns'],
  reason: 'flood',
  ...(agreedBy === undefined ? {} : { agreedBy }),
});

/** Seconds that count and seconds that are excused, of an outage in September 2026. */
async function outcome(
  contract: string,
  outage: [string, string],
  said: readonly Event[],
): Promise<[number, number]> {
  const tests = dnsSpan(...outage, [outage]);
  const score = await scored(contract, '2026-09', [topologyOf(2), ...tests, ...said]);
  const { downSeconds, excusedSeconds } = parameterOf(score, 'dns-availability');
  return [(downSeconds as { min: number }).min, excusedSeconds as number];
}

describe('hosting: an announced outage', () => {
  it.each([
    ['on a Tuesday at 10', '2026-09-08T10:00:00Z', '2026-09-08T10:30:00Z', 1800, 0],
    ['over the start of a night', '2026-09-08T16:45:00Z', '2026-09-08T17:15:00Z', 900, 900],
    ['over the end of a night', '2026-09-09T08:50:00Z', '2026-09-09T09:10:00Z', 600, 600],
    ['over the end of the Monday window', '2026-09-07T16:50:00Z', '2026-09-07T17:10:00Z', 0, 1200],
    ['from Friday night to Saturday', '2026-09-11T23:50:00Z', '2026-09-12T00:10:00Z', 0, 1200],
    ['on a Sunday at noon', '2026-09-13T12:00:00Z', '2026-09-13T12:10:00Z', 0, 600],
  ])('%s', async (_case, from, to, counted, excused) => {
    expect(await outcome('hosting', [from, to], [notice({ from, to })])).toEqual([
      counted,
      excused,
    ]);
  });

  it('counts where it overran what was announced', async () => {
    const said = notice({ from: '2026-09-13T12:00:00Z', to: '2026-09-13T12:10:00Z' });
    const outage: [string, string] = ['2026-09-13T11:58:00Z', '2026-09-13T12:15:00Z'];
    expect(await outcome('hosting', outage, [said])).toEqual([7 * 60, 600]);
  });

  it.each([
    ['to other people', { audience: ['registrars', 'icann'] }],
    ['for another service', { services: ['rdds'] }],
    ['as an outage and not as planned work', { type: 'outage' }],
    ['after it began', { at: '2026-09-13T12:00:00Z' }],
  ] as [string, Partial<Notice>][])('is not excused if announced %s', async (_case, change) => {
    const span = { from: '2026-09-13T12:00:00Z', to: '2026-09-13T12:10:00Z' };
    const outage: [string, string] = [span.from, span.to];
    expect(await outcome('hosting', outage, [notice({ ...span, ...change })])).toEqual([600, 0]);
  });
});

describe('what overlaps', () => {
  const outage: [string, string] = ['2026-09-13T12:00:00Z', '2026-09-13T13:00:00Z'];

  it('is excused once: two notices and a disaster over each other', async () => {
    const said = [
      notice({ from: '2026-09-13T12:00:00Z', to: '2026-09-13T12:20:00Z' }),
      notice({ from: '2026-09-13T12:10:00Z', to: '2026-09-13T12:30:00Z' }),
      declared('2026-09-13T12:25:00Z', '2026-09-13T12:40:00Z', 'customer'),
    ];
    expect(await outcome('hosting', outage, said)).toEqual([1200, 2400]);
  });

  it('a disaster that nobody agreed to counts, and is shown as disputed', async () => {
    const said = declared('2026-09-13T12:00:00Z', '2026-09-13T12:40:00Z');
    const tests = dnsSpan(...outage, [outage]);
    const score = await scored('hosting', '2026-09', [topologyOf(2), ...tests, said]);
    expect(parameterOf(score, 'dns-availability')).toMatchObject({
      downSeconds: { min: 3600 },
      excusedSeconds: 0,
      disputedSeconds: 2400,
    });
  });

  it('of an agreed false positive and a notice is a false positive, not an excuse', async () => {
    const said: Event[] = [
      notice({ from: outage[0], to: outage[1] }),
      {
        kind: 'false-positive',
        at: '2026-09-14T00:00:00Z',
        service: 'dns',
        from: '2026-09-13T12:00:00Z',
        to: '2026-09-13T12:15:00Z',
        reason: 'the probes were cut off',
        author: 'desk',
        agreedBy: 'customer',
      },
    ];
    expect(await outcome('hosting', outage, said)).toEqual([0, 2700]);
  });

  it('widens what is excused, and with it what is allowed shrinks', async () => {
    const said = notice({ from: outage[0], to: outage[1] });
    const tests = dnsSpan(...outage, [outage]);
    const score = await scored('hosting', '2026-09', [topologyOf(2), ...tests, said]);
    expect(parameterOf(score, 'dns-availability')).toMatchObject({
      limitMilliseconds: 2_592_000 - 3600,
    });
  });
});

describe('registry: notice of planned work', () => {
  const span = { from: '2026-09-20T02:00:00Z', to: '2026-09-20T02:30:00Z' };
  const outage: [string, string] = [span.from, span.to];

  it.each([
    ['to customers only', { at: '2026-09-01T00:00:00Z', audience: ['customers'] }, 1800],
    ['seven days ahead', { at: '2026-09-13T02:00:00Z', audience: ['registrars'] }, 0],
    ['a second less', { at: '2026-09-13T02:00:01Z', audience: ['registrars'] }, 1800],
  ] as [string, Partial<Notice>, number][])('%s', async (_case, change, counted) => {
    const said = notice({ ...span, ...change });
    expect(await outcome('registry', outage, [said])).toEqual([counted, 1800 - counted]);
  });
});

/** Three hours around the change, down throughout, announced long before. */
const excused = async (month: string, from: string, to: string): Promise<unknown> => {
  const tests = dnsSpan(from, to, [[from, to]])
    .filter(({ cycle }) => cycle % 120 === 0)
    .flatMap((test) => ['p01', 'p02'].map((probe) => ({ ...test, probe })));
  const said = notice({ at: `${month}-01T00:00:00Z`, from, to });
  const score = await scored(FIFTH, month, [topologyOf(2), ...tests, said]);
  return parameterOf(score, 'name-service').excusedSeconds;
};

describe('windows in a zone that changes its clocks', () => {
  it('hold an hour that is shown twice twice: Sunday 01:30 to 02:45 in Berlin', async () => {
    // 01:30 to 02:45 of summer time, then 02:00 to 02:45 of winter time.
    const got = await excused('2026-10', '2026-10-24T23:00:00Z', '2026-10-25T02:00:00Z');
    expect(got).toBe((75 + 45) * 60);
  });

  it('lose what is never shown: half an hour is left', async () => {
    const got = await excused('2026-03', '2026-03-28T23:00:00Z', '2026-03-29T02:00:00Z');
    expect(got).toBe(30 * 60);
  });

  it('have none on a holiday: Monday 22:00 is local midnight less two hours', async () => {
    const week = await excused('2026-10', '2026-10-19T19:00:00Z', '2026-10-19T22:00:00Z');
    expect(week).toBe(2 * 3600);
    const holiday = await excused('2026-10', '2026-10-26T20:00:00Z', '2026-10-26T23:00:00Z');
    expect(holiday).toBe(0);
  });
});
