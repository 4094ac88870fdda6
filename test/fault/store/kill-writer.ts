/**
 * A process to be killed: writes numbered rows into the store in argv[2] with several callers at
 * once, and says each one that was acknowledged on standard output. Every seventh goes as a bulk
 * row first, named by the write after it, but not where argv[4] asks for a mirror, which has no
 * bulk rows.
 */
import process from 'node:process';
import { openLevelStore } from '#store/level-store.ts';
import { numberedRow } from '../../kit/numbered-row.ts';
import { sayNumber } from '../../kit/say-number.ts';

const [, , folder = '', first = '0', mirrored] = process.argv;
const mirror = mirrored === 'mirror';
const store = await openLevelStore(folder, { mirror });
let next = Number(first);

async function writeOn(): Promise<void> {
  for (;;) {
    const index = next;
    next += 1;
    const row = numberedRow(index, 1);
    if (index % 7 === 0 && !mirror) {
      await store.writeBulk([row]);
      await store.write([]);
    } else {
      await store.write([row]);
    }
    sayNumber(index);
  }
}

await Promise.all(Array.from({ length: 8 }, writeOn));
