import { describe, expect, it } from 'vitest';
import { keptBackups, type Retention } from '#store/backup/prune-backups.ts';

const NONE: Retention = { keep: 1, daily: 0, weekly: 0, monthly: 0 };

/** Newest first: a full backup at each time; `+` builds on the one before it. */
function backups(...times: string[]) {
  const made: { id: string; at: string; base?: { id: string; rows: number; digest: string } }[] =
    [];
  for (const time of times) {
    const at = `${time.replace('+', '')}:00:00Z`;
    const last = made.at(-1);
    const base = time.startsWith('+') && last ? { id: last.id, rows: 1, digest: '' } : undefined;
    made.push({ id: at, at, ...(base && { base }) });
  }
  return made.reverse();
}

function kept(times: string[], retention: Partial<Retention>, verified = times.at(-1) ?? '') {
  const ids = keptBackups(
    backups(...times),
    { ...NONE, ...retention },
    `${verified.replace('+', '')}:00:00Z`,
  );
  return times.filter((time) => ids.has(`${time.replace('+', '')}:00:00Z`));
}

describe('retention', () => {
  it('keeps the newest full backups with all that builds on them', () => {
    const times = ['2026-11-20T00', '+2026-11-20T06', '2026-11-21T00', '+2026-11-21T06'];
    expect(kept(times, { keep: 1 })).toEqual(['2026-11-21T00', '+2026-11-21T06']);
    expect(kept(times, { keep: 2 })).toEqual(times);
  });

  it('keeps the newest of each day, week and month further back, alone', () => {
    const times = [
      '2026-09-30T00',
      '2026-10-05T00',
      '2026-11-01T00', // Sunday, the week from 26 October
      '2026-11-02T00', // Monday
      '2026-11-20T00',
      '2026-11-20T12',
      '+2026-11-20T18',
      '2026-11-21T00',
      '2026-11-22T00',
    ];
    expect(kept(times, { daily: 2 })).toEqual(['2026-11-21T00', '2026-11-22T00']);
    expect(kept(times, { daily: 3 })).toEqual(['2026-11-20T12', '2026-11-21T00', '2026-11-22T00']);
    expect(kept(times, { weekly: 3 })).toEqual(['2026-11-01T00', '2026-11-02T00', '2026-11-22T00']);
    expect(kept(times, { monthly: 3 })).toEqual([
      '2026-09-30T00',
      '2026-10-05T00',
      '2026-11-22T00',
    ]);
  });

  it('never lets go of the one just verified, nor of what it builds on', () => {
    // The clock went back: what was verified last is the oldest by its id.
    const times = ['2026-11-19T00', '+2026-11-19T06', '2026-11-20T00', '2026-11-21T00'];
    expect(kept(times, { keep: 1 }, '+2026-11-19T06')).toEqual([
      '2026-11-19T00',
      '+2026-11-19T06',
      '2026-11-21T00',
    ]);
  });
});
