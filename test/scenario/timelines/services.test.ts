// Cycles of every service as files of lines: what is down, what is not, and what nobody knows.
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Measurement, Test } from '#sla/measurement/measurement.ts';
import { downOf, parameterOf, scored } from '../../kit/scored-file.ts';
import {
  dnsSpan,
  dnsStory,
  dnsTests,
  eppTest,
  probeNames,
  rddsTests,
  secondsOf,
  topologyOf,
} from '../../kit/sla-evidence.ts';

const START = '2026-10-01T00:00:00Z';
const CYCLE = secondsOf(START);
const FIFTH = fileURLToPath(new URL('../../kit/contracts/cooperative.yaml', import.meta.url));

const lab = (evidence: readonly Measurement[]) => scored('biz-2013-lab', '2026-10', evidence);

const answersOf = (outcomes: Record<string, Test['outcome']>): Test[] =>
  Object.entries(outcomes).map(
    ([address, outcome]): Test => ({
      kind: 'test',
      cycle: CYCLE,
      service: 'dns',
      probe: 'p01',
      nameserver: address === '192.0.2.2' ? 'ns2.example.' : 'ns1.example.',
      address,
      transport: 'udp',
      outcome,
      ...(outcome === 'answered' ? { rttUs: 1000 } : {}),
    }),
  );

describe('a name server with two addresses', () => {
  const topology: Measurement = {
    ...topologyOf(2),
    nameservers: { 'ns1.example.': ['192.0.2.1', '2001:db8::1'], 'NS2.example.': ['192.0.2.2'] },
  };

  it('is good only if both are: the service is down with one of three addresses', async () => {
    const outcomes = {
      '192.0.2.1': 'answered',
      '2001:db8::1': 'unanswered',
      '192.0.2.2': 'answered',
    } as const;
    const score = await lab([topology, ...answersOf(outcomes)]);
    expect(downOf(score, 'dns-service-availability')).toBe(60);
    const addresses = score.parameters.filter(
      ({ parameter }) => parameter === 'dns-nameserver-availability',
    );
    expect(addresses).toMatchObject([
      { nameserver: 'ns1.example.', address: '192.0.2.1', downSeconds: { min: 0 } },
      { nameserver: 'ns1.example.', address: '2001:db8::1', downSeconds: { min: 60 } },
      { nameserver: 'ns2.example.', address: '192.0.2.2', downSeconds: { min: 0 } },
    ]);
  });

  it('is judged by what there is a result for', async () => {
    const outcomes = {
      '192.0.2.1': 'answered',
      '2001:db8::1': 'internal',
      '192.0.2.2': 'answered',
    } as const;
    expect(downOf(await lab([topology, ...answersOf(outcomes)]), 'dns-service-availability')).toBe(
      0,
    );
  });

  it('is one address however it is written', async () => {
    const outcomes = {
      '192.0.2.1': 'answered',
      '2001:0DB8:0:0::1': 'unanswered',
      '192.0.2.2': 'answered',
    } as const;
    const score = await lab([topology, ...answersOf(outcomes)]);
    expect(downOf(score, 'dns-service-availability')).toBe(60);
  });
});

describe('one probe and cycle', () => {
  const failing = dnsTests({ cycle: CYCLE, fails: () => true });
  const good = dnsTests({ cycle: CYCLE });

  it.each([
    ['the first line counts where no line is numbered', [...failing, ...good], 60],
    [
      'a retry that works replaces nothing',
      [
        ...good.map((each) => ({ ...each, seq: 9 })),
        ...failing.map((each) => ({ ...each, seq: 3 })),
      ],
      60,
    ],
    [
      'a retry that fails replaces nothing either',
      [
        ...failing.map((each) => ({ ...each, seq: 9 })),
        ...good.map((each) => ({ ...each, seq: 3 })),
      ],
      0,
    ],
  ])('%s', async (_case, tests, down) => {
    expect(downOf(await lab([topologyOf(2), ...tests]), 'dns-service-availability')).toBe(down);
  });
});

const tcp = (rttUs: number) =>
  dnsTests({ cycle: CYCLE }).map((each) => ({ ...each, transport: 'tcp' as const, rttUs }));

describe('limits of a round trip', () => {
  it.each([
    [1_500_000, 2, 0],
    [1_500_001, 0, 0],
    [7_500_000, 0, 0],
    [7_500_001, 0, 60],
  ])('DNS over TCP, %i us: %i within, %i s down', async (rttUs, within, down) => {
    const score = await lab([topologyOf(2), ...(tcp(rttUs) as Test[])]);
    expect(parameterOf(score, 'dns-tcp-rtt')).toMatchObject({ total: 2, within });
    expect(downOf(score, 'dns-service-availability')).toBe(down);
  });

  it.each([
    ['whois', 2_000_000, 1, 0],
    ['whois', 2_000_001, 0, 0],
    ['web', 9_999_999, 0, 0],
    ['web', 10_000_000, 0, 300],
    ['rdap', 10_000_000, 0, 0],
  ] as const)('%s, %i us: %i within, %i s down', async (name, rttUs, within, down) => {
    const [first] = rddsTests(START, 1, 0);
    const score = await lab([{ ...first, interface: name, rttUs } as Test]);
    expect(parameterOf(score, 'rdds-rtt')).toMatchObject({ within });
    expect(downOf(score, 'rdds-availability')).toBe(down);
  });

  it.each([
    ['session', 4_000_000, 1, 0],
    ['session', 19_999_999, 0, 0],
    ['session', 20_000_000, 0, 300],
    ['transform', 4_000_001, 0, 0],
    ['transform', 20_000_000, 0, 300],
  ] as const)('EPP %s, %i us: %i within, %i s down', async (group, rttUs, within, down) => {
    const score = await lab([eppTest(CYCLE, group, rttUs)]);
    expect(parameterOf(score, `epp-${group}-rtt`)).toMatchObject({ total: 1, within });
    expect(downOf(score, 'epp-availability')).toBe(down);
  });
});

describe('shares', () => {
  it('that miss by 12 of 10 million are breached, and never shown as the limit', async () => {
    // 949999 of 1000000 would be shown as 0.95 if it were rounded.
    const tests = Array.from({ length: 1000 }, (_each, at) =>
      dnsTests({ cycle: CYCLE + at * 60, probes: 1 }),
    ).flat();
    const slow = tests.map((each, at) => (at < 101 ? { ...each, rttUs: 600_000 } : each));
    const score = await lab([topologyOf(2), ...slow]);
    expect(parameterOf(score, 'dns-udp-rtt')).toMatchObject({
      total: 2000,
      within: 1899,
      share: 0.9495,
      verdict: 'breached',
    });
    const atLimit = tests.map((each, at) => (at < 100 ? { ...each, rttUs: 600_000 } : each));
    expect(parameterOf(await lab([topologyOf(2), ...atLimit]), 'dns-udp-rtt')).toMatchObject({
      share: 0.95,
      verdict: 'met',
    });
  });
});

const scoreWith = (active: number) => {
  const probes = probeNames(25);
  const tests = dnsTests({ cycle: CYCLE, probes: 25, fails: () => true }).map((each): Test => {
    const { error: _error, ...rest } = each;
    const isActive = probes.indexOf(each.probe) < active;
    return isActive ? each : { ...rest, outcome: 'internal' };
  });
  return scored('biz-2013', '2026-10', [topologyOf(2), ...tests]);
};

describe('too few probes', () => {
  it('of 25 that were asked 20 must have a result; 19 leave the cycle discarded', async () => {
    expect(downOf(await scoreWith(20), 'dns-service-availability')).toBe(60);
    expect(parameterOf(await scoreWith(19), 'dns-service-availability')).toMatchObject({
      downSeconds: { min: 0 },
      discardedSeconds: 60,
    });
    expect(parameterOf(await scoreWith(19), 'dns-udp-rtt')).toMatchObject({ total: 0 });
  });

  it.each([
    [9, 0, 300],
    [10, 300, 0],
  ])('RDDS with %i probes: %i s down, %i s discarded', async (count, down, discarded) => {
    const tests = rddsTests(START, 1, 1, count);
    const figures = parameterOf(await scored('biz-2013', '2026-10', tests), 'rdds-availability');
    expect(figures).toMatchObject({ downSeconds: { min: down }, discardedSeconds: discarded });
  });
});

describe('a stopped monitor', () => {
  it('leaves 45 minutes open: nobody can say that nothing was down', async () => {
    const [from, to] = ['2026-10-07T00:00:00Z', '2026-10-07T00:45:00Z'];
    const before = dnsSpan('2026-10-01T00:00:00Z', from);
    const after = dnsSpan(to, '2026-11-01T00:00:00Z');
    const gap: Measurement = { kind: 'monitor-down', from, to };
    const evidence = [topologyOf(2), ...before, gap, ...after];
    const biz = await lab(evidence);
    expect(parameterOf(biz, 'dns-service-availability')).toMatchObject({
      downSeconds: { min: 0, max: 2700 },
      unmeasuredSeconds: 2700,
      verdict: 'undetermined',
    });
    expect(parameterOf(biz, 'dns-nameserver-availability')).toMatchObject({ verdict: 'met' });
    const hosting = await scored('hosting', '2026-10', evidence);
    // 44.64 minutes are allowed of a month of 31 days.
    expect(parameterOf(hosting, 'dns-availability')).toMatchObject({
      limitMilliseconds: 2_678_400,
      verdict: 'undetermined',
    });
  });
});

describe('a fifth contract, which no code knows', () => {
  it('is scored by its own cycles, quorum and names', async () => {
    const cycles = [0, 120, 240, 360].flatMap((at) =>
      // Of four probes two see it down, then three: more than a half is a half more.
      dnsTests({ cycle: CYCLE + at, probes: 4, fails: (probe) => probe <= (at < 240 ? 2 : 3) }),
    );
    const score = await scored(FIFTH, '2026-10', [topologyOf(2), ...cycles]);
    expect(score).toMatchObject({ contract: 'cooperative', contractVersion: 3 });
    expect(parameterOf(score, 'name-service')).toMatchObject({
      downSeconds: { min: 240 },
      measuredSeconds: 480,
      limitMilliseconds: Math.floor((3 * 31 * 86_400_000) / 7000),
    });
    expect(score.emergency[0]).toMatchObject({
      peakSeconds: 240,
      crossings: [{ ratio: 0.5, at: '2026-10-01T00:06:00Z' }],
    });
  });

  it('refuses lines of cycles that are not its own', async () => {
    const run = scored(FIFTH, '2026-10', dnsStory('2026-10-01T00:01:00Z', 'U'));
    await expect(run).rejects.toThrow(/m\.ndjson:1: cycle: .* dns cycle of 120 s/);
  });
});
