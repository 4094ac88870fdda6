/**
 * What a test comes to: a code says on whose side it failed, and a stall of the probe spoils what
 * it may have lengthened.
 */
import { isInternalCode, type ProbeErrorCode } from './probe-error.ts';
import type { TestSeen } from './test-plan.ts';

/** Less than a test waits beyond the last moment at which an answer would still count. */
const STALL_IN_SILENCE_MAX_US = 250_000;

/** What is said when the time is up. */
const IN_VAIN: readonly ProbeErrorCode[] = ['timeout', 'connection-kept-open'];

/**
 * A stall makes a measured time too long, so it spoils every test that it overlaps but those that
 * waited in vain, for an answer or for the end of the connection. What comes during a stall is read
 * after it, and a short one in seconds of waiting hides nothing; were it to excuse the server, a
 * busy probe would never see an outage (docs/adr/0007-stalls-and-silence.md).
 */
export function isSpoilt(failure: ProbeErrorCode | undefined, stalledUs: number): boolean {
  const isInVain = failure !== undefined && IN_VAIN.includes(failure);
  return stalledUs > (isInVain ? STALL_IN_SILENCE_MAX_US : 0);
}

/** A test that failed, by its code. */
export function seenOf(error: ProbeErrorCode, rttUs?: number): TestSeen {
  return {
    outcome: isInternalCode(error) ? 'internal' : 'unanswered',
    error,
    ...(rttUs !== undefined && { rttUs }),
  };
}
