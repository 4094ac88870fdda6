/** The worked examples of the scoring rules: each is a timeline and the right answer. */
import { describe, expect, it } from 'vitest';
import type { EventOf } from '#sla/measurement/measurement.ts';
import { reachesQuorum } from '#sla/score/cycle-tally.ts';
import {
  dnsSpan,
  dnsStory,
  dnsTests,
  downtimeOf,
  eppTest,
  rddsTests,
  scoreOf,
  secondsOf,
  shareOf,
  shippedContract,
  topologyOf,
} from '../../../kit/sla-evidence.ts';

describe('quorum', () => {
  it.each([
    [20, 11],
    [21, 11],
    [22, 12],
    [40, 21],
    [100, 51],
  ])('of %i probes, the least that make the service down is %i', (probes, least) => {
    const quorum = shippedContract('biz-2013').services.dns?.quorum;
    if (quorum === undefined) throw new Error('no quorum');
    expect(reachesQuorum(least, probes, quorum)).toBe(true);
    expect(reachesQuorum(least - 1, probes, quorum)).toBe(false);
    const count = (failing: number) =>
      downtimeOf(
        scoreOf('biz-2013', '2026-10', [
          topologyOf(2),
          ...dnsTests({
            cycle: secondsOf('2026-10-01T00:00:00Z'),
            probes,
            fails: (probe) => probe <= failing,
          }),
        ]),
        'dns-service-availability',
      ).downSeconds.min;
    expect(count(least)).toBe(60);
    expect(count(least - 1)).toBe(0);
  });
});

describe('DNS service and its name servers', () => {
  it('is down when no probe sees two good servers, though two are up by quorum', () => {
    const tests = dnsTests({
      cycle: secondsOf('2026-10-01T00:00:00Z'),
      probes: 20,
      nameservers: 3,
      fails: (probe, nameserver) =>
        nameserver === 3 || (nameserver === 1 ? probe <= 10 : probe > 10),
    });
    const score = scoreOf('biz-2013', '2026-10', [topologyOf(3), ...tests]);
    const down = (nameserver: string) =>
      downtimeOf(score, 'dns-nameserver-availability', nameserver).downSeconds.min;
    expect(downtimeOf(score, 'dns-service-availability').downSeconds.min).toBe(60);
    expect([down('ns1.example.'), down('ns2.example.'), down('ns3.example.')]).toEqual([0, 0, 60]);
  });

  it('counts five strict minutes and three of the incident in UU DDDD U D UUUU', () => {
    const story = dnsStory('2026-10-01T00:00:00Z', 'UU DDDD U D UUUU');
    const score = scoreOf('biz-2013-lab', '2026-10', [topologyOf(2), ...story]);
    const downtime = downtimeOf(score, 'dns-service-availability');
    expect(downtime.downSeconds.min).toBe(300);
    expect(downtime.rsmDownSeconds).toBe(180);
    expect(score.incidents.filter((incident) => incident.service === 'dns')).toEqual([
      {
        service: 'dns',
        start: '2026-10-01T00:04:00Z',
        end: '2026-10-01T00:11:00Z',
        downSeconds: 180,
        falsePositive: false,
      },
    ]);
  });

  it.each([
    ['2026-02', '2026-03-01', 420, 'met'],
    ['2026-03', '2026-04-01', 440, 'breached'],
  ])('in %s an address down before %s for %i minutes is %s', (month, next, minutes, verdict) => {
    const start = `${month}-01T00:00:00Z`;
    const until = secondsOf(start) + minutes * 60;
    const tests = [];
    for (let cycle = secondsOf(start); cycle < secondsOf(`${next}T00:00:00Z`); cycle += 60) {
      tests.push(
        ...dnsTests({ cycle, nameservers: 3, fails: (_p, ns) => ns === 1 && cycle < until }),
      );
    }
    const score = scoreOf('biz-2013-lab', month, [topologyOf(3), ...tests]);
    const own = downtimeOf(score, 'dns-nameserver-availability', 'ns1.example.');
    expect(own.downSeconds).toEqual({ min: minutes * 60, max: minutes * 60 });
    expect(own.verdict).toBe(verdict);
    expect(downtimeOf(score, 'dns-service-availability').verdict).toBe('met');
  });
});

describe('RDDS', () => {
  it.each([
    [172, 'met'],
    [173, 'breached'],
  ])('with %i failed cycles of a fully measured month is %s', (failed, verdict) => {
    const tests = rddsTests('2026-10-01T00:00:00Z', 8928, failed);
    const downtime = downtimeOf(scoreOf('biz-2013-lab', '2026-10', tests), 'rdds-availability');
    expect(downtime.downSeconds).toEqual({ min: failed * 300, max: failed * 300 });
    expect(downtime.verdict).toBe(verdict);
  });
});

describe('an outage over the turn of the month', () => {
  const outage: [string, string] = ['2026-01-31T23:50:00Z', '2026-02-01T00:20:00Z'];
  const tests = dnsSpan('2026-01-31T00:00:00Z', '2026-02-02T00:00:00Z', [outage]);

  const down = (month: string) =>
    downtimeOf(scoreOf('biz-2013-lab', month, tests), 'dns-service-availability').downSeconds.min;

  it('counts ten minutes in January and twenty in February', () => {
    expect([down('2026-01'), down('2026-02')]).toEqual([600, 1200]);
  });

  it('makes an emergency share of 0.125, and reaches 10 % with the cycle of 00:13', () => {
    const [dns] = scoreOf('biz-2013-lab', '2026-02', tests).emergency;
    expect(dns).toMatchObject({
      service: 'dns',
      thresholdSeconds: 14_400,
      ratio: 0,
      peakSeconds: 1800,
      peakRatio: 0.125,
      peakAt: '2026-02-01T00:19:00Z',
      crossings: [{ ratio: 0.1, at: '2026-02-01T00:13:00Z' }],
    });
  });

  const incidents = (month: string) =>
    scoreOf('biz-2013-lab', month, tests).incidents.filter(({ service }) => service === 'dns');

  it('is one incident that belongs to both months', () => {
    expect(incidents('2026-01')).toEqual(incidents('2026-02'));
    expect(incidents('2026-01')[0]).toMatchObject({
      start: '2026-01-31T23:52:00Z',
      downSeconds: 1680,
    });
  });
});

describe('round-trip times', () => {
  it.each([
    [9_999_999, 0, 0],
    [10_000_000, 0, 300],
    [2_000_000, 1, 0],
  ])('an EPP query answered after %i us: %i within, %i s down', (rttUs, within, down) => {
    const cycle = secondsOf('2026-10-01T00:00:00Z');
    const score = scoreOf('biz-2013-lab', '2026-10', [eppTest(cycle, 'query', rttUs)]);
    expect(shareOf(score, 'epp-query-rtt')).toMatchObject({ total: 1, within });
    expect(downtimeOf(score, 'epp-availability').downSeconds.min).toBe(down);
  });

  it.each([
    [500_000, 1, 0],
    [500_001, 0, 0],
    [2_500_000, 0, 0],
    [2_500_001, 0, 60],
  ])('a DNS answer over UDP after %i us: %i within, %i s down', (rttUs, within, down) => {
    const tests = dnsTests({ cycle: secondsOf('2026-10-01T00:00:00Z') });
    const slow = tests.map((test) => ({ ...test, rttUs }));
    const score = scoreOf('biz-2013-lab', '2026-10', [topologyOf(2), ...slow]);
    expect(shareOf(score, 'dns-udp-rtt')).toMatchObject({ total: 2, within: within * 2 });
    expect(downtimeOf(score, 'dns-service-availability').downSeconds.min).toBe(down);
  });
});

const notice = (at: string, from: string, to: string): EventOf<'notice'> => ({
  kind: 'notice',
  type: 'planned',
  audience: ['registrars', 'icann', 'customers'],
  at,
  from,
  to,
  services: ['dns'],
});

describe('maintenance', () => {
  const whole: [string, string] = ['2026-09-01T00:00:00Z', '2026-10-01T00:00:00Z'];

  it.each([
    [43, 'met'],
    [44, 'breached'],
  ])(
    'hosting: %i minutes of a 30-day month without any announcement are %s',
    (minutes, verdict) => {
      const end = new Date(Date.parse('2026-09-02T00:00:00Z') + minutes * 60_000).toISOString();
      const tests = dnsSpan(...whole, [['2026-09-02T00:00:00Z', end]]);
      const downtime = downtimeOf(scoreOf('hosting', '2026-09', tests), 'dns-availability');
      expect(downtime.limitMilliseconds).toBe(2_592_000);
      expect(downtime.verdict).toBe(verdict);
    },
  );

  it.each([
    ['not announced', [], 1800, 0],
    [
      'announced an hour before',
      [notice('2026-09-07T09:00:00Z', '2026-09-07T10:00:00Z', '2026-09-07T10:30:00Z')],
      0,
      1800,
    ],
    [
      'announced when it began',
      [notice('2026-09-07T10:00:00Z', '2026-09-07T10:00:00Z', '2026-09-07T10:30:00Z')],
      1800,
      0,
    ],
  ])('hosting: Monday 10:00-10:30, %s', (_case, notices, min, excused) => {
    const tests = dnsSpan(...whole, [['2026-09-07T10:00:00Z', '2026-09-07T10:30:00Z']]);
    const downtime = downtimeOf(
      scoreOf('hosting', '2026-09', [...tests, ...notices]),
      'dns-availability',
    );
    expect(downtime.downSeconds.min).toBe(min);
    expect(downtime.excusedSeconds).toBe(excused);
  });

  it('one Monday half hour noticed 10 days ahead: biz breached, hosting met, registry excused', () => {
    const tests = dnsSpan(...whole, [['2026-09-21T10:00:00Z', '2026-09-21T10:30:00Z']]);
    const said = notice('2026-09-11T10:00:00Z', '2026-09-21T10:00:00Z', '2026-09-21T10:30:00Z');
    const biz = scoreOf('biz-2013-lab', '2026-09', [...tests, said]);
    expect(downtimeOf(biz, 'dns-service-availability')).toMatchObject({
      downSeconds: { min: 1800, max: 1800 },
      verdict: 'breached',
    });
    expect(biz.emergency[0]?.peakRatio).toBe(0.125);
    const hosting = downtimeOf(scoreOf('hosting', '2026-09', [...tests, said]), 'dns-availability');
    expect(hosting.verdict).toBe('met');
    const registry = downtimeOf(
      scoreOf('registry', '2026-09', [...tests, said]),
      'dns-availability',
    );
    expect(registry).toMatchObject({ excusedSeconds: 1800, downSeconds: { min: 0, max: 0 } });
    expect(registry.verdict).toBe('met');
  });

  it.each([
    [604_800, 0],
    [604_799, 1800],
  ])('registry: notice %i s ahead leaves %i s of the outage', (lead, min) => {
    const start = '2026-09-20T02:00:00Z';
    const tests = dnsSpan(...whole, [[start, '2026-09-20T02:30:00Z']]);
    const at = new Date(Date.parse(start) - lead * 1000).toISOString();
    const score = scoreOf('registry', '2026-09', [
      ...tests,
      notice(at, start, '2026-09-20T02:30:00Z'),
    ]);
    expect(downtimeOf(score, 'dns-availability').downSeconds.min).toBe(min);
  });
});

const opened = (at: string, severity: 'urgent' | 'normal'): EventOf<'ticket'> => ({
  kind: 'ticket',
  id: 'T-1',
  event: 'opened',
  at,
  severity,
});

const event = (name: 'auto-reply' | 'human-reply', at: string): EventOf<'ticket'> => ({
  kind: 'ticket',
  id: 'T-1',
  event: name,
  at,
});

const find = (parameter: string, evidence: EventOf<'ticket'>[]) =>
  scoreOf('hosting', '2026-10', evidence).parameters.find((each) => each.parameter === parameter);

describe('tickets', () => {
  it.each([
    ['2026-10-05T16:30:00Z', 'met'],
    ['2026-10-05T16:30:01Z', 'breached'],
  ])('normal, opened Friday 16:30 and answered %s, is %s', (reply, verdict) => {
    const evidence = [opened('2026-10-02T16:30:00Z', 'normal'), event('human-reply', reply)];
    expect(find('ticket-normal-response', evidence)).toMatchObject({ tickets: 1, verdict });
  });

  it.each([
    ['2026-10-04T02:10:00Z', 'met'],
    ['2026-10-04T02:10:01Z', 'breached'],
  ])('urgent, opened Saturday 22:10 and answered by a human %s, is %s', (reply, verdict) => {
    const evidence = [
      opened('2026-10-03T22:10:00Z', 'urgent'),
      event('auto-reply', '2026-10-03T22:10:05Z'),
      event('human-reply', reply),
    ];
    expect(find('ticket-urgent-response', evidence)).toMatchObject({ tickets: 1, verdict });
  });
});
