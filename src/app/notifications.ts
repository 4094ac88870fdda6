/** NOTIFY at work: whom the configuration and the zones name, and the counting. */
import { networkInterfaces } from 'node:os';
import type { Registry } from 'prom-client';
import { NotifyMetrics } from '#app/adapters/notify-metrics.ts';
import type { NameserverConfiguration } from '#app/config/configuration.ts';
import { systemHostLookup } from '#app/host-lookup.ts';
import type { ProcessParts } from '#app/running-process.ts';
import { NameserverAddresses } from '#dns/transfer/nameserver-addresses.ts';
import { Notifier } from '#dns/transfer/notify/notifier.ts';
import { type NotifyRules, NotifySet } from '#dns/transfer/notify/notify-set.ts';
import { type NotifyTarget, targetAddress } from '#dns/transfer/notify/notify-target.ts';
import type { TsigKeyring } from '#dns/tsig/tsig-key.ts';
import type { Name } from '#dns/wire/name.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import { isHidden, type ZoneSettings } from '#dns/zonedb/zone-row.ts';
import { formatListenAddress, isWildcard, type ListenAddress } from '#net/listen-address.ts';

type TransferConfiguration = NameserverConfiguration['transfer'];

export interface Notifications {
  /** Servers beside this one that a zone's changes are to be seen at. */
  secondariesOf: (apex: Name) => NotifyTarget[];
  /** Every name server that is named to be told of a zone's changes. */
  namedOf: (settings: ZoneSettings) => NotifyTarget[];
  /** Begins to tell; only once this server answers, as who is told asks at once. */
  start: (stack: AsyncDisposableStack) => Notifier;
  /** What the configuration says now. */
  configure: (section: TransferConfiguration) => void;
}

interface NotifiedZones {
  zones: ZoneDb;
  keyring: TsigKeyring;
  registry: Registry;
}

export function openNotifications(
  { transfer, listen }: Pick<NameserverConfiguration, 'transfer' | 'listen'>,
  { zones, keyring, registry }: NotifiedZones,
  parts: ProcessParts,
): Notifications {
  const own = ownAddresses(listen);
  const set = new NotifySet({
    rules: rulesOf(transfer),
    nameservers: new NameserverAddresses(zones, systemHostLookup()),
    isOwn: (place) => own.has(formatListenAddress(place)),
    clock: parts.clock,
  });
  return {
    secondariesOf: (apex) => {
      const settings = zones.find(apex)?.row.settings;
      // Others answer a catalog to nobody but those who may transfer it.
      if (settings === undefined || isHidden(settings)) return [];
      return set.named(settings).filter(({ isWatched }) => isWatched);
    },
    namedOf: (settings) => set.named(settings),
    start: (stack) => {
      const metrics = new NotifyMetrics(registry);
      const onReport = metrics.count.bind(metrics);
      const notifier = new Notifier({ zones, set, keyring, onReport, ...parts });
      metrics.watch(() => notifier.pendingCount);
      stack.defer(() => notifier.close());
      return notifier;
    },
    configure: (section) => set.configure(rulesOf(section)),
  };
}

function rulesOf({ notify, notifyNs }: TransferConfiguration): NotifyRules {
  return { targets: notify, notifiesNs: notifyNs };
}

/** Where this server itself listens, `ADDRESS:PORT`; a wildcard stands for every interface. */
function ownAddresses(listen: readonly ListenAddress[]): Set<string> {
  const interfaces = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const places = listen.flatMap((address) => {
    if (!isWildcard(address)) return [address];
    const family = address.family === 4 ? 'IPv4' : 'IPv6';
    const held = interfaces.filter((one) => one.family === family);
    return held.map((one) => ({ address: one.address, port: address.port }));
  });
  return new Set(places.map((place) => formatListenAddress(targetAddress(formatPlace(place)))));
}

function formatPlace({ address, port }: { address: string; port: number }): string {
  return formatListenAddress({ address: address.replace(/%.*$/, ''), port });
}
