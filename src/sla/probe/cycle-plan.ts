/**
 * Which tests a probe makes in a cycle, over which transport and when: a function of the cycle and
 * the probe's name alone, so that it can be foretold and repeated. Each probe makes one test of
 * each address in each cycle (biz-2013 3.9); over many cycles the transports come in the contract's
 * proportion (3.10), evenly spread; which question is asked does not follow
 * that pattern. Probes begin at different places of the cycle, so that they do
 * not all ask at once.
 */

import type { Question } from './dns-message.ts';
import type { DnsTarget, DnsTester } from './dns-tester.ts';
import type { Transport } from './exchange.ts';
import { hashOf, placeInCycle, placeOf, type ServicePlan } from './test-plan.ts';

/** How many tests of each transport, of their sum. */
export interface TransportProportion {
  udp: number;
  tcp: number;
}

export interface PlannedTest {
  probe: string;
  target: DnsTarget;
  transport: Transport;
  /** Absent: the zone's SOA. */
  question: Question | undefined;
  /** Unix milliseconds. */
  atMs: number;
}

export interface CyclePlanOptions {
  probes: readonly string[];
  targets: readonly DnsTarget[];
  /** First second of the cycle, Unix time. */
  cycle: number;
  cycleSeconds: number;
  proportion: TransportProportion;
  /** Asked in turn with the zone's SOA. */
  questions: readonly Question[];
}

/** The cycle's tests in the order of their time. */
export function planCycle(options: CyclePlanOptions): PlannedTest[] {
  const { probes, targets, cycle, cycleSeconds, proportion, questions } = options;
  const tests = probes.flatMap((probe) => {
    const phase = hashOf(probe);
    return targets.map((target, index): PlannedTest => {
      const place = (placeOf(probe) + index / targets.length) % 1;
      const turn = cycle / cycleSeconds + (phase % 1000) + index;
      return {
        probe,
        target,
        transport: transportOf(turn, proportion),
        question: questions[hashOf(`question ${turn}`) % (questions.length + 1)],
        atMs: placeInCycle(cycle, cycleSeconds, place),
      };
    });
  });
  return tests.sort((a, b) => a.atMs - b.atMs);
}

/** The DNS tests of a vantage point. */
export function dnsPlan(
  options: Omit<CyclePlanOptions, 'cycle'> & { tester: DnsTester },
): ServicePlan {
  const { tester, cycleSeconds } = options;
  return {
    cycleSeconds,
    plan: (cycle) =>
      planCycle({ ...options, cycle }).map(({ probe, target, transport, question, atMs }) => {
        const { nameserver, server } = target;
        const { address } = server;
        return {
          subject: { service: 'dns', probe, nameserver, address, transport },
          atMs,
          run: () => tester.test(target, transport, question),
        };
      }),
  };
}

/** TCP in those turns in which its running share passes a whole number. */
function transportOf(turn: number, { udp, tcp }: TransportProportion): Transport {
  const whole = udp + tcp;
  if (whole === 0) return 'udp';
  return Math.floor(((turn + 1) * tcp) / whole) > Math.floor((turn * tcp) / whole) ? 'tcp' : 'udp';
}
