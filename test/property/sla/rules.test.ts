// One law for each rule: what may move a figure, and what never does, whatever else happened.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventOf, Measurement, Test } from '#sla/measurement/measurement.ts';
import type { DowntimeScore, Score } from '#sla/score/score-json.ts';
import { arbitraryStory, type Story } from '../../kit/arbitrary-evidence.ts';
import { readEnvironmentNumber } from '../../kit/environment-number.ts';
import { scoreOf, shippedContract } from '../../kit/sla-evidence.ts';

const numRuns = readEnvironmentNumber('HOLDFAST_MONTHS', 6);
const LAB = shippedContract('biz-2013-lab');
const HOSTING = shippedContract('hosting');
const REGISTRY = shippedContract('registry');

/** Holds `law` against random months; the number is random too, to choose by. */
function forMonths(contract: typeof LAB, law: (story: Story, choice: number) => void): void {
  fc.assert(fc.property(arbitraryStory(contract), fc.nat(), law), { numRuns });
}

function downtimesOf({ parameters }: Score): DowntimeScore[] {
  return parameters.flatMap((each) => ('downSeconds' in each ? [each] : []));
}

function testsOf(evidence: readonly Measurement[]): Test[] {
  return evidence.flatMap((piece) => (piece.kind === 'test' ? [piece] : []));
}

const downs = (score: Score): number[] =>
  downtimesOf(score).map(({ downSeconds }) => downSeconds.min);

const sharesOf = (score: Score | undefined): unknown =>
  score?.parameters.flatMap((each) => ('within' in each ? [each] : []));

/** Numbered, so that lines may stand in any order; one topology an instant. */
const numbered = (evidence: readonly Measurement[]): Measurement[] =>
  evidence.map((piece, seq) => (piece.kind === 'test' ? { ...piece, seq } : piece));

const plain = (score: Score): unknown => ({
  ...score,
  parameters: score.parameters.map((each) =>
    'disputedSeconds' in each ? { ...each, disputedSeconds: 0 } : each,
  ),
});

const downAndExcused = (each: DowntimeScore | undefined): number =>
  (each?.downSeconds.min ?? -1) + (each?.excusedSeconds ?? -1);

const lateOf = (score: Score): number =>
  score.parameters.reduce((sum, each) => sum + ('late' in each ? each.late : 0), 0);

/** As many figures, and none of them greater. */
function expectNoGreater(after: readonly number[], before: readonly number[]): void {
  expect(after).toHaveLength(before.length);
  for (const [at, value] of after.entries()) expect(value).toBeLessThanOrEqual(before[at] ?? -1);
}

describe('down time', { timeout: 600_000 }, () => {
  it('never grows by a test more that found everything up', () => {
    forMonths(LAB, ({ month, evidence }, choice) => {
      const tests = testsOf(evidence);
      const like = tests[choice % Math.max(tests.length, 1)];
      if (like === undefined) return;
      const { error: _error, ...rest } = like;
      const probe = `p0${1 + (choice % 5)}`;
      const up = { ...rest, probe, seq: 2 ** 40, outcome: 'answered', rttUs: 1 } as Test;
      // Secure, or it would be no answer of a signed zone.
      const good: Test = up.service === 'dns' ? { ...up, dnssec: 'secure' } : up;
      const before = downs(scoreOf(LAB, month, evidence));
      expectNoGreater(downs(scoreOf(LAB, month, [...evidence, good])), before);
    });
  });

  it('is between what is measured and what is measured and not measured together', () => {
    forMonths(LAB, ({ month, evidence }) => {
      for (const each of downtimesOf(scoreOf(LAB, month, evidence))) {
        const { min, max } = each.downSeconds;
        expect(max - min).toBe(each.unmeasuredSeconds);
        expect(each.rsmDownSeconds).toBeLessThanOrEqual(min);
        expect(each.disputedSeconds).toBeLessThanOrEqual(min);
        const measured = min + each.excusedSeconds + each.falsePositiveSeconds;
        expect(measured).toBeLessThanOrEqual(each.measuredSeconds);
      }
    });
  });

  it('of a month is the sum of its parts, split at any cycle, with corrections in both', () => {
    forMonths(HOSTING, ({ month, evidence }, choice) => {
      const tests = testsOf(evidence);
      const cycles = [...new Set(tests.map(({ cycle }) => cycle))].sort((a, b) => a - b);
      const split = cycles[choice % Math.max(cycles.length, 1)] ?? 0;
      const part = (isIn: (cycle: number) => boolean): number[] => {
        const own = evidence.filter((piece) => piece.kind !== 'test' || isIn(piece.cycle));
        return downs(scoreOf(HOSTING, month, own));
      };
      const [before] = part((cycle) => cycle < split);
      const [after] = part((cycle) => cycle >= split);
      const [whole] = downs(scoreOf(HOSTING, month, evidence));
      expect((before ?? 0) + (after ?? 0)).toBe(whole);
    });
  });

  it('does not grow by a fault of a probe, nor do shares know of it', () => {
    forMonths(LAB, ({ month, evidence }, choice) => {
      const tests = testsOf(evidence);
      const like = tests[choice % Math.max(tests.length, 1)];
      if (like === undefined) return;
      const { rttUs: _rtt, error: _error, ...rest } = like;
      const fault = { ...rest, probe: 'p99', outcome: 'internal' } as Test;
      const [before, after] = [evidence, [...evidence, fault]].map((all) =>
        scoreOf(LAB, month, all),
      );
      expect(after && downs(after)).toEqual(before && downs(before));
      expect(sharesOf(after)).toEqual(sharesOf(before));
    });
  });
});

describe('a score', { timeout: 600_000 }, () => {
  it('does not depend on the order of lines of any kind', () => {
    for (const contract of [LAB, HOSTING, REGISTRY]) {
      forMonths(contract, ({ month, evidence }, choice) => {
        const all = numbered(evidence);
        const shuffled = all
          .map((piece, at) => ({ piece, key: Math.imul(at + 1, choice | 1) >>> 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ piece }) => piece);
        expect(scoreOf(contract, month, shuffled)).toEqual(scoreOf(contract, month, all));
      });
    }
  });

  it('does not know probes by their names', () => {
    forMonths(LAB, ({ month, evidence }) => {
      const names = new Map([
        ['p01', 'p04'],
        ['p02', 'zz'],
        ['p03', 'p01'],
        ['p04', 'p02'],
      ]);
      const renamed = evidence.map((piece) =>
        piece.kind === 'test' ? { ...piece, probe: names.get(piece.probe) ?? piece.probe } : piece,
      );
      expect(scoreOf(LAB, month, renamed)).toEqual(scoreOf(LAB, month, evidence));
    });
  });

  it('is the same when every line comes twice', () => {
    for (const contract of [LAB, HOSTING]) {
      forMonths(contract, ({ month, evidence }) => {
        const all = numbered(evidence);
        expect(scoreOf(contract, month, [...all, ...all])).toEqual(scoreOf(contract, month, all));
      });
    }
  });
});

/** From `from` for an hour, agreed or not. */
function claimed(story: Story, choice: number): Omit<EventOf<'false-positive'>, 'agreedBy'> {
  const [first] = testsOf(story.evidence);
  const fromMs = ((first?.cycle ?? 0) + (choice % 1800)) * 1000;
  const [from, to] = [fromMs, fromMs + 3_600_000].map((ms) => new Date(ms).toISOString());
  const span = { from: from ?? '', to: to ?? '' };
  return { kind: 'false-positive', at: span.to, service: 'dns', ...span, reason: 'r', author: 'a' };
}

const noticeOf = (story: Story, choice: number, leadSeconds: number): EventOf<'notice'> => {
  const { from, to } = claimed(story, choice);
  const at = new Date(Date.parse(from) - leadSeconds * 1000).toISOString();
  const audience: EventOf<'notice'>['audience'] = ['registrars', 'icann', 'customers'];
  return { kind: 'notice', type: 'planned', audience, at, from, to, services: ['dns'] };
};

describe('a correction', { timeout: 600_000 }, () => {
  it('without agreement changes only what is shown as disputed', () => {
    forMonths(LAB, (story, choice) => {
      const claim = claimed(story, choice);
      for (const said of [claim, { ...claim, agreedBy: claim.author }]) {
        const after = scoreOf(LAB, story.month, [...story.evidence, said]);
        expect(plain(after)).toEqual(plain(scoreOf(LAB, story.month, story.evidence)));
      }
    });
  });

  it('that is agreed takes seconds out, adds none, and takes out none elsewhere', () => {
    forMonths(LAB, (story, choice) => {
      const said = { ...claimed(story, choice), agreedBy: 'icann' };
      const before = downtimesOf(scoreOf(LAB, story.month, story.evidence));
      const after = downtimesOf(scoreOf(LAB, story.month, [...story.evidence, said]));
      for (const [at, each] of after.entries()) {
        const taken = (before[at]?.downSeconds.min ?? 0) - each.downSeconds.min;
        const isDns = each.parameter.startsWith('dns');
        expect(taken).toBeGreaterThanOrEqual(0);
        expect(taken).toBeLessThanOrEqual(isDns ? 3600 : 0);
        expect(each.measuredSeconds).toBe(before[at]?.measuredSeconds);
      }
    });
  });
});

describe('a notice', { timeout: 600_000 }, () => {
  it('moves no figure of a contract without exclusions, however early it was', () => {
    forMonths(LAB, (story, choice) => {
      const said = noticeOf(story, choice, 30 * 86_400);
      expect(scoreOf(LAB, story.month, [...story.evidence, said])).toEqual(
        scoreOf(LAB, story.month, story.evidence),
      );
    });
  });

  it('that is a second late for the registrars, or late for customers, excuses nothing', () => {
    for (const [contract, lead] of [
      [REGISTRY, 604_799],
      [HOSTING, 0],
    ] as const) {
      forMonths(contract, (story, choice) => {
        const said = noticeOf(story, choice, lead);
        expect(scoreOf(contract, story.month, [...story.evidence, said]).parameters).toEqual(
          scoreOf(contract, story.month, story.evidence).parameters,
        );
      });
    }
  });

  it('in time excuses, counts nothing more, and moves what is down to what is excused', () => {
    forMonths(REGISTRY, (story, choice) => {
      const said = noticeOf(story, choice, 604_800);
      const [before] = downtimesOf(scoreOf(REGISTRY, story.month, story.evidence));
      const [after] = downtimesOf(scoreOf(REGISTRY, story.month, [...story.evidence, said]));
      expect(downAndExcused(after)).toBe(downAndExcused(before));
      expect(after?.downSeconds.min).toBeLessThanOrEqual(before?.downSeconds.min ?? -1);
    });
  });
});

describe('a ticket', { timeout: 600_000 }, () => {
  it('is not answered by a machine, nor by closing it', () => {
    forMonths(HOSTING, ({ month, evidence }) => {
      const more = evidence.flatMap((piece): Measurement[] =>
        piece.kind !== 'ticket' || piece.event !== 'opened'
          ? []
          : (['auto-reply', 'closed'] as const).map((event) => {
              const at = new Date(Date.parse(piece.at) + 1000).toISOString();
              return { kind: 'ticket', id: piece.id, event, at };
            }),
      );
      const before = scoreOf(HOSTING, month, evidence);
      const after = scoreOf(HOSTING, month, [...evidence, ...more]);
      expect(after.parameters).toEqual(before.parameters);
    });
  });

  it('is not late for an answer that comes with its opening', () => {
    forMonths(HOSTING, ({ month, evidence }) => {
      const tickets = evidence.flatMap((piece) => (piece.kind === 'ticket' ? [piece] : []));
      const first = tickets.filter(({ event }) => event === 'opened');
      const answers = first.map(({ id, at }): Measurement => {
        return { kind: 'ticket', id, event: 'human-reply', at };
      });
      expect(lateOf(scoreOf(HOSTING, month, [...first, ...answers]))).toBe(0);
      expect(lateOf(scoreOf(HOSTING, month, [...evidence, ...answers]))).toBeLessThanOrEqual(
        lateOf(scoreOf(HOSTING, month, evidence)),
      );
    });
  });
});
