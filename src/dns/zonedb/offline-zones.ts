/**
 * The zones of a store that no server runs on, as a restore changes them: the same rows, journal
 * and rules as the zone database, without an image and without anybody who is told.
 */
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { KeyValueStore } from '#store/key-value-store.ts';
import type { ChangeContext, Operation } from './change.ts';
import { writeWorks } from './commit-works.ts';
import { GenerationSweep } from './generation-sweep.ts';
import { Journal } from './journal.ts';
import type { ZoneDbParts } from './zone-db-parts.ts';
import { readZoneList, type ZoneState } from './zone-list.ts';
import { ZoneWork } from './zone-work.ts';

export type OfflineZones = Pick<ZoneDbParts, 'store' | 'journal' | 'clock' | 'zones' | 'sweep'>;

/** Close its `sweep` in the end. @throws StoreError STORE_DAMAGED */
export async function openOfflineZones(
  store: KeyValueStore,
  clock: Clock,
  log: Log,
): Promise<OfflineZones> {
  const zones = await readZoneList(store);
  const named = new Set([...zones.all()].map(({ row }) => row.generation));
  const journal = await Journal.open(store);
  return { store, journal, clock, zones, sweep: await GenerationSweep.open(store, log, named) };
}

/** Makes a change of records with a later serial, for `commitChanges`. @throws ChangeError */
export async function makeChange(
  { store, clock }: OfflineZones,
  state: ZoneState,
  operations: readonly Operation[],
): Promise<ZoneWork> {
  const { apex } = state.row;
  const nowMs = clock.nowMs();
  const change = { zone: apex, operations, context: restoreContext(nowMs) };
  const work = new ZoneWork(store, apex, state);
  await work.load([change]);
  work.apply(change, nowMs, fail, 'rise');
  return work;
}

/** Writes them as one, and what comes later sees the zones as they are then. */
export async function commitChanges(
  offline: OfflineZones,
  works: readonly ZoneWork[],
): Promise<void> {
  await writeWorks(offline, works);
  for (const { state, row } of works) state.row = row;
}

/** Raises what refuses a change of the restore's own. */
function fail(error: Error): never {
  throw error;
}

/** Who the journal names for what a restore did. */
export function restoreContext(nowMs: number): ChangeContext {
  return { source: 'restore', actor: 'restore', transactionId: 'restore', receivedAtMs: nowMs };
}
