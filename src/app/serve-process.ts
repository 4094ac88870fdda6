/**
 * `holdfast serve`: composition root of a name server. Built in the order in which things depend
 * on each other, disposed of in reverse:
 *
 *     sockets -> (root given up) -> store -> image -> zone database -> zone files -> register
 *         -> transfers -> packet threads -> watch -> backups -> admin -> EPP
 */
import { Registry } from 'prom-client';
import { openAccessLists } from '#app/access-lists.ts';
import { watchDisk } from '#app/adapters/disk-metrics.ts';
import { ServerMetrics, watchZones } from '#app/adapters/server-metrics.ts';
import { watchStore } from '#app/adapters/store-metrics.ts';
import { TransferAdapter } from '#app/adapters/zone-transfers.ts';
import { startAdministration } from '#app/administration.ts';
import { giveUpRoot, prepareAnswering, startAnswering } from '#app/answering.ts';
import type { Configuration } from '#app/config/configuration.ts';
import { requireSection } from '#app/config/require-section.ts';
import { rereadConfiguration } from '#app/config/reread-configuration.ts';
import { LIVE_EXCHANGES, openExchanges } from '#app/exchanges.ts';
import { readProgramVersion } from '#app/program-version.ts';
import { openRegister } from '#app/register.ts';
import { openRegistrarAccess } from '#app/registrar-access.ts';
import type { ProcessParts, RunningProcess } from '#app/running-process.ts';
import { openServedZones } from '#app/served-zones.ts';
import { SignatureWatch } from '#app/signature-watch.ts';
import { startScrub } from '#app/store-scrub.ts';
import { startZoneRepairs } from '#app/zone-repairs.ts';
import { sayReady } from '#base/log.ts';
import type { WatchedPlace } from '#dns/transfer/watched-server.ts';
import type { Name } from '#dns/wire/name.ts';
import { openMendingStore } from '#dns/zonedb/mend-store.ts';
import { formatListenAddress } from '#net/listen-address.ts';

export interface ServeOptions {
  configuration: Configuration;
  /** Sockets that a supervisor hands over, from descriptor 3 on. */
  inheritedCount?: number;
}

/**
 * @throws CodedError of whatever cannot be had: configuration, store, zone file, address, key;
 *   everything that was opened is closed again
 */
export async function startServe(
  { configuration, inheritedCount = 0 }: ServeOptions,
  parts: ProcessParts,
): Promise<RunningProcess> {
  const nameserver = requireSection(configuration, 'nameserver');
  const { log } = parts;
  await using stack = new AsyncDisposableStack();
  const prepared = await prepareAnswering(nameserver, inheritedCount, parts, stack);
  await giveUpRoot(configuration, parts);
  const version = await readProgramVersion();
  const registry = new Registry();
  const metrics = new ServerMetrics({ registry, version });
  const servedZones = await openServedZones(configuration, metrics, parts, stack);
  const { store, image, zones, importFolder, watchServers } = servedZones;
  const { journal } = zones;
  const access = await openMendingStore(store, 'access', log, () =>
    openAccessLists(configuration, { store, journal }, parts, stack),
  );
  watchZones(registry, zones);
  watchStore(registry, store);
  watchDisk(registry, { data: configuration.data });
  await importFolder(nameserver.zones);
  const { epp } = configuration;
  const opened = epp && (await openRegister(epp, { store, zones, registry }, parts, stack));
  const scrub = startScrub(configuration, { zones, registry }, parts, stack);
  const signatures = new SignatureWatch(zones, parts).start();
  stack.defer(() => signatures.close());
  const exchanged = { zones, store, access, metrics, registry };
  const exchanges = await openExchanges(nameserver, exchanged, parts, stack);
  const { requestParts } = exchanges;
  const keyring = access.tsigKeys;
  const served = { image: image.image, registry, keyring, requestParts };
  const { threads, answers, reload } = await startAnswering(prepared, served, parts, stack);
  const serversOf = (apex: Name): WatchedPlace[] => [
    ...threads.listen,
    ...exchanges.secondariesOf(apex),
  ];
  watchServers({ serversOf, answers, registry });
  const notifier = exchanges.startNotifying(stack);
  const transfers = new TransferAdapter({ ...exchanges, notifier });
  const repaired = { zones, keyring, ...exchanges };
  const repairs = await startZoneRepairs(configuration, repaired, parts, stack);
  const watched = { serversOf, threads, register: opened, scrub, repairs };
  const administered = { ...exchanged, ...watched, transfers, version };
  await startAdministration(configuration, administered, parts, stack);
  const registrars =
    opened && (await openRegistrarAccess(configuration, { opened, registry }, parts, stack));
  const listen = threads.listen.map((address) => formatListenAddress(address));
  const tls = threads.tlsListen.map((address) => formatListenAddress(address));
  const offered = {
    listen,
    ...(tls.length > 0 && { tls }),
    admin: configuration.admin.url,
    ...(registrars && { epp: registrars.address }),
  };
  sayReady(log, { ...offered, zones: zones.names().length });
  const running = stack.move();
  return {
    close: () => running.disposeAsync(),
    reload: async () => {
      await reload();
      await registrars?.reload();
      const live = ['nameserver.zones', 'tsigKeys', ...LIVE_EXCHANGES];
      const next = await rereadConfiguration(configuration, live, log);
      await access.rereadTsigKeys(next);
      await exchanges.configure(next.nameserver);
      await importFolder(next.nameserver?.zones);
    },
  };
}
