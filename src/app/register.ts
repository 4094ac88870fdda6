/**
 * The register of names inside `holdfast serve`: its rows lie in the server's store beside the
 * zones, its commands go through one runner whoever sends them, and what they change is brought
 * into the zones. Registrars come in by `registrar-access.ts` once all of this stands.
 *
 *     command -> CommandRunner -> StoredRegister -> DelegationPublisher -> ZoneDb
 *     clock   -> jobs ----^
 */
import type { Registry } from 'prom-client';
import { DelegationPublisher, openTasksOf } from '#app/adapters/delegation-sink.ts';
import { MonthlyTransactions } from '#app/adapters/monthly-transactions.ts';
import { PUBLISH_LOOK_MS, PublishAlarm, watchPublishing } from '#app/adapters/register-metrics.ts';
import { RemovalBrake } from '#app/adapters/removal-brake.ts';
import type { EppConfiguration } from '#app/config/register-sections.ts';
import { repeatEvery } from '#app/repeat-every.ts';
import type { ProcessParts } from '#app/running-process.ts';
import { formatHex } from '#base/bytes.ts';
import { CodedError, errorMessage } from '#base/coded-error.ts';
import type { Random } from '#base/random.ts';
import { parseName } from '#dns/wire/name.ts';
import { openMendingStore } from '#dns/zonedb/mend-store.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import { StoredRegister } from '#registry/db/stored-register.ts';
import type { CommandContext } from '#registry/flow/command-context.ts';
import { RegisterJobs } from '#registry/flow/lifecycle.ts';
import { tldCreate } from '#registry/flow/operator/tld-policy.ts';
import { CommandRunner } from '#registry/flow/run-command.ts';
import { type Caller, REGISTER } from '#registry/model/caller.ts';
import type { KeyValueStore } from '#store/key-value-store.ts';

const JOB_INTERVAL_MS = 1_000;
const MONTH_LOOK_MS = 60_000;
/** Of a run of the jobs; what is due then waits for the next one. */
const JOB_ROUNDS_MAX = 20;
const TRID_SIZE = 10;
/** Of a TLD that the operator has set no prices for: nothing is charged, in this currency. */
const CURRENCY_DEFAULT = 'USD';
const FREE = { create: 0, renew: 0, transfer: 0, restore: 0 };
const REPOSITORY_ID_SIZE_MAX = 8;

export interface OpenRegister {
  register: StoredRegister;
  runner: CommandRunner;
  /** For the operator's commands. */
  context: CommandContext & { register: StoredRegister };
  publisher: DelegationPublisher;
  brake: RemovalBrake;
}

export interface RegisterSurroundings {
  store: KeyValueStore;
  zones: ZoneDb;
  registry: Registry;
}

/**
 * Opens the register and begins to bring zones in line with it; closed with `stack`.
 * @throws CodedError REGISTER_ZONE for a TLD whose zone is not served here; StoreError
 */
export async function openRegister(
  { tlds }: EppConfiguration,
  { store, zones, registry }: RegisterSurroundings,
  parts: ProcessParts,
  stack: AsyncDisposableStack,
): Promise<OpenRegister> {
  const { clock, random, log } = parts;
  for (const tld of tlds) demandZone(zones, tld);
  const register = await openMendingStore(store, 'register', log, () =>
    StoredRegister.open({ store, clock, random, log }),
  );
  stack.defer(() => register.close());
  const context = { register, clock, random };
  await addTlds(context, tlds, parts);
  const brake = await RemovalBrake.open(store, clock);
  const publisher = new DelegationPublisher({
    register: openTasksOf(register),
    zones,
    brake,
    clock,
    log,
  });
  register.attach(publisher);
  publisher.start();
  stack.defer(() => publisher.close());
  watchPublishing(registry, publisher);
  const alarm = new PublishAlarm(publisher, log);
  const timer = setInterval(() => alarm.look(), PUBLISH_LOOK_MS);
  stack.defer(() => clearInterval(timer));
  const stop = new AbortController();
  const due = new RegisterJobs(context, ({ type, key, reason }) =>
    log.error({ type, key, reason }, 'an object of the register cannot be moved on'),
  );
  const jobs = repeatEvery(JOB_INTERVAL_MS, () => runJobs(due, parts, stop.signal));
  stack.defer(() => {
    stop.abort();
    return jobs.close();
  });
  const { journal } = zones;
  const monthly = new MonthlyTransactions({ register, journal, store, clock });
  const looks = repeatEvery(MONTH_LOOK_MS, () => tellMonths(monthly, parts));
  stack.defer(() => looks.close());
  return { register, runner: new CommandRunner(context), context, publisher, brake };
}

/** A caller for what the register does by itself. */
export function registerCaller(nowMs: number, random: Random): Caller {
  const svTrid = `hf-${formatHex(random.bytes(TRID_SIZE))}`;
  return { registrar: REGISTER, svTrid, receivedAtMs: nowMs };
}

function demandZone(zones: ZoneDb, tld: string): void {
  if (zones.find(parseName(tld)) !== undefined) return;
  throw new CodedError(
    'REGISTER_ZONE',
    `epp.tlds: there is no zone ${tld} here; put a master file for it into nameserver.zones, ` +
      'make it with "holdfast zone import", or take it out of the list',
  );
}

/** Those that the register does not know begin with the usual rules, free of charge. */
async function addTlds(
  context: CommandContext,
  names: readonly string[],
  { clock, random, log }: ProcessParts,
): Promise<void> {
  const known = new Set(context.register.tlds().map(({ name }) => name));
  for (const name of names.map((text) => text.slice(0, -1))) {
    if (known.has(name)) continue;
    const letters = name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
    const repositoryId = letters.slice(0, REPOSITORY_ID_SIZE_MAX);
    const tld = { name, repositoryId, currency: CURRENCY_DEFAULT, prices: FREE };
    await tldCreate(context, tld, registerCaller(clock.nowMs(), random));
    log.info({ tld: name }, 'a TLD with the usual rules, free of charge: set its own');
  }
}

/** Names whose time has come move on; what cannot be moved is said and tried again. */
async function runJobs(
  jobs: RegisterJobs,
  { clock, log }: ProcessParts,
  stop: AbortSignal,
): Promise<void> {
  try {
    for (let round = 0; round < JOB_ROUNDS_MAX && !stop.aborted; round++) {
      if (!(await jobs.run(clock.nowMs()))) return;
    }
  } catch (error) {
    log.error({ reason: errorMessage(error) }, 'jobs of the register failed; trying again');
  }
}

async function tellMonths(monthly: MonthlyTransactions, { log }: ProcessParts): Promise<void> {
  try {
    for (const month of await monthly.tellEnded()) {
      log.info({ month }, 'told what registrars did in a month');
    }
  } catch (error) {
    log.error({ reason: errorMessage(error) }, 'a month was not told; trying again');
  }
}
