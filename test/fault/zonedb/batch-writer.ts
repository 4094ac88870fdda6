/**
 * A process to be killed: makes batches over three zones in the store in argv[2], several at once,
 * and says the number of each that was acknowledged on standard output. Batch N adds the name `hN`
 * to every zone.
 */
import process from 'node:process';
import { openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import { ImageWriter } from '#dns/image/image-writer.ts';
import { parseName } from '#dns/wire/name.ts';
import { ZoneDb } from '#dns/zonedb/zone-db.ts';
import { openLevelStore } from '#store/level-store.ts';
import { sayNumber } from '../../kit/say-number.ts';
import { update } from '../../kit/zone-change.ts';

const ZONES = ['a.example.', 'b.example.', 'c.example.'];

const [, , folder = '', first = '0'] = process.argv;
const clock = openClock({ kind: 'system' });
const store = await openLevelStore(folder);
const image = ImageWriter.create({ random: seededRandom(1), clock, sizeBytes: 64 << 20 });
const zones = await ZoneDb.open({ store, image, clock, log: silentLog(), onSighting: () => {} });
let next = Number(first);

async function writeOn(): Promise<void> {
  for (;;) {
    const number = next;
    next += 1;
    await zones.applyAll(
      ZONES.map((zone) => ({
        zone: parseName(zone),
        operations: [update(`add h${number}.${zone} 60 A 192.0.2.1`)],
        context: { source: 'api', actor: 'test', transactionId: '', receivedAtMs: clock.nowMs() },
      })),
    );
    sayNumber(number);
  }
}

await Promise.all(Array.from({ length: 4 }, writeOn));
