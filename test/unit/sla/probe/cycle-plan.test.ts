// Which tests a probe makes in a cycle, and when.
import { describe, expect, it } from 'vitest';
import { parseListenAddress } from '#net/listen-address.ts';
import { type CyclePlanOptions, planCycle } from '#sla/probe/cycle-plan.ts';

const CYCLE = 1_790_812_800;
const options: CyclePlanOptions = {
  questions: [],
  probes: ['p01', 'p02', 'p03'],
  targets: ['127.0.0.1:53', '127.0.0.2:53', '[::1]:53'].map((text, at) => {
    return { nameserver: `ns${at + 1}.example.`, server: parseListenAddress(text) };
  }),
  cycle: CYCLE,
  cycleSeconds: 60,
  proportion: { udp: 9, tcp: 1 },
};

describe('the plan of a cycle', () => {
  it('has one test of each address by each probe', () => {
    const pairs = planCycle(options).map(({ probe, target }) => `${probe} ${target.nameserver}`);
    expect(new Set(pairs).size).toBe(9);
    expect(pairs).toHaveLength(9);
  });

  it('asks every question of every address over both transports, the SOA among them', () => {
    const names = ['a.example.', 'b.example.', 'c.example.'];
    const questions = names.map((name) => ({ name, type: 'A' as const }));
    const seen = new Set<string>();
    for (let at = 0; at < 600; at++) {
      for (const test of planCycle({ ...options, questions, cycle: CYCLE + at * 60 })) {
        seen.add(`${test.question?.name} ${test.transport} ${test.target.nameserver}`);
      }
    }
    expect(seen.size).toBe(4 * 2 * 3);
  });

  it('is the same whenever it is made', () => {
    expect(planCycle(options)).toEqual(planCycle(options));
  });

  it('lies within the cycle, in order, and leaves the last part for slow answers', () => {
    const times = planCycle(options).map(({ atMs }) => atMs - CYCLE * 1000);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(Math.min(...times)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...times)).toBeLessThan(45_000);
  });

  it('comes to the contract’s proportion of transports, for each address', () => {
    const made = Array.from({ length: 100 }, (_each, at) =>
      planCycle({ ...options, cycle: CYCLE + at * 60 }),
    ).flat();
    for (const { nameserver } of options.targets) {
      const tests = made.filter(
        ({ probe, target }) => probe === 'p02' && target.nameserver === nameserver,
      );
      expect(tests.filter(({ transport }) => transport === 'tcp')).toHaveLength(10);
    }
  });

  it('takes transports in turn where both weigh the same', () => {
    const turns = [0, 1, 2, 3].map((at) => {
      const cycle = CYCLE + at * 60;
      const plan = planCycle({
        ...options,
        cycle,
        probes: ['p01'],
        proportion: { udp: 1, tcp: 1 },
      });
      return plan.find(({ target }) => target.nameserver === 'ns1.example.')?.transport;
    });
    expect(new Set(turns.slice(0, 2)).size).toBe(2);
    expect(turns.slice(2)).toEqual(turns.slice(0, 2));
  });

  it.each([
    [{ udp: 1, tcp: 0 }, 'udp'],
    [{ udp: 0, tcp: 1 }, 'tcp'],
  ] as const)('can be of one transport alone: %o', (proportion, only) => {
    const transports = planCycle({ ...options, proportion }).map(({ transport }) => transport);
    expect(new Set(transports)).toEqual(new Set([only]));
  });
});
