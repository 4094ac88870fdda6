/**
 * The zones that this server fetches from others: primaries from the configuration with the files
 * that they are known by, the zones that it lists, and NOTIFY that hurries a fetch.
 */
import { readFile } from 'node:fs/promises';
import type { Registry } from 'prom-client';
import { RefreshRows } from '#app/adapters/refresh-rows.ts';
import { SecondaryMetrics } from '#app/adapters/secondary-metrics.ts';
import type { NameserverConfiguration } from '#app/config/configuration.ts';
import type { PrimaryEntry, PrimaryTlsEntry } from '#app/config/primaries-section.ts';
import type { ProcessParts } from '#app/running-process.ts';
import { CodedError, fileReason } from '#base/coded-error.ts';
import { NotifyReceiver } from '#dns/transfer/secondary/notify-receiver.ts';
import type { Primary, PrimaryTls } from '#dns/transfer/secondary/primary.ts';
import {
  type ConfiguredPrimary,
  type ListedZone,
  PrimaryList,
} from '#dns/transfer/secondary/primary-list.ts';
import { SecondaryZones } from '#dns/transfer/secondary/secondary-zones.ts';
import type { TsigKeyring } from '#dns/tsig/tsig-key.ts';
import { formatName, type Name, parseName } from '#dns/wire/name.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import { DEFAULT_SETTINGS, isFetched, type ZoneSettings } from '#dns/zonedb/zone-row.ts';
import type { KeyValueStore } from '#store/key-value-store.ts';

export interface Secondaries {
  zones: SecondaryZones;
  /** Answers NOTIFY. */
  notify: NotifyReceiver;
  /** What the configuration says now; zones that it no longer lists stay until they are deleted. */
  configure: (section: NameserverConfiguration['primaries']) => Promise<void>;
  /** As the configuration and the zone's settings name them now. */
  primariesOf: (apex: Name, settings: ZoneSettings) => readonly Primary[];
  /** How one is reached that is known by its address: as a primary, if it is one. */
  reach: PrimaryList['reach'];
}

export interface SecondaryParts {
  zones: ZoneDb;
  store: KeyValueStore;
  keyring: TsigKeyring;
  registry: Registry;
}

/** @throws CodedError TLS_FILE for what a primary is known by and cannot be read */
export async function openSecondaries(
  { primaries }: NameserverConfiguration,
  { zones, store, keyring, registry }: SecondaryParts,
  parts: ProcessParts,
  stack: AsyncDisposableStack,
): Promise<Secondaries> {
  let list = await readList(primaries);
  await makeZones(zones, list.zones(), parts);
  const metrics = new SecondaryMetrics(registry);
  const primariesOf: Secondaries['primariesOf'] = (apex, settings) => list.of(apex, settings);
  const secondaries = await SecondaryZones.open({
    zones,
    keyring,
    primariesOf,
    records: new RefreshRows(store),
    onReport: (report) => metrics.count(report),
    ...parts,
  });
  stack.defer(() => secondaries.close());
  metrics.watch(() => secondaries.statuses());
  return {
    zones: secondaries,
    notify: new NotifyReceiver(secondaries, parts.log),
    primariesOf,
    reach: (peer) => list.reach(peer),
    configure: async (section) => {
      list = await readList(section);
      await makeZones(zones, list.zones(), parts);
    },
  };
}

async function readList(primaries: readonly PrimaryEntry[]): Promise<PrimaryList> {
  return new PrimaryList(await Promise.all(primaries.map(readPrimary)));
}

/** Zones that the configuration lists are there from now on; a zone of our own is left alone. */
async function makeZones(
  zones: ZoneDb,
  listed: readonly ListedZone[],
  { clock, log }: ProcessParts,
): Promise<void> {
  for (const { apex, kind } of listed) {
    const held = zones.find(apex)?.row.settings;
    if (held !== undefined && isFetched(held)) continue;
    if (held !== undefined) {
      const zone = formatName(apex);
      log.error({ zone, kind: held.kind }, `zone ${zone} is this server's own and is not fetched`);
      continue;
    }
    const settings = { ...DEFAULT_SETTINGS, kind };
    const receivedAtMs = clock.nowMs();
    const actor = 'nameserver.primaries';
    await zones.createEmpty(apex, settings, {
      source: 'transfer',
      actor,
      transactionId: '',
      receivedAtMs,
    });
  }
}

async function readPrimary(entry: PrimaryEntry): Promise<ConfiguredPrimary> {
  const { address, key, source, zones, catalog, tls } = entry;
  return {
    ...address,
    zones: zones.map((zone) => parseName(zone)),
    ...(key !== undefined && { key: parseName(key) }),
    ...(source !== undefined && { source }),
    ...(catalog !== undefined && { catalog: parseName(catalog) }),
    ...(tls !== undefined && { tls: await readTls(tls) }),
  };
}

async function readTls({ name, pins, ...files }: PrimaryTlsEntry): Promise<PrimaryTls> {
  const [ca, certificate, key] = await Promise.all(
    [files.ca, files.certificate, files.key].map(readPem),
  );
  return {
    pins,
    ...(name !== undefined && { name }),
    ...(ca !== undefined && { ca }),
    ...(certificate !== undefined && { certificate }),
    ...(key !== undefined && { key }),
  };
}

async function readPem(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const text = `${path}: cannot be read: ${fileReason(error)}; correct nameserver.primaries`;
    throw new CodedError('TLS_FILE', text, { cause: error });
  }
}
