/** Months that are not simple: partial, half measured, disputed, with changing name servers. */
import { describe, expect, it } from 'vitest';
import type { EventOf, Measurement, Test } from '#sla/measurement/measurement.ts';
import {
  dnsStory,
  dnsTests,
  downtimeOf,
  rddsTests,
  scoreOf,
  secondsOf,
  shareOf,
  topologyOf,
} from '../../../kit/sla-evidence.ts';

const START = '2026-10-01T00:00:00Z';
const MONTH = 31 * 86_400;
const service = (evidence: Measurement[], contract = 'biz-2013-lab', asOf?: string) =>
  downtimeOf(scoreOf(contract, '2026-10', evidence, asOf), 'dns-service-availability');

describe('unmeasured time', () => {
  it('is neither up nor down, and leaves the verdict open', () => {
    const downtime = service([topologyOf(2), ...dnsStory(START, 'UUU')]);
    expect(downtime).toMatchObject({
      downSeconds: { min: 0, max: MONTH - 180 },
      unmeasuredSeconds: MONTH - 180,
      measuredSeconds: 180,
      verdict: 'undetermined',
    });
  });

  it('counts only up to the cycles that are decided, in a month that goes on', () => {
    const evidence = [topologyOf(2), ...dnsStory(START, 'UUUUUUUU')];
    const downtime = service(evidence, 'biz-2013-lab', '2026-10-01T00:05:30Z');
    expect(downtime).toMatchObject({ unmeasuredSeconds: 0, measuredSeconds: 180, verdict: 'met' });
  });

  it('does not make a month met of which nothing was seen', () => {
    const score = scoreOf('biz-2013-lab', '2026-10', [], '2026-10-01T00:10:00Z');
    expect(downtimeOf(score, 'epp-availability').verdict).toBe('not-measured');
    expect(shareOf(score, 'dns-udp-rtt').verdict).toBe('not-measured');
  });

  it('leaves a breach a breach', () => {
    expect(service(dnsStory(START, 'D')).verdict).toBe('breached');
  });

  it('is what a stopped monitor leaves, whole cycles only', () => {
    const gap: EventOf<'monitor-down'> = {
      kind: 'monitor-down',
      from: '2026-10-01T00:01:00Z',
      to: '2026-10-01T00:03:30Z',
    };
    const downtime = service(
      [...dnsStory(START, 'UUUUU'), gap],
      'biz-2013-lab',
      '2026-10-01T00:07:00Z',
    );
    expect(downtime).toMatchObject({ measuredSeconds: 180, unmeasuredSeconds: 120 });
  });
});

describe('too few probes', () => {
  it('discard the cycle: no fault, and its tests leave the shares', () => {
    const evidence = dnsStory(START, 'DD', 19);
    const score = scoreOf('biz-2013', '2026-10', evidence, '2026-10-01T00:04:00Z');
    expect(downtimeOf(score, 'dns-service-availability')).toMatchObject({
      downSeconds: { min: 0, max: 0 },
      discardedSeconds: 120,
      verdict: 'met',
    });
    expect(downtimeOf(score, 'dns-nameserver-availability', 'ns1.example.')).toMatchObject({
      downSeconds: { min: 0, max: 0 },
      discardedSeconds: 120,
    });
    expect(shareOf(score, 'dns-udp-rtt').total).toBe(0);
  });

  it('never close an incident, and neither does unmeasured time', () => {
    const score = scoreOf('biz-2013-lab', '2026-10', dnsStory(START, 'DDD UU ? . U'));
    expect(score.incidents.find((each) => each.service === 'dns')).toMatchObject({
      start: '2026-10-01T00:02:00Z',
      end: '2026-10-01T00:08:00Z',
    });
  });
});

describe("a probe's own fault", () => {
  it('moves nothing: internal results are in neither term', () => {
    const cycle = secondsOf(START);
    const tests = dnsTests({ cycle, probes: 21, fails: (probe) => probe <= 10 });
    const internal = tests.map((each): Test => {
      if (each.probe !== 'p21') return each;
      const { rttUs: _rtt, ...rest } = each;
      return { ...rest, outcome: 'internal' };
    });
    expect(service(internal, 'biz-2013', '2026-10-01T00:03:00Z').downSeconds.min).toBe(0);
  });

  it('on one name server does not speak against the service', () => {
    const tests = dnsTests({ cycle: secondsOf(START) }).map((each): Test => {
      if (each.service !== 'dns' || each.nameserver !== 'ns2.example.') return each;
      const { rttUs: _rtt, ...rest } = each;
      return { ...rest, outcome: 'internal' };
    });
    const score = scoreOf('biz-2013-lab', '2026-10', [topologyOf(2), ...tests]);
    expect(downtimeOf(score, 'dns-service-availability')).toMatchObject({
      downSeconds: { min: 0 },
      discardedSeconds: 0,
      measuredSeconds: 60,
    });
    const own = (nameserver: string) =>
      downtimeOf(score, 'dns-nameserver-availability', nameserver);
    expect(own('ns1.example.')).toMatchObject({ measuredSeconds: 60, discardedSeconds: 0 });
    expect(own('ns2.example.')).toMatchObject({ measuredSeconds: 0, discardedSeconds: 60 });
  });
});

describe('one result per probe and target', () => {
  it('is the lowest sequence number: a retry is no replacement', () => {
    const failed = dnsTests({ cycle: secondsOf(START), fails: () => true });
    const retried = dnsTests({ cycle: secondsOf(START) });
    const evidence = [
      ...retried.map((each) => ({ ...each, seq: 9 })),
      ...failed.map((each) => ({ ...each, seq: 3 })),
    ];
    expect(service(evidence).downSeconds.min).toBe(60);
    expect(service([...failed, ...retried]).downSeconds.min).toBe(60);
    expect(service([...retried, ...failed]).downSeconds.min).toBe(0);
  });

  it('either transport failing fails the address', () => {
    const udp = dnsTests({ cycle: secondsOf(START) });
    const tcp = dnsTests({ cycle: secondsOf(START), fails: (_p, ns) => ns === 1 }).map(
      (each): Test => (each.service === 'dns' ? { ...each, transport: 'tcp' } : each),
    );
    const score = scoreOf('biz-2013-lab', '2026-10', [topologyOf(2), ...udp, ...tcp]);
    expect(downtimeOf(score, 'dns-nameserver-availability', 'ns1.example.').downSeconds.min).toBe(
      60,
    );
    expect(shareOf(score, 'dns-tcp-rtt')).toMatchObject({
      total: 2,
      within: 1,
      verdict: 'breached',
    });
  });
});

const signed = (dnssec: 'bogus' | 'insecure' | 'indeterminate' | 'secure') => [
  { ...topologyOf(2), dnssec: true },
  ...dnsTests({ cycle: secondsOf(START) }).map(
    (each): Test => (each.service === 'dns' ? { ...each, dnssec } : each),
  ),
];

describe('DNSSEC', () => {
  it.each([
    ['secure', 0, 0],
    ['bogus', 60, 0],
    ['insecure', 60, 0],
    ['indeterminate', 0, 60],
  ] as const)('%s answers of a signed zone: %i s down, %i s discarded', (said, down, discarded) => {
    expect(service(signed(said))).toMatchObject({
      downSeconds: { min: down },
      discardedSeconds: discarded,
    });
  });

  it('bogus answers count towards the emergency threshold of their own', () => {
    const { emergency } = scoreOf('biz-2013-lab', '2026-10', signed('bogus'));
    expect(emergency.find((each) => each.service === 'dnssec')?.peakSeconds).toBe(60);
  });
});

const claim = (agreedBy?: string): EventOf<'false-positive'> => ({
  kind: 'false-positive',
  at: '2026-11-02T00:00:00Z',
  service: 'dns',
  from: '2026-10-01T00:00:30Z',
  to: '2026-10-01T01:00:00Z',
  reason: 'the vantage point was cut off',
  author: 'desk',
  ...(agreedBy === undefined ? {} : { agreedBy }),
});

describe('corrections', () => {
  const story = dnsStory(START, 'DDDD UUU');

  it('without the other side leave the minutes, and show them as disputed', () => {
    expect(service([...story, claim()])).toMatchObject({
      downSeconds: { min: 240 },
      disputedSeconds: 210,
    });
    expect(service([...story, claim('desk')]).downSeconds.min).toBe(240);
  });

  it('that are agreed take out what they cover, to the second', () => {
    expect(service([...story, claim('icann')])).toMatchObject({
      downSeconds: { min: 30 },
      falsePositiveSeconds: 210,
      disputedSeconds: 0,
      rsmDownSeconds: 0,
    });
    const { incidents } = scoreOf('biz-2013-lab', '2026-10', [...story, claim('icann')]);
    expect(incidents.find((each) => each.service === 'dns')?.falsePositive).toBe(true);
  });

  it('are not known before they were made', () => {
    expect(
      service([...story, claim('icann')], 'biz-2013-lab', '2026-11-01T00:00:00Z').downSeconds.min,
    ).toBe(240);
  });
});

describe('name servers of record', () => {
  it('count from the cycle in which they are listed, and not once they are gone', () => {
    const evidence: Measurement[] = [topologyOf(3, START), topologyOf(2, '2026-10-01T00:02:00Z')];
    for (let at = 0; at < 4; at++) {
      const cycle = secondsOf(START) + at * 60;
      evidence.push(...dnsTests({ cycle, nameservers: 3, fails: (_p, ns) => ns === 3 }));
    }
    const score = scoreOf('biz-2013-lab', '2026-10', evidence, '2026-10-01T00:06:00Z');
    expect(downtimeOf(score, 'dns-nameserver-availability', 'ns3.example.')).toMatchObject({
      downSeconds: { min: 120, max: 120 },
      unmeasuredSeconds: 0,
    });
    expect(shareOf(score, 'dns-udp-rtt')).toMatchObject({ total: 10, within: 8 });
  });
});

const update = (at: number, isLate: boolean): EventOf<'update'> => ({
  kind: 'update',
  change: `c-${at}`,
  service: 'dns',
  probe: 'p01',
  address: '192.0.2.1',
  confirmedAt: START,
  observedAt: isLate ? null : '2026-10-01T01:00:00Z',
});

const late = (count: number, total: number) =>
  shareOf(
    scoreOf(
      'biz-2013',
      '2026-10',
      Array.from({ length: total }, (_each, at) => update(at, at < count)),
    ),
    'dns-update-time',
  );

describe('shares', () => {
  it('are judged before they are cut for display', () => {
    expect(late(1, 20)).toMatchObject({ share: 0.95, verdict: 'met' });
    expect(late(10_001, 200_000)).toMatchObject({ share: 0.9499, verdict: 'breached' });
  });

  it('RDAP has no vote and no part in them', () => {
    const tests = rddsTests(START, 1, 0).map(
      (each): Test =>
        each.service === 'rdds' ? { ...each, interface: 'rdap', outcome: 'unanswered' } : each,
    );
    const score = scoreOf('biz-2013-lab', '2026-10', tests);
    expect(downtimeOf(score, 'rdds-availability')).toMatchObject({
      downSeconds: { min: 0 },
      measuredSeconds: 0,
    });
    expect(shareOf(score, 'rdds-rtt').total).toBe(0);
  });
});
