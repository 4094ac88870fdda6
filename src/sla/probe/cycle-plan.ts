/**
 * Which tests a probe makes in a cycle, over which transport and when: a function of the cycle and
 * the probe's name alone, so that it can be foretold and repeated. Each probe makes one test of
 * each address in each cycle (biz-2013 3.9); over many cycles the transports come in the contract's
 * proportion (3.10), evenly spread; which question is asked does not follow
 * that pattern. Probes begin at different places of the cycle, so that they do
 * not all ask at once.
 */

import type { Question } from './dns-message.ts';
import type { DnsTarget } from './dns-tester.ts';
import type { Transport } from './exchange.ts';

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

/** Tests begin in this part of the cycle, so that even a slow one is handed in well in time. */
const SPREAD = 0.75;

/** The cycle's tests in the order of their time. */
export function planCycle(options: CyclePlanOptions): PlannedTest[] {
  const { probes, targets, cycle, cycleSeconds, proportion, questions } = options;
  const widthMs = cycleSeconds * 1000 * SPREAD;
  const tests = probes.flatMap((probe) => {
    const phase = hashOf(probe);
    return targets.map((target, index): PlannedTest => {
      const place = (phase / 0x1_0000_0000 + index / targets.length) % 1;
      const turn = cycle / cycleSeconds + (phase % 1000) + index;
      return {
        probe,
        target,
        transport: transportOf(turn, proportion),
        question: questions[hashOf(`question ${turn}`) % (questions.length + 1)],
        atMs: cycle * 1000 + Math.floor(place * widthMs),
      };
    });
  });
  return tests.sort((a, b) => a.atMs - b.atMs);
}

/** TCP in those turns in which its running share passes a whole number. */
function transportOf(turn: number, { udp, tcp }: TransportProportion): Transport {
  const whole = udp + tcp;
  if (whole === 0) return 'udp';
  return Math.floor(((turn + 1) * tcp) / whole) > Math.floor((turn * tcp) / whole) ? 'tcp' : 'udp';
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c_9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193) >>> 0;
  }
  return hash;
}
