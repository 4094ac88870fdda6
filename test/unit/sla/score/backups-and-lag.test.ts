// The figures that servers' own events decide, at their edges: backups of a UTC day and where they
// lie (hosting), and how far behind the replica was (registry 3.13).
import { describe, expect, it } from 'vitest';
import type { Month } from '#base/month.ts';
import { parseMonth } from '#base/month.ts';
import type { Event } from '#sla/measurement/measurement.ts';
import type { BackupScore, ShareScore } from '#sla/score/score-json.ts';
import { scoreMonth } from '#sla/score/scorer.ts';
import { shippedContract } from '../../../kit/sla-evidence.ts';

const HOSTING = shippedContract('hosting');
const REGISTRY = shippedContract('registry');
const OCTOBER = parseMonth('2026-10') as Month;

function backup(at: string, location: string, verified = true): Event {
  return { kind: 'backup', at: `2026-10-${at}Z`, id: `b-${at}`, location, verified };
}

/** A backup at each time, in each location. */
function backups(times: readonly string[], locations: readonly string[]): Event[] {
  return times.flatMap((at) => locations.map((location) => backup(at, location)));
}

/** The first two days of October. */
function judgeBackups(events: readonly Event[]): Record<'frequency' | 'locations', BackupScore> {
  const score = scoreMonth(HOSTING, OCTOBER, events, Date.parse('2026-10-03T00:00:00Z'));
  const figure = (name: string): BackupScore => {
    const found = score.parameters.find(({ parameter }) => parameter === name);
    if (found === undefined || !('shortDays' in found)) throw new Error(`no ${name}`);
    return found;
  };
  return { frequency: figure('backup-frequency'), locations: figure('backup-locations') };
}

const BOTH = ['disk-1', 'disk-2'];
const FIRST = ['01T00:00:00', '01T08:00:00', '01T23:59:59'];
const SECOND = ['02T00:00:00', '02T08:00:00', '02T16:00:00'];

describe('backups', () => {
  it('are enough at three a day in two locations, from midnight to midnight', () => {
    const { frequency, locations } = judgeBackups(backups([...FIRST, ...SECOND], BOTH));
    expect(frequency).toMatchObject({ days: 2, shortDays: [], verdict: 'met' });
    expect(locations).toMatchObject({ days: 2, shortDays: [], verdict: 'met' });
  });

  it('are too few at two, and the day is named', () => {
    const { frequency } = judgeBackups(backups([...FIRST, ...SECOND.slice(1)], BOTH));
    expect(frequency).toMatchObject({ shortDays: ['2026-10-02'], verdict: 'breached' });
  });

  it('of midnight are of the day that begins', () => {
    const { frequency } = judgeBackups(backups([...FIRST.slice(1), ...SECOND], BOTH));
    expect(frequency.shortDays).toEqual(['2026-10-01']);
  });

  it('that were not verified do not count, and one in two locations is one', () => {
    const [last = ''] = SECOND.slice(-1);
    const unverified = BOTH.map((location) => backup(last, location, false));
    const events = [...backups([...FIRST, ...SECOND.slice(0, 2)], BOTH), ...unverified];
    expect(judgeBackups(events).frequency.shortDays).toEqual(['2026-10-02']);
  });

  it('in one location only fall short of locations, not of number', () => {
    const [last = ''] = SECOND.slice(-1);
    const one = backup(last, 'disk-1');
    const events = [...backups([...FIRST, ...SECOND.slice(0, 2)], BOTH), one];
    const { frequency, locations } = judgeBackups(events);
    expect(frequency.verdict).toBe('met');
    expect(locations).toMatchObject({ shortDays: ['2026-10-02'], verdict: 'breached' });
  });

  it('are not judged of a day that is not over, nor where there never was one', () => {
    const early = scoreMonth(
      HOSTING,
      OCTOBER,
      backups(FIRST, BOTH),
      Date.parse('2026-10-02T23:59:59Z'),
    );
    const figure = early.parameters.find(({ parameter }) => parameter === 'backup-frequency');
    expect(figure).toMatchObject({ days: 1, verdict: 'met' });
    expect(judgeBackups([]).frequency.verdict).toBe('not-measured');
  });
});

/** So many samples at the limit of 300 s, and so many a millisecond beyond it. */
function judgeLag(within: number, beyond: number): ShareScore {
  const sample = (at: number, lagMs: number): Event => {
    const ms = OCTOBER.startMs + at * 60_000;
    return { kind: 'replica-lag', at: new Date(ms).toISOString(), lagMs };
  };
  const events = Array.from({ length: within + beyond }, (_each, at) =>
    sample(at, at < within ? 300_000 : 300_001),
  );
  const { parameters } = scoreMonth(REGISTRY, OCTOBER, events);
  const found = parameters.find(({ parameter }) => parameter === 'rdds-replica-lag');
  if (found === undefined || !('within' in found)) throw new Error('no rdds-replica-lag');
  return found;
}

describe('the replica of the register', () => {
  it.each([
    [95, 5, 'met'],
    [94, 6, 'breached'],
    [100, 0, 'met'],
    [0, 0, 'not-measured'],
  ])('with %i samples of 300 s and %i beyond it is %s', (within, beyond, verdict) => {
    expect(judgeLag(within, beyond)).toMatchObject({ within, total: within + beyond, verdict });
  });
});
