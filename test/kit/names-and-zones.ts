/**
 * A register whose zones follow it, as a name server has them: one store with a mirror, the zone
 * database, the register with the TLD `tld` and the registrars `alpha` and `beta`, and what brings
 * delegations from it into the zone; all by a clock that the test moves.
 */
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { DelegationPublisher, openTasksOf } from '#app/adapters/delegation-sink.ts';
import { RemovalBrake } from '#app/adapters/removal-brake.ts';
import type { Clock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import { ImageWriter } from '#dns/image/image-writer.ts';
import { ZoneDb } from '#dns/zonedb/zone-db.ts';
import { StoredRegister } from '#registry/db/stored-register.ts';
import { TLD_DEFAULTS } from '#registry/flow/operator/tld-policy.ts';
import { CommandRunner } from '#registry/flow/run-command.ts';
import { REGISTER } from '#registry/model/caller.ts';
import type { ObjectKey } from '#registry/model/register.ts';
import { type LevelStore, openLevelStore } from '#store/level-store.ts';
import { ALPHA, BETA, callerOf, registrarOf, START_MS } from './two-registrars.ts';
import { createExample } from './zone-db.ts';

export interface NamesAndZones {
  readonly store: LevelStore;
  readonly zones: ZoneDb;
  readonly register: StoredRegister;
  readonly runner: CommandRunner;
  /** Begins to bring delegations into the zone; what waited goes first. */
  readonly publish: () => void;
  /** Resolves when no task waits. */
  readonly settled: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** @param folder a data folder, with a store in it or without */
export async function openNamesAndZones(folder: string, clock: Clock): Promise<NamesAndZones> {
  const store = await openLevelStore(join(folder, 'store'), { mirror: true, clock });
  const random = seededRandom(1);
  const log = silentLog();
  const image = ImageWriter.create({ random, clock, sizeBytes: 32 << 20 });
  const zones = await ZoneDb.open({ store, image, clock, log, onSighting: () => {} });
  const register = await StoredRegister.open({ store, clock, random, log });
  const brake = await RemovalBrake.open(store, clock);
  const publisher = new DelegationPublisher({
    register: openTasksOf(register),
    zones,
    brake,
    clock,
    log,
  });
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await publisher.close();
    await register.close();
    await zones.close();
    await store.close();
  };
  onTestFinished(close);
  return {
    store,
    zones,
    register,
    runner: new CommandRunner({ register, clock, random }),
    publish: () => {
      register.attach(publisher);
      publisher.start();
    },
    settled: async () => {
      while ((await register.tasks(0, 1)).length > 0) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
    close,
  };
}

/** The TLD with its zone, the registrars, and external hosts. */
export async function fillNamesAndZones(
  { register, zones }: NamesAndZones,
  hosts: readonly string[],
): Promise<void> {
  await createExample(zones, [], {}, 'tld.');
  const prices = { create: 1_000, renew: 1_000, transfer: 1_000, restore: 5_000 };
  const rules = { ...TLD_DEFAULTS, repositoryId: 'TEST', currency: 'USD', prices, labelMin: 2 };
  const keys: ObjectKey[] = [`registrar/${ALPHA}`, `registrar/${BETA}`];
  keys.push(...hosts.map((name) => `host/${name}` as const));
  const made = { sponsor: ALPHA, createdBy: ALPHA, createdAtMs: START_MS };
  await register.run(callerOf(REGISTER), 'test', keys, async (draft) => {
    draft.putTld({ ...rules, name: 'tld', contacts: 'none' });
    for (const id of [ALPHA, BETA]) draft.putRegistrar(registrarOf(id));
    for (const [at, name] of hosts.entries()) {
      draft.putHost({ ...made, roid: `H${at}-TEST`, name, addresses: [], statuses: [] });
    }
    await Promise.resolve();
  });
}
