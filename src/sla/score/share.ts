/**
 * Shares: so many of so many, judged as a fraction of integers. What is shown is cut to four
 * decimals, never rounded up, so a breach cannot look like a pass (94.99988 % is shown as 94.99 %).
 */
import type { Fraction } from '#sla/contract/contract.ts';
import type { Verdict } from './score-json.ts';

const SHOWN = 10_000;

/** `part / whole` cut to four decimals; 0 of 0 is 0. */
export function floorRatio(part: number, whole: number): number {
  if (whole === 0) return 0;
  return Number((BigInt(part) * BigInt(SHOWN)) / BigInt(whole)) / SHOWN;
}

/** Met if `within / total >= share`; `not-measured` without a single one. */
export function judgeShare(within: number, total: number, share: Fraction): Verdict {
  if (total === 0) return 'not-measured';
  return within * share.denominator >= share.numerator * total ? 'met' : 'breached';
}

/** The share that the contract demands, as shown. */
export function shownFraction(share: Fraction): number {
  return share.numerator / share.denominator;
}
