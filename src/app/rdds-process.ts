/**
 * `holdfast rdds`: composition root of the directory services. Built in the order in which things
 * depend on each other, disposed of in reverse:
 *
 *     database B -> directory -> follower, lag -> WHOIS -> RDAP and the page, /metrics, /healthz
 *
 * It needs nothing of the register but its stream: while the register is away it answers from what
 * it has, and says as of when.
 */
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { RddsHealth } from '#app/adapters/rdds-health.ts';
import { RddsMetrics } from '#app/adapters/rdds-metrics.ts';
import type { Configuration, RddsConfiguration } from '#app/config/configuration.ts';
import { requireSection } from '#app/config/require-section.ts';
import { REPLICA_FOLDER } from '#app/data-folder.ts';
import { repeatEvery } from '#app/repeat-every.ts';
import { markReplicaDamaged, openReplicaFolder } from '#app/replica-folder.ts';
import type { ProcessParts, RunningProcess } from '#app/running-process.ts';
import { TlsCertificate } from '#app/tls-certificate.ts';
import { errorMessage } from '#base/coded-error.ts';
import { sayReady } from '#base/log.ts';
import { RequestRates } from '#base/request-rates.ts';
import { readApiKey } from '#http/api-key.ts';
import { registerStylesheet } from '#http/site/stylesheet-route.ts';
import { formatListenAddress } from '#net/listen-address.ts';
import { Directory } from '#registry/rdds/directory.ts';
import { openRddsHttp, type RddsHttpOptions } from '#registry/rdds/rdds-http.ts';
import { RegisterFollower } from '#registry/rdds/replica/register-follower.ts';
import { ReplicaEvents } from '#registry/rdds/replica/replica-events.ts';
import { ReplicaLag } from '#registry/rdds/replica/replica-lag.ts';
import { ReplicaStore } from '#registry/rdds/replica/replica-store.ts';
import { startWhoisServer } from '#registry/rdds/whois/whois-server.ts';

const LAG_STEP_MS = 1_000;
/** A first copy is waited for, so that who starts after us finds something. */
const FIRST_COPY_WAIT_MS = 10_000;
const FIRST_COPY_LOOK_MS = 50;

export interface RddsOptions {
  configuration: Configuration;
}

/** @throws CodedError of whatever cannot be had; everything that was opened is closed again */
export async function startRdds(
  { configuration }: RddsOptions,
  parts: ProcessParts,
): Promise<RunningProcess> {
  const rdds = requireSection(configuration, 'rdds');
  const { clock, log } = parts;
  await using stack = new AsyncDisposableStack();
  const database = await openDatabase(configuration, parts, stack);
  const { replica, events, damaged } = database;
  const follower = startFollower(rdds, database, parts, stack);
  const lag = new ReplicaLag({
    asOfMs: () => replica.mark?.asOfMs,
    onSample: (atMs, lagMs) => events.add(atMs, lagMs).catch(database.onDamaged),
    clock,
    log,
  });
  const registry = new Registry();
  const metrics = new RddsMetrics({
    registry,
    lagMs: () => lag.lagMs,
    isConnected: () => follower.isConnected,
    sequence: () => replica.mark?.sequence ?? 0,
  });
  await awaitFirstCopy(replica, parts);
  const steps = repeatEvery(LAG_STEP_MS, () => lag.step());
  stack.defer(() => steps.close());
  const directory = new Directory({ replica, clock, onDamaged: database.onDamaged });
  const count: RddsHttpOptions['count'] = (service, outcome) => metrics.count(service, outcome);
  const rates = () => new RequestRates(rdds.rateLimit, clock);
  const { whois } = rdds.listen;
  const lookups = { directory, count };
  const server = await startWhoisServer({ listen: whois, rates: rates(), log, ...lookups });
  stack.defer(() => server.close());
  const reload = await startHttp(
    rdds,
    {
      ...lookups,
      events,
      rates: rates(),
      url: rdds.url,
      metrics: registry,
      health: new RddsHealth(whois, () => lag.lagMs),
    },
    parts,
    stack,
  );
  const { http, https } = rdds.listen;
  sayReady(log, {
    whois: formatListenAddress(whois),
    http: formatListenAddress(http),
    ...(https && { https: formatListenAddress(https) }),
  });
  const running = stack.move();
  return { close: () => running.disposeAsync(), reload, failed: damaged };
}

interface Database {
  replica: ReplicaStore;
  events: ReplicaEvents;
  /** To be called by whoever meets a damaged row. */
  onDamaged: (error: unknown) => void;
  /** Rejects then: the process has to begin anew. */
  damaged: Promise<never>;
}

async function openDatabase(
  { data }: Configuration,
  { log }: ProcessParts,
  stack: AsyncDisposableStack,
): Promise<Database> {
  const folder = join(data, REPLICA_FOLDER);
  const store = await openReplicaFolder(folder, log);
  stack.defer(() => store.close());
  const { promise: damaged, reject } = Promise.withResolvers<never>();
  // Who holds the process decides whether to listen; nobody listening is not a crash.
  damaged.catch(() => undefined);
  const giveUp = async (failure: unknown): Promise<void> => {
    const reason = errorMessage(failure);
    log.error({ reason }, 'database B cannot go on: it begins anew at the next start');
    // Without the mark the next start meets the damage again, later.
    await markReplicaDamaged(folder, reason).catch(() => undefined);
    reject(failure);
  };
  const onDamaged = (failure: unknown): void => void giveUp(failure);
  const replica = await ReplicaStore.open(store);
  return { replica, events: await ReplicaEvents.open(store), onDamaged, damaged };
}

function startFollower(
  { primary, keyFile }: RddsConfiguration,
  { replica, onDamaged }: Database,
  { random, log }: ProcessParts,
  stack: AsyncDisposableStack,
): RegisterFollower {
  const readKey = (): Promise<string> => readApiKey(keyFile);
  const follower = new RegisterFollower({ replica, primary, readKey, onDamaged, random, log });
  follower.start();
  stack.defer(() => follower.close());
  return follower;
}

async function awaitFirstCopy(replica: ReplicaStore, { clock, log }: ProcessParts): Promise<void> {
  const startUs = clock.monotonicUs();
  while (replica.mark === undefined) {
    if (clock.monotonicUs() - startUs > FIRST_COPY_WAIT_MS * 1000) {
      log.warn('no copy of the register yet: until there is one nothing is answered');
      return;
    }
    await new Promise((resolve) => void setTimeout(resolve, FIRST_COPY_LOOK_MS));
  }
}

/** Resolves when it listens, with what reads its certificate again. */
async function startHttp(
  { listen, tls, proxies }: RddsConfiguration,
  options: RddsHttpOptions,
  parts: ProcessParts,
  stack: AsyncDisposableStack,
): Promise<() => Promise<void>> {
  const { http, https } = listen;
  const shared = { ...parts, trustedProxies: proxies };
  const plain = await openRddsHttp(
    { ...shared, listen: { host: http.address, port: http.port } },
    options,
  );
  stack.defer(() => plain.close());
  registerStylesheet(plain.app);
  await plain.listen();
  if (https === undefined) return async () => undefined;
  const files = { listen: [https], certificate: tls?.certificate, key: tls?.key };
  const certificate = await TlsCertificate.open('rdds.tls', files, parts);
  const secure = await openRddsHttp(
    {
      ...shared,
      listen: { host: https.address, port: https.port },
      tls: certificate.credentials,
    },
    options,
  );
  stack.defer(() => secure.close());
  registerStylesheet(secure.app);
  await secure.listen();
  const watch = certificate.watch((credentials) => secure.replaceCertificate(credentials));
  stack.defer(() => watch.close());
  return () => certificate.reload((credentials) => secure.replaceCertificate(credentials));
}
