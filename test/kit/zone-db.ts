/** A zone database on a real store and a real image, in a folder of its own. */
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import { ImageWriter } from '#dns/image/image-writer.ts';
import { formatName, type Name, parseName, ROOT } from '#dns/wire/name.ts';
import { parseRdataText } from '#dns/wire/rdata/rdata-text.ts';
import { formatRdata, formatTypeCode, typeOfMnemonic } from '#dns/wire/rdata/registry.ts';
import type { ChangeContext, Operation } from '#dns/zonedb/change.ts';
import type { JournalLimits } from '#dns/zonedb/journal.ts';
import { buildNewZone } from '#dns/zonedb/new-zone.ts';
import { ZoneDb } from '#dns/zonedb/zone-db.ts';
import type { Publication } from '#dns/zonedb/zone-listeners.ts';
import { DEFAULT_SETTINGS, type ZoneSettings } from '#dns/zonedb/zone-row.ts';
import { type LevelStore, openLevelStore } from '#store/level-store.ts';

export interface TestZoneDb {
  folder: string;
  store: LevelStore;
  image: ImageWriter;
  zones: ZoneDb;
  published: Publication[];
  close: () => Promise<void>;
}

const clock = openClock({ kind: 'system' });

/** @param snapshot takes the image from this file, if it is there */
export async function openTestZoneDb(
  folder: string,
  snapshot?: string,
  journal?: JournalLimits,
): Promise<TestZoneDb> {
  const store = await openLevelStore(join(folder, 'store'), { mirror: true });
  const imageOptions = { random: seededRandom(1), clock, sizeBytes: 64 << 20 };
  const restored =
    snapshot === undefined ? undefined : await ImageWriter.restore(snapshot, imageOptions);
  const image = restored?.image ?? ImageWriter.create(imageOptions);
  const published: Publication[] = [];
  const zones = await ZoneDb.open({
    store,
    image,
    clock,
    log: silentLog(),
    ...(restored !== undefined && { restored: restored.contents }),
    ...(snapshot !== undefined && { readWholeMax: 0 }),
    ...(journal !== undefined && { journal }),
    onSighting: () => {},
  }).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  zones.subscribe((publication) => published.push(publication));
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await zones.close();
    await store.close();
  };
  onTestFinished(close);
  return { folder, store, image, zones, published, close };
}

export function contextOf(transactionId = 't'): ChangeContext {
  return { source: 'api', actor: 'test', transactionId, receivedAtMs: clock.nowMs() };
}

/** `replace('www.example.com.', 'A', 300, '192.0.2.1')`; no content removes the RRset. */
export function replace(
  owner: string,
  type: string,
  ttl: number,
  ...contents: string[]
): Operation {
  const code = typeOfMnemonic(type) ?? 0;
  return {
    kind: 'replace',
    owner: parseName(owner),
    type: code,
    ttl,
    records: contents.map((content) => ({
      rdata: parseRdataText(code, content, ROOT),
      disabled: false,
    })),
  };
}

export function remove(owner: string, type: string): Operation {
  return { kind: 'delete', owner: parseName(owner), type: typeOfMnemonic(type) ?? 0 };
}

export const SOA_CONTENT = 'ns1.example.com. hostmaster.example.com. 1 7200 900 1209600 300';

/** Makes `example.com.` with SOA, two NS and what else is given. */
export async function createExample(
  zones: ZoneDb,
  operations: Operation[] = [],
  settings: Partial<ZoneSettings> = {},
  name = 'example.com.',
): Promise<Name> {
  const apex = parseName(name);
  const all = [
    replace(name, 'SOA', 3600, SOA_CONTENT),
    replace(name, 'NS', 3600, 'ns1.example.net.', 'ns2.example.net.'),
    ...operations,
  ];
  const whole = { ...DEFAULT_SETTINGS, soaEditApi: 'INCREASE', ...settings };
  const nodes = await buildNewZone(apex, all, whole, clock.nowMs());
  await zones.create({
    apex,
    content: { nodes },
    settings: whole,
    context: contextOf(),
    edited: true,
    marks: [],
  });
  return apex;
}

/** Every record that the store has of a zone: `name ttl type content`, sorted. */
export async function listRecords(zones: ZoneDb, apex: Name): Promise<string[]> {
  const view = await zones.view(apex);
  if (view === undefined) return [];
  const lines: string[] = [];
  for await (const nodes of view.nodes()) {
    for (const { owner, rrsets } of nodes) {
      for (const { type, ttl, records } of rrsets) {
        for (const { rdata, disabled } of records) {
          const name = formatName(owner);
          const content = formatRdata(type, rdata);
          const flag = disabled ? ' disabled' : '';
          lines.push(`${name} ${ttl} ${formatTypeCode(type)} ${content}${flag}`);
        }
      }
    }
  }
  await view.close();
  return lines.sort();
}
