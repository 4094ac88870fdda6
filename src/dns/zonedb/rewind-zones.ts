/**
 * Brings the zones of a restored store back to an earlier moment by the journal that came with it.
 * The journal has every RRset before and after a change, so the moment is reached from two sides:
 *
 *     earlier backup          moment wanted           this backup
 *        |---- after-images ----->|<---- before-images ----|
 *
 * Whole replacements (an import, a transfer, a removal) are journalled without their RRsets: before
 * the first of them after the earlier backup, and from the last of them on, a zone can be had. A
 * zone that was replaced on both sides of the moment cannot, and nothing is changed then.
 *
 * What it does is itself journalled, under new versions and later serials: secondaries follow.
 */
import { formatInstant } from '#base/clock.ts';
import { CodedError, errorCode } from '#base/coded-error.ts';
import { formatName, nameKey } from '#dns/wire/name.ts';
import type { KeyValueReader } from '#store/key-value-store.ts';
import { commitChanges, makeChange, type OfflineZones, restoreContext } from './offline-zones.ts';
import { rebuildZone, type Step } from './rebuild-zone.ts';
import { readRestore } from './zone-history.ts';
import { commitRemoval, commitSettings } from './zone-lifecycle.ts';
import type { ZoneState } from './zone-list.ts';
import { isFetched, type ZoneSettings } from './zone-row.ts';

export interface RewindReport {
  /** Names of zones that have the records and settings of then again. */
  readonly rewound: string[];
  /** Of zones that were not there yet, and are gone. */
  readonly removed: string[];
  /** Of zones that other servers give us: left as the backup has them. */
  readonly fetched: string[];
}

/** What the zones go back to. */
export interface RewindMoment {
  /** Unix milliseconds: what was journalled later is undone. */
  readonly atMs: number;
  /** Or, where that is known, what has a higher number than this one. */
  readonly sequence?: number;
}

/**
 * @param earlier the store as of a backup not younger than the moment, if there is one; asked only
 *   when a zone needs it
 * @throws CodedError RESTORE_MOMENT when a zone cannot be had as of then; others may have been
 *   changed already, so the store has to be thrown away
 */
export async function rewindZones(
  offline: OfflineZones,
  moment: RewindMoment,
  earlier: (() => Promise<KeyValueReader>) | undefined,
): Promise<RewindReport> {
  const report: RewindReport = { rewound: [], removed: [], fetched: [] };
  const refused: string[] = [];
  for (const steps of (await readSteps(offline, moment)).values()) {
    const [{ zone, kind }] = steps;
    const name = formatName(zone);
    const state = offline.zones.find(zone);
    if (state !== undefined && isFetched(state.row.settings)) report.fetched.push(name);
    else if (kind === 'create') {
      const context = restoreContext(offline.clock.nowMs());
      if (state !== undefined) await commitRemoval(offline, state.row, context);
      report.removed.push(name);
    } else {
      const why =
        (await stepBack(offline, state, steps)) && (await rebuildZone(offline, steps, earlier));
      if (why === undefined) report.rewound.push(name);
      else refused.push(`zone ${name} ${why}`);
    }
  }
  if (refused.length === 0) return report;
  throw new CodedError(
    'RESTORE_MOMENT',
    `${formatInstant(moment.atMs)} cannot be reached for ${refused.length} of the zones: ` +
      `${refused.slice(0, 5).join('; ')}. Choose another moment, or a backup by its id`,
  );
}

/** By zone, what the journal has of the time after the moment, oldest first. */
async function readSteps(
  { journal }: OfflineZones,
  { atMs, sequence }: RewindMoment,
): Promise<Map<string, Step[]>> {
  const zones = new Map<string, Step[]>();
  for await (const { edits: _, ...step } of journal.newest()) {
    if (sequence === undefined ? step.begunAtMs <= atMs : step.sequence <= sequence) return zones;
    const key = nameKey(step.zone);
    const steps = zones.get(key);
    if (steps === undefined) zones.set(key, [step]);
    else steps.unshift(step);
  }
  if (journal.first <= (sequence ?? 0) + 1) return zones;
  throw new CodedError(
    'RESTORE_MOMENT',
    `${formatInstant(atMs)} is before the oldest change that the journal still has: choose a ` +
      'later moment, or a backup by its id',
  );
}

/** @returns `undefined`: done; otherwise true: the journal alone does not lead there */
async function stepBack(
  offline: OfflineZones,
  state: ZoneState | undefined,
  steps: readonly Step[],
): Promise<true | undefined> {
  const isStepwise = steps.every(({ kind }) => kind === 'change' || kind === 'settings');
  if (state === undefined || !isStepwise || state.row.signed) return true;
  const { journal, clock } = offline;
  try {
    const operations = await readRestore(journal, state.row, steps[0].version - 1);
    if (operations.length > 0) {
      const work = await makeChange(offline, state, operations);
      if (work.isChanged) await commitChanges(offline, [work]);
    }
  } catch (error) {
    if (errorCode(error) === 'HISTORY_GONE') return true;
    throw error;
  }
  const context = restoreContext(clock.nowMs());
  await commitSettings(offline, state, settingsBefore(steps), context);
  return undefined;
}

/** What the settings that changed were before the first change of each. */
function settingsBefore(steps: readonly Step[]): Partial<ZoneSettings> {
  const before: Record<string, unknown> = {};
  for (const { settings } of steps.toReversed()) Object.assign(before, settings?.before);
  return before;
}
