/**
 * Backups: enough verified ones each UTC day, each in enough places. A backup is one id; it counts
 * on the day of its first line and in every location where it was verified. Only whole days that
 * have passed are judged; a month without any line is not measured.
 */
import type { Parameter } from '#sla/contract/contract.ts';
import { instantMs } from '#sla/measurement/instant.ts';
import type { EventOf } from '#sla/measurement/measurement.ts';
import type { BackupScore } from './score-json.ts';
import type { Span } from './spans.ts';

type BackupRule = Extract<Parameter, { rule: 'backup-frequency' | 'backup-locations' }>;

const DAY_MS = 86_400_000;

/** `span`: the month as far as it has passed. */
export function scoreBackups(
  rule: BackupRule,
  events: readonly EventOf<'backup'>[],
  span: Span,
): BackupScore {
  const isOfLocations = rule.rule === 'backup-locations';
  const score: BackupScore = {
    parameter: rule.parameter,
    perDayMin: rule.perDayMin,
    ...(isOfLocations ? { locationsMin: rule.locationsMin } : {}),
    days: 0,
    shortDays: [],
    verdict: 'not-measured',
  };
  const backups = gatherBackups(events).filter(
    (backup) => backup.atMs >= span.fromMs && backup.atMs < span.toMs,
  );
  if (backups.length === 0) return score;
  for (let fromMs = span.fromMs; fromMs + DAY_MS <= span.toMs; fromMs += DAY_MS) {
    score.days += 1;
    const own = backups.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + DAY_MS);
    const verified = own.filter(({ locations }) => locations.size > 0);
    const spread = verified.filter(
      ({ locations }) => isOfLocations && locations.size >= rule.locationsMin,
    );
    const isShort = isOfLocations
      ? spread.length === 0 || spread.length < Math.min(rule.perDayMin, verified.length)
      : verified.length < rule.perDayMin;
    if (isShort) score.shortDays.push(new Date(fromMs).toISOString().slice(0, 10));
  }
  if (score.days > 0) score.verdict = score.shortDays.length === 0 ? 'met' : 'breached';
  return score;
}

interface Backup {
  atMs: number;
  /** Where it was verified. */
  locations: Set<string>;
}

function gatherBackups(events: readonly EventOf<'backup'>[]): Backup[] {
  const backups = new Map<string, Backup>();
  for (const event of events) {
    const atMs = instantMs(event.at);
    const backup = backups.get(event.id) ?? { atMs, locations: new Set<string>() };
    backup.atMs = Math.min(backup.atMs, atMs);
    if (event.verified) backup.locations.add(event.location);
    backups.set(event.id, backup);
  }
  return [...backups.values()];
}
