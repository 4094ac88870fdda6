/**
 * Looks at stores that no process has open: copies of the run's own, and what restores made. A server
 * is opened on them in this process, its own way from the store to the zones.
 */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '#base/coded-error.ts';
import type { FaultRun } from './fault-run.ts';
import type { Settling, ZoneModel, ZoneViews } from './zone-model.ts';
import { viewFolder } from './zone-view.ts';

/**
 * Each copy decides anew what became of changes in doubt: one that only the mirror has whole happens
 * unless that is torn or damaged.
 */
export const UNDECIDED: Settling = { settles: false };

/** A data folder with a copy of the store, in place of the last such copy. @param from a store */
export async function copyStore(run: FaultRun, from = run.storeFolder): Promise<string> {
  const data = join(run.place.folder, 'copy');
  await rm(data, { recursive: true, force: true });
  await cp(from, join(data, 'store'), { recursive: true });
  return data;
}

/**
 * A folder must hold what the model says. Where something may be refused, it is the start, by a code,
 * or zones, by name.
 * @param model in place of the run's own, for one of another moment
 */
export async function expectFolder(
  run: FaultRun,
  data: string,
  what: string,
  settling: Settling = {},
  model: ZoneModel = run.model,
): Promise<void> {
  run.counts.trials += 1;
  try {
    const views = await viewFolder(run.place, data);
    noteRefusals(run, views);
    const lines = model.differences(views, { ...settling, isAside: true });
    if (lines.length > 0) throw new Error(`zones ${what}: ${lines.join('\n')}`);
  } catch (error) {
    if (settling.mayRefuse !== true || !(error instanceof CodedError)) throw error;
    run.counts.refusals += 1;
  }
}

/** A server whose store fails it shows nothing that the model does not, but may refuse zones. */
export function expectNoDifference(run: FaultRun, views: ZoneViews, what: string): void {
  const lines = run.model.differences(views, { ...UNDECIDED, mayRefuse: true });
  if (lines.length > 0) throw new Error(`zones ${what}: ${lines.join('\n')}`);
  noteRefusals(run, views);
}

function noteRefusals(run: FaultRun, views: ZoneViews): void {
  if ([...views.values()].some((view) => 'fault' in view)) run.counts.refusals += 1;
}
