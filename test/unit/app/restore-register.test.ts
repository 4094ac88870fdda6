import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeRows } from '#app/describe-rows.ts';
import { checkRegisterLog, logRegister } from '#app/register-rows.ts';
import { restoreData } from '#app/restore-data.ts';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { parseName } from '#dns/wire/name.ts';
import { REGISTER } from '#registry/model/caller.ts';
import { BackupRunner, type BackupRunnerOptions } from '#store/backup/backup-runner.ts';
import type { BackupKind } from '#store/backup/manifest.ts';
import { KEYSPACE } from '#store/keyspace.ts';
import { backupFixture } from '../../kit/backup-fixture.ts';
import { fillNamesAndZones, openNamesAndZones } from '../../kit/names-and-zones.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import {
  ALPHA,
  BETA,
  callerOf,
  domainCommand,
  registrarOf,
  START_MS,
} from '../../kit/two-registrars.ts';
import { listRecords } from '../../kit/zone-db.ts';

const SERVER = 'ns1.example';

async function started(given: Partial<BackupRunnerOptions> = {}) {
  const cell = makeClockCell(START_MS);
  const clock = openClock({ kind: 'cell', cell });
  const live = await openNamesAndZones(await temporaryFolder(), clock);
  await fillNamesAndZones(live, [SERVER]);
  const { options, a, folder } = await backupFixture(live.store);
  const parts = {
    clock,
    describe: describeRows,
    logFilter: logRegister,
    checkLog: checkRegisterLog,
    ...given,
  };
  const runner = new BackupRunner({ ...options, ...parts });
  const step = async <T>(work: () => Promise<T>): Promise<T> => {
    setClockCell(cell, clock.nowMs() + 1000);
    return work();
  };
  return {
    ...live,
    folder,
    setBack: (byMs: number): void => setClockCell(cell, clock.nowMs() - byMs),
    /** A second later; @returns when. */
    create: async (name: string): Promise<number> =>
      step(async () => {
        await live.runner.run(domainCommand(name, [SERVER]), callerOf(ALPHA));
        return clock.nowMs();
      }),
    /** Past all rules; @returns when. */
    put: async (id: string, changes: object | undefined): Promise<number> =>
      step(async () => {
        await live.register.run(callerOf(REGISTER), 'test', [`registrar/${id}`], async (draft) => {
          if (changes === undefined) draft.deleteRegistrar(id);
          else draft.putRegistrar(registrarOf(id, changes));
          await Promise.resolve();
        });
        return clock.nowMs();
      }),
    verify: async (id: string): Promise<void> => runner.verify(a.name, id),
    backUp: async (kind: BackupKind = 'incremental'): Promise<string> =>
      step(async () => (await runner.run(kind)).id),
    restore: async (atMs: number) => {
      const into = join(await temporaryFolder(), 'data');
      const report = await restoreData({ atMs, location: a, into, identities: [], clock });
      return { report, restored: await openNamesAndZones(into, clock) };
    },
  };
}

describe('the register brought to a moment', () => {
  it('has the names of then, and the zone follows them after the start', async () => {
    const { create, backUp, restore } = await started();
    await backUp();
    await create('one.tld');
    const atMs = await create('two.tld');
    await create('six.tld');
    await backUp();
    const { report, restored } = await restore(atMs + 500);
    expect(report.register).toMatchObject({ reachedMs: atMs, registrars: [] });
    expect(await restored.register.domain('two.tld')).toBeDefined();
    expect(await restored.register.domain('six.tld')).toBeUndefined();
    // What nobody had done yet is still to be done.
    const delegated = async () =>
      (await listRecords(restored.zones, parseName('tld.'))).filter((line) =>
        line.endsWith(` NS ${SERVER}.`),
      );
    expect(await delegated()).toEqual([]);
    restored.publish();
    await restored.settled();
    expect(await delegated()).toHaveLength(2);
  });

  it('is what there was when the clock last passed the moment, where the clock was set', async () => {
    const { create, backUp, restore, setBack } = await started();
    await backUp();
    setBack(-3_600_000);
    await create('one.tld');
    setBack(3_600_000);
    const atMs = await create('two.tld');
    await create('six.tld');
    await backUp();
    const { restored } = await restore(atMs);
    for (const name of ['one.tld', 'two.tld']) {
      expect(await restored.register.domain(name)).toBeDefined();
    }
    expect(await restored.register.domain('six.tld')).toBeUndefined();
  });

  it('lets nobody in who had lost his access since', async () => {
    const { put, create, backUp, restore } = await started();
    const balance = { USD: 5 };
    await put(ALPHA, { passwordHash: 'leaked', certificates: ['01'], balance: { USD: 1_000_000 } });
    await put('gamma', { passwordHash: 'theirs' });
    await backUp();
    await create('one.tld');
    const atMs = await create('two.tld');
    await put(ALPHA, { passwordHash: 'fresh', certificates: ['02'], balance });
    await put(BETA, { state: 'suspended', balance });
    await put('gamma', undefined);
    await backUp();
    const { report, restored } = await restore(atMs);
    expect(report.register?.registrars.toSorted()).toEqual([ALPHA, BETA, 'gamma']);
    const { register } = restored;
    const alpha = await register.registrar(ALPHA);
    expect(alpha).toMatchObject({ passwordHash: 'fresh', certificates: ['02'] });
    expect(alpha?.balance['USD']).toBe(998_000);
    expect(await register.registrar(BETA)).toMatchObject({ state: 'suspended' });
    expect(await register.registrar('gamma')).toMatchObject({ state: 'suspended' });
  });

  it('is refused, with the reason, where there is no log of it', async () => {
    const { create, backUp, restore, folder } = await started();
    const first = await backUp();
    await create('one.tld');
    const second = await backUp();
    const atMs = await create('two.tld');
    await create('six.tld');
    const third = await backUp();
    await rm(join(folder, 'a', second), { recursive: true });
    await expect(restore(atMs)).rejects.toMatchObject({
      code: 'RESTORE_MOMENT',
      message: expect.stringMatching(
        new RegExp(
          `goes on from ${second}, which is not there .* Restore ${first} of .* or ${third} of`,
        ),
      ),
    });
    await rm(join(folder, 'a', first), { recursive: true });
    await expect(restore(START_MS + 500)).rejects.toMatchObject({ code: 'RESTORE_MOMENT' });
  });

  it('is refused where the log does not lead from one backup to the other', async () => {
    const { create, backUp, restore, verify } = await started({
      logFilter: (write) =>
        write.key[0] === KEYSPACE.registryHostUse ? undefined : logRegister(write),
    });
    await backUp();
    const atMs = await create('one.tld');
    await create('two.tld');
    const id = await backUp();
    await expect(restore(atMs)).rejects.toMatchObject({ code: 'RESTORE_DIFFERS' });
    await expect(verify(id)).rejects.toMatchObject({
      code: 'BACKUP_DAMAGED',
      message: expect.stringContaining('its log does not lead'),
    });
  });

  it('is seen to be possible when a backup is verified', async () => {
    const { create, put, backUp, verify, folder } = await started();
    const ids = [await backUp('full')];
    await create('one.tld');
    await put('gamma', {});
    await put('gamma', undefined);
    ids.push(await backUp(), await backUp());
    await create('two.tld');
    ids.push(await backUp('full'));
    for (const id of ids) await expect(verify(id)).resolves.toBeUndefined();
    // Retention may take what the log goes on from.
    await rm(join(folder, 'a', ids[2]), { recursive: true });
    await expect(verify(ids[3])).resolves.toBeUndefined();
  });
});
