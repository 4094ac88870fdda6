/**
 * kill -9 in the middle of batches over several zones: each batch is in all of its zones or in
 * none, what was acknowledged is there, and the journal tells each version of each zone once. The
 * moments come from a seed that a failure prints.
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '#base/random.ts';
import { type Name, parseName } from '#dns/wire/name.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { writeUntilKilled } from '../../kit/write-until-killed.ts';
import { createExample, listRecords, openTestZoneDb } from '../../kit/zone-db.ts';

const SEED = 4711;
const KILLS = 5;
const BATCHES_PER_RUN = 100_000;
const WRITER = join(import.meta.dirname, 'batch-writer.ts');
const ZONES = ['a.example.', 'b.example.', 'c.example.'];

describe('a server killed with kill -9 while it makes batches', () => {
  it(`has each of them whole or not at all, ${KILLS} times (seed ${SEED})`, async () => {
    const folder = await temporaryFolder();
    const random = seededRandom(SEED);
    const first = await openTestZoneDb(folder);
    for (const zone of ZONES) await createExample(first.zones, [], {}, zone);
    await first.close();
    const acknowledged: number[] = [];
    for (let run = 0; run < KILLS; run++) {
      const delayMs = 20 + random.below(200);
      const args = [join(folder, 'store'), String(run * BATCHES_PER_RUN)];
      const said = await writeUntilKilled(WRITER, args, delayMs);
      expect(said.length, `run ${run} made something`).toBeGreaterThan(0);
      acknowledged.push(...said);
      const { zones, close } = await openTestZoneDb(folder);
      expect(zones.faults()).toEqual([]);
      const [a, b, c] = await Promise.all(ZONES.map((zone) => batchesOf(zones, parseName(zone))));
      expect([b, c], `run ${run}`).toEqual([a, a]);
      expect(acknowledged.filter((number) => !a.has(number))).toEqual([]);
      for (const zone of ZONES) await checkJournal(zones, parseName(zone), a.size);
      await close();
    }
  }, 60_000);
});

/** The numbers of the batches that a zone has. */
async function batchesOf(zones: ZoneDb, zone: Name): Promise<Set<number>> {
  const lines = await listRecords(zones, zone);
  return new Set(
    lines.filter((line) => line.startsWith('h')).map((line) => parseInt(line.slice(1))),
  );
}

/** @throws when a version is missing from the journal or there twice */
async function checkJournal(zones: ZoneDb, zone: Name, batches: number): Promise<void> {
  const history = await zones.history(zone, { limit: 1000 });
  const version = batches + 1;
  for (const [index, entry] of history.entries()) {
    if (entry.version !== version - index) throw new Error(`no version ${version - index}`);
  }
}
