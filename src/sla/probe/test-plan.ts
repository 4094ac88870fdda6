/**
 * What the vantage point needs to know of a service: how long its cycles are, and which tests a
 * cycle has. How a test is made is the service's own business; what comes of it has one shape.
 */
import type { Test } from '#sla/measurement/measurement.ts';

/** What a probe saw of any service. */
export type TestSeen = Pick<
  Extract<Test, { service: 'dns' }>,
  'outcome' | 'rttUs' | 'error' | 'dnssec'
>;

type DistributivePick<T, Key extends PropertyKey> = T extends unknown
  ? Pick<T, Key & keyof T>
  : never;

/** Who tests what: the part of a measurement that is known before the test. */
export type TestSubject = DistributivePick<
  Test,
  'service' | 'probe' | 'address' | 'nameserver' | 'transport' | 'interface' | 'class' | 'command'
>;

export interface PlannedRun {
  subject: TestSubject;
  /** Unix milliseconds. */
  atMs: number;
  /** Makes the test now. Never rejects. */
  run: () => Promise<TestSeen>;
}

export interface ServicePlan {
  cycleSeconds: number;
  /** The tests of a cycle, named by its first second, in the order of their time. */
  plan: (cycle: number) => readonly PlannedRun[];
}

/** Tests begin in this part of the cycle, so that even a slow one is handed in well in time. */
const SPREAD = 0.75;

/** When a test begins whose place in the cycle is in [0, 1), Unix milliseconds. */
export function placeInCycle(cycle: number, cycleSeconds: number, place: number): number {
  return cycle * 1000 + Math.floor(place * cycleSeconds * 1000 * SPREAD);
}

/** FNV-1a, 32 bits: a probe's own place and turn, the same in every process. */
export function hashOf(text: string): number {
  let hash = 0x811c_9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193) >>> 0;
  }
  return hash;
}

/** `hashOf` as a place in [0, 1). */
export function placeOf(text: string): number {
  return hashOf(text) / 0x1_0000_0000;
}
