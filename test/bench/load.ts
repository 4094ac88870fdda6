/**
 * Where the time of loading a master file goes, without processes and sockets: CPU milliseconds
 * for parsing, for sorting and checking, and for the image. Run it by hand:
 *
 *     node test/bench/load.ts FILE ORIGIN
 */
import process from 'node:process';
import { openClock } from '#base/clock.ts';
import { seededRandom } from '#base/random.ts';
import { ImageWriter } from '#dns/image/image-writer.ts';
import { parseName } from '#dns/wire/name.ts';
import { loadZonefilePath } from '#dns/zonefile/load-zonefile.ts';
import { parseZonefile } from '#dns/zonefile/parse-zonefile.ts';
import { ZoneTable } from '#dns/zonefile/zone-table.ts';
import { openZonefile } from '#dns/zonefile/zonefile-source.ts';

const file = process.argv[2];
const origin = parseName(process.argv[3]);
const clock = openClock({ kind: 'system' });

async function measure<T>(what: string, task: () => Promise<T>): Promise<T> {
  const cpu = process.cpuUsage();
  const begunUs = clock.monotonicUs();
  const result = await task();
  const { user, system } = process.cpuUsage(cpu);
  const rss = (process.memoryUsage().rss / 2 ** 20).toFixed(0);
  const cpuMs = ((user + system) / 1000).toFixed(0);
  const wallMs = ((clock.monotonicUs() - begunUs) / 1000).toFixed(0);
  process.stdout.write(`${what.padEnd(24)} ${cpuMs} ms CPU, ${wallMs} ms, RSS ${rss} MiB\n`);
  return result;
}

const options = { origin, includes: false } as const;
await measure('parse', async () =>
  parseZonefile(openZonefile(file), { ...options, file }, { record: () => {} }),
);
await measure('parse into a table', async () => {
  const table = new ZoneTable();
  await parseZonefile(openZonefile(file), { ...options, file }, table);
  table.seal();
});
const { table } = await measure('parse, sort and check', async () =>
  loadZonefilePath(file, options),
);
const writer = ImageWriter.create({ random: seededRandom(1), clock });
await measure('image', async () => {
  const load = writer.loadZone(origin);
  load.reserveNames(table.runCount);
  for (const { node } of table.packedNodes()) load.addPacked(node);
  load.publish();
});
const { records, names, bytesUsed, bytesTouched } = writer.statistics();
const perRecord = `${(bytesUsed / records).toFixed(1)} octets a record in use`;
process.stdout.write(
  `${records} records, ${names} names: ${perRecord}, ${(bytesTouched / records).toFixed(1)} touched\n`,
);
