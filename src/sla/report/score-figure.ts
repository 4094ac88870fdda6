/**
 * Figures of a score for people. Never rounded up: a share just below its limit is shown below it
 * (94.99988 % is 94.99 %), because a display that passes what the verdict breaches is a lie.
 */
import type { ParameterScore } from '#sla/score/score-json.ts';

/** `0 s down`, `17 of 17 in time (100.00 %)`, … */
export function formatScoreFigure(score: ParameterScore): string {
  if ('downSeconds' in score) {
    const { min, max } = score.downSeconds;
    return min === max ? `${min} s down` : `${min} s down, at most ${max} s`;
  }
  if ('within' in score) {
    if (score.total === 0) return 'none yet';
    const percent = formatPercent(score.within, score.total);
    return `${score.within} of ${score.total} in time (${percent})`;
  }
  if ('tickets' in score) return `${score.late} of ${score.tickets} tickets late`;
  return `${score.shortDays.length} of ${score.days} days short`;
}

/** What the figure is held against. */
export function formatLimit(score: ParameterScore): string {
  if ('downSeconds' in score) {
    const limit = score.limitSeconds ?? (score.limitMilliseconds ?? 0) / 1000;
    return `at most ${limit} s`;
  }
  if ('within' in score) {
    const within = score.limitMs === undefined ? `${score.limitSeconds} s` : `${score.limitMs} ms`;
    return `at least ${score.limitShare * 100} % within ${within}`;
  }
  if ('tickets' in score) return `within ${score.limitSeconds} s`;
  const places = score.locationsMin === undefined ? '' : ` in ${score.locationsMin} locations`;
  return `at least ${score.perDayMin} a day${places}`;
}

/** Hundredths of a percent, cut and not rounded. */
function formatPercent(part: number, whole: number): string {
  const hundredths = (BigInt(part) * 10_000n) / BigInt(whole);
  return `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, '0')} %`;
}
