/**
 * Damages the zones of a server that is stopped, and takes its mirror away: what a disk does that
 * loses old blocks. The start then finds the zones damaged and cannot repair them by itself.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseName } from '#dns/wire/name.ts';
import { generationOf, zoneKey } from '#dns/zonedb/zone-keys.ts';
import { parseZoneRow } from '#dns/zonedb/zone-row.ts';
import { KEYSPACE } from '#store/keyspace.ts';
import { openLevelStore } from '#store/level-store.ts';
import { damageRows } from './damaged-rows.ts';
import { readAllRows } from './temporary-store.ts';

/**
 * @param data the data folder
 * @param labels of names whose rows are damaged, or vanish, in turn
 * @param zones in which; left out: in all
 */
export async function damageZones(
  data: string,
  labels: readonly string[],
  zones?: readonly string[],
): Promise<void> {
  const folder = join(data, 'store');
  const store = await openLevelStore(folder);
  const rows = await readAllRows(store);
  const generations = new Set<number>();
  for (const zone of zones ?? []) {
    const value = await store.get(zoneKey(parseName(zone)));
    if (value !== undefined) generations.add(parseZoneRow(value).generation);
  }
  await store.close();
  const isMeant = (key: Uint8Array): boolean =>
    key[0] === KEYSPACE.node && (zones === undefined || generations.has(generationOf(key)));
  const nodes = rows.filter(({ key }) => isMeant(key));
  const damages = labels.flatMap((label, index) =>
    nodes
      .filter(({ key }) => Buffer.from(key).toString('latin1').includes(label))
      .map(({ key }) => ({ key, value: index % 2 === 0 ? ('bend' as const) : undefined })),
  );
  if (damages.length < labels.length) throw new Error(`no rows of ${labels.join(', ')}`);
  await damageRows(folder, damages);
  await rm(join(folder, 'mirror'), { recursive: true, force: true });
}
