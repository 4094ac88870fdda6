/**
 * Registrars send commands, operators change zones, backups are made in between: a restore to any
 * moment brings back exactly the register and the zones that there were, as a model beside it has
 * kept them, and the zones follow the register. Time is a clock that only the test moves.
 */
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeRows } from '#app/describe-rows.ts';
import { isRegisterRow, logRegister } from '#app/register-rows.ts';
import { type RestoreReport, restoreData } from '#app/restore-data.ts';
import { latin1 } from '#base/bytes.ts';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { formatName, type Name, parseName } from '#dns/wire/name.ts';
import { readDelegation } from '#registry/flow/delegation.ts';
import type { RegistryCommand } from '#registry/model/command.ts';
import { RegistryError } from '#registry/model/result.ts';
import { BackupRunner } from '#store/backup/backup-runner.ts';
import { KEYSPACE } from '#store/keyspace.ts';
import { backupFixture } from '../../kit/backup-fixture.ts';
import { domainUpdate, status } from '../../kit/domain-fixture.ts';
import {
  fillNamesAndZones,
  type NamesAndZones,
  openNamesAndZones,
} from '../../kit/names-and-zones.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { readAllRows } from '../../kit/temporary-store.ts';
import { ALPHA, BETA, callerOf, domainCommand, START_MS } from '../../kit/two-registrars.ts';
import { contextOf, createExample, listRecords, replace } from '../../kit/zone-db.ts';

const RUNS = 3;
/** Moments that each run restores to. */
const RESTORES = 7;
const OWNERS = ['one.tld', 'two.tld', 'six.tld', 'ten.tld'];
const SERVERS = ['ns1.example', 'ns2.example'];
const TLD_APEX = parseName('tld.');
const PLAIN_APEX = parseName('example.com.');

type Step =
  | { readonly send: RegistryCommand; readonly by: string }
  | { readonly edit: number }
  | 'remove zone'
  | 'create zone'
  | 'wait'
  | 'full'
  | 'incremental';

const owner = fc.constantFrom(...OWNERS);
const servers = fc.subarray(SERVERS);
const commands = fc.oneof(
  fc.tuple(owner, servers).map(([name, hosts]) => domainCommand(name, hosts)),
  owner.map((name) => ({ kind: 'domain:delete' as const, name })),
  fc
    .tuple(owner, fc.constantFrom(...SERVERS))
    .map(([name, host]) => domainUpdate(name, { add: { nameservers: [host] } })),
  owner.map((name) => domainUpdate(name, { add: { statuses: [status('clientHold')] } })),
  owner.map((name) => domainUpdate(name, { remove: { statuses: ['clientHold'] } })),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ send: commands, by: fc.constantFrom(ALPHA, ALPHA, BETA) }),
  },
  { weight: 4, arbitrary: fc.nat({ max: 5 }).map((edit) => ({ edit })) },
  { weight: 1, arbitrary: fc.constantFrom<Step>('remove zone', 'create zone') },
  { weight: 3, arbitrary: fc.constant<Step>('wait') },
  { weight: 3, arbitrary: fc.constantFrom<Step>('full', 'incremental', 'incremental') },
);

/** What there was at a moment. */
interface Kept {
  readonly atMs: number;
  /** No task waited then: the zones were all that the register says. */
  readonly isSettled: boolean;
  readonly register: ReadonlyMap<string, string>;
  /** By zone, the serial left out; that of the TLD only where it was settled. */
  readonly zones: Record<string, string[]>;
}

it('any moment between backups comes back, names and zones alike', async () => {
  let past = 0;
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 25, maxLength: 40 }),
    fc.array(fc.nat(), { minLength: RESTORES, maxLength: RESTORES }),
    async (steps, picks) => {
      const run = await Run.open();
      for (const each of steps) await run.take(each);
      await run.end();
      const lost = run.kept.filter(({ atMs }) => run.isLost(atMs));
      const others = run.kept.filter((kept) => !lost.includes(kept));
      for (const pick of picks) {
        past += await checkMoment(run, others[pick % others.length], pick % 3);
      }
      for (const { atMs } of lost.slice(0, 1)) {
        const message = expect.stringContaining('zone example.com. is known');
        await expect(run.restore(atMs)).rejects.toMatchObject({ code: 'RESTORE_MOMENT', message });
      }
    },
  );
  await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
  // Restores that did not have to bring the register back prove nothing.
  expect(past).toBeGreaterThan(0);
}, 120_000);

class Run {
  readonly kept: Kept[] = [];
  readonly #backupsMs: number[] = [];
  /** When the plain zone was made or removed: the journal does not have what was in it. */
  readonly #wholesMs: number[] = [];
  readonly #cell = makeClockCell(START_MS);
  readonly #clock = openClock({ kind: 'cell', cell: this.#cell });
  #live!: NamesAndZones;
  #backup!: Awaited<ReturnType<typeof backupFixture>>;
  #runner!: BackupRunner;

  static async open(): Promise<Run> {
    const run = new Run();
    run.#live = await openNamesAndZones(await temporaryFolder(), run.#clock);
    await fillNamesAndZones(run.#live, SERVERS);
    run.#live.publish();
    run.#backup = await backupFixture(run.#live.store);
    run.#runner = new BackupRunner({
      ...run.#backup.options,
      clock: run.#clock,
      describe: describeRows,
      logFilter: logRegister,
    });
    await run.take('full');
    return run;
  }

  async take(each: Step): Promise<void> {
    setClockCell(this.#cell, this.#clock.nowMs() + 1000);
    if (each === 'full' || each === 'incremental') return this.#backUp(each);
    const isSettled = each === 'wait';
    if (isSettled) await this.#live.settled();
    else await this.#change(each);
    this.kept.push({
      atMs: this.#clock.nowMs(),
      isSettled,
      register: await registerOf(this.#live),
      zones: await zonesOf(this.#live, isSettled),
    });
  }

  /** The moments since the newest backup are between two as well. */
  async end(): Promise<void> {
    await this.take('wait');
    await this.take('incremental');
    await this.#runner.close();
    await this.#live.close();
  }

  /** The plain zone was made or removed on both sides of the moment, up to the next backups. */
  isLost(atMs: number): boolean {
    const beforeMs = this.#backupsMs.findLast((backupMs) => backupMs <= atMs) ?? 0;
    const afterMs = this.#backupsMs.find((backupMs) => backupMs > atMs) ?? 0;
    const isWithin = (fromMs: number, toMs: number): boolean =>
      this.#wholesMs.some((wholeMs) => fromMs < wholeMs && wholeMs <= toMs);
    return isWithin(beforeMs, atMs) && isWithin(atMs, afterMs);
  }

  async restore(atMs: number): Promise<{ report: RestoreReport; restored: NamesAndZones }> {
    const into = join(await temporaryFolder(), 'data');
    const { a: location } = this.#backup;
    const clock = this.#clock;
    const report = await restoreData({ atMs, location, into, identities: [], clock });
    return { report, restored: await openNamesAndZones(into, clock) };
  }

  async #backUp(kind: 'full' | 'incremental'): Promise<void> {
    const { locations } = await this.#runner.run(kind);
    this.#backupsMs.push(this.#clock.nowMs());
    if (!locations.every(({ verified }) => verified)) throw new Error('a backup failed');
  }

  async #change(each: Exclude<Step, string> | 'remove zone' | 'create zone'): Promise<void> {
    const { zones, runner } = this.#live;
    const isThere = zones.find(PLAIN_APEX) !== undefined;
    if (each === (isThere ? 'remove zone' : 'create zone')) {
      this.#wholesMs.push(this.#clock.nowMs());
    }
    if (each === 'remove zone') {
      if (isThere) await zones.remove(PLAIN_APEX, contextOf());
    } else if (each === 'create zone') {
      if (!isThere) await createExample(zones);
    } else if ('edit' in each) {
      const operations = [replace('www.example.com.', 'A', 60, `192.0.2.${each.edit}`)];
      if (isThere) await zones.apply({ zone: PLAIN_APEX, operations, context: contextOf() });
    } else {
      const caller = callerOf(each.by, `SV-${this.#clock.nowMs()}`);
      await runner.run(each.send, caller).catch((error: unknown) => {
        if (!(error instanceof RegistryError)) throw error;
      });
    }
  }
}

/** @param laterMs after the moment, before the next step. @returns 1 if the register went back */
async function checkMoment(run: Run, kept: Kept, laterMs: number): Promise<number> {
  const { report, restored } = await run.restore(kept.atMs + laterMs);
  expect(await registerOf(restored)).toEqual(kept.register);
  const tasks = await restored.register.tasks(0, 100);
  expect(kept.isSettled ? tasks : []).toEqual([]);
  restored.publish();
  await restored.settled();
  expect(await zonesOf(restored, kept.isSettled)).toEqual(kept.zones);
  await checkDelegations(restored);
  await restored.close();
  return report.register === undefined ? 0 : 1;
}

/** Rows of the register without the tasks, which come and go by themselves. */
async function registerOf({ store }: NamesAndZones): Promise<Map<string, string>> {
  const rows = await readAllRows(store);
  return new Map(
    rows
      .filter(({ key }) => isRegisterRow(key) && key[0] !== KEYSPACE.registryTask)
      .map(({ key, value }) => [latin1(key), latin1(value)]),
  );
}

async function zonesOf({ zones }: NamesAndZones, isSettled: boolean): Promise<Kept['zones']> {
  const found: Kept['zones'] = {};
  for (const apex of zones.names()) {
    const name = formatName(apex);
    if (name === formatName(TLD_APEX) && !isSettled) continue;
    found[name] = await recordsOf(zones, apex);
  }
  return found;
}

async function recordsOf(zones: NamesAndZones['zones'], apex: Name): Promise<string[]> {
  const records = await listRecords(zones, apex);
  return records.map((line) => line.replace(/( SOA \S+ \S+) \d+/, '$1'));
}

async function checkDelegations({ zones, register }: NamesAndZones): Promise<void> {
  const records = await listRecords(zones, TLD_APEX);
  for (const name of OWNERS) {
    const { nameservers } = await readDelegation(register, 'tld', name);
    const found = records.filter((line) => line.startsWith(`${name}. `) && line.includes(' NS '));
    expect(found.map((line) => line.replace(/^.* NS (.*)\.$/, '$1')).sort()).toEqual(
      [...nameservers].sort(),
    );
  }
}
