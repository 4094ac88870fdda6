/**
 * The deck. Each card finds a server that runs and equals the model, and leaves either that, or a dead
 * process and a data folder that the next start must take and serve as the model says.
 */
import { expect } from 'vitest';
import {
  backupChain,
  damagedBackup,
  lostLocations,
  lostStore,
  restoredBackup,
} from './backup-faults.ts';
import { damagedStore, damageWhileRunning, startOnDamage } from './damage-faults.ts';
import { crashes, failedCalls, failedDisk, fullDisk, tornWrites } from './disk-faults.ts';
import type { FaultRun } from './fault-run.ts';
import { primaryDies, secondaryDamaged, secondaryDies } from './secondary-faults.ts';

export type Fault = (run: FaultRun) => Promise<void>;

export const FAULTS: Readonly<Record<string, Fault>> = {
  stop: async (run) => {
    expect(await run.server.stop()).toBe(0);
  },
  kill: (run) => run.killAmidst(),
  crashes,
  'torn writes': tornWrites,
  'full disk': fullDisk,
  'disk made read-only': failedDisk,
  'failed system calls': failedCalls,
  'lost locations': lostLocations,
  'restored backup': restoredBackup,
  'lost store': lostStore,
  'damaged backup': damagedBackup,
  'chain of backups': backupChain,
  'damaged store': damagedStore,
  'start on a damaged store': startOnDamage,
  'damage while running': damageWhileRunning,
  'secondary dies': secondaryDies,
  'primary of a secondary dies': primaryDies,
  'damaged secondary': secondaryDamaged,
};
