/**
 * The zones that changes.ts changes, as master files in a folder of the run's own, and which name a
 * client changes next. Every name has an A record; a change replaces the TXT RRset beside it.
 */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { Random } from '#base/random.ts';

const NAMES_OF_SMALL = 10;

export interface ChangeWorkload {
  name: string;
  /** Folder with a file `NAME.zone` for each zone, and nothing else. */
  folder: string;
  zoneCount: number;
  namesPerZone: number;
}

export interface ChangeSizes {
  largeNames: number;
  manyZones: number;
}

export const FULL_CHANGES: ChangeSizes = { largeNames: 1_000_000, manyZones: 1000 };
export const QUICK_CHANGES: ChangeSizes = { largeNames: 20_000, manyZones: 50 };

export async function makeChangeWorkloads(
  root: string,
  { largeNames, manyZones }: ChangeSizes,
): Promise<ChangeWorkload[]> {
  const workload = async (name: string, zoneCount: number, namesPerZone: number) => {
    const made = { name, folder: join(root, name), zoneCount, namesPerZone };
    await writeZones(made);
    return made;
  };
  return [
    await workload('small', 1, NAMES_OF_SMALL),
    await workload('large', 1, largeNames),
    await workload('many', manyZones, NAMES_OF_SMALL),
  ];
}

export function zoneName(index: number): string {
  return `z${index}.test.`;
}

/** Without the zone's own. */
export function hostName(index: number): string {
  return `h${index}`;
}

/** Zone name with final dot, and the path of its master file. */
export function zoneFiles({ folder, zoneCount }: ChangeWorkload): Map<string, string> {
  const names = Array.from({ length: zoneCount }, (_, index) => zoneName(index));
  return new Map(names.map((name) => [name, join(folder, `${name}zone`)]));
}

/** What a change of a client's is of; no two clients have a name in common. */
export function pickPlace(
  { zoneCount, namesPerZone }: ChangeWorkload,
  random: Random,
  client: number,
  clientCount: number,
): { zone: string; owner: string } {
  const zone = zoneName(random.below(zoneCount));
  const own = Math.floor((namesPerZone - client - 1) / clientCount) + 1;
  return { zone, owner: `${hostName(client + clientCount * random.below(own))}.${zone}` };
}

export async function writeZones(workload: ChangeWorkload): Promise<void> {
  await mkdir(workload.folder);
  for (const [zone, path] of zoneFiles(workload)) {
    const file = createWriteStream(path);
    file.write(`$ORIGIN ${zone}\n$TTL 300\n@ SOA ns.other. host.other. 1 7200 1800 1209600 300\n`);
    file.write('@ NS ns.other.\n');
    for (let index = 0; index < workload.namesPerZone; index++) {
      const line = `${hostName(index)} A 192.0.2.7\n`;
      if (!file.write(line)) await new Promise((resolve) => file.once('drain', resolve));
    }
    file.end();
    await finished(file);
  }
}
