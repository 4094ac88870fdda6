/**
 * Restores on trial: the newest backup of a location becomes a scratch folder, as it would for an
 * operator, and is removed again. What counts is that it can be done.
 */
import { join } from 'node:path';
import { DRILL_FOLDER } from '#app/data-folder.ts';
import { withRestored } from './restore-process.ts';

export interface DrillOptions {
  /** The configuration file whose locations are meant. */
  config: string;
  location: string;
  /** The data folder; the scratch folder is made in it. */
  data: string;
  /** Ends the drill early, which then has failed. */
  signal: AbortSignal;
}

/** @returns why it failed, in one line, or `undefined` for a restore that was good */
export async function drillRestore(options: DrillOptions): Promise<string | undefined> {
  const scratch = join(options.data, DRILL_FOLDER, options.location);
  return withRestored({ ...options, scratch }, async (why) => why);
}
