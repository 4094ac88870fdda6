import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import { StoredRegister } from '#registry/db/stored-register.ts';
import { openLevelStore } from '#store/level-store.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { writeUntilKilled } from '../../kit/write-until-killed.ts';

const WRITER = join(import.meta.dirname, 'command-writer.ts');
const ROUNDS = 4;
const MANY = 1_000_000;

/** Everything that a command left must be there, or nothing of it. */
async function readBack(folder: string) {
  const store = await openLevelStore(folder);
  const clock = openClock({ kind: 'system' });
  const log = silentLog();
  const register = await StoredRegister.open({ store, clock, random: seededRandom(1), log });
  const changes = (await register.changesAfter(0, MANY)) ?? [];
  const found = {
    sequences: changes.map(({ sequence }) => sequence),
    created: changes.map(({ rows }) => rows.find(({ type }) => type === 'domain')?.key ?? ''),
    last: register.sequence,
    linked: await register.domainsOfHost('ns1.example', MANY),
    due: (await register.due(MANY * 2, MANY)).map(({ key }) => key),
    tasks: (await register.tasks(0, MANY)).flatMap(({ owners }) => owners),
    messages: (await register.nextMessage('alpha'))?.count,
    balance: (await register.registrar('alpha'))?.balance.EUR,
    sums: [await register.domainCount('tld'), await register.heldCount('alpha')],
    counted: await register.transactions('1970-01'),
  };
  await store.close();
  return found;
}

it('kill -9 loses no command that was acknowledged and leaves none half done', async () => {
  const folder = await temporaryFolder();
  const acknowledged: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const first = String(round * 100_000);
    acknowledged.push(...(await writeUntilKilled(WRITER, [folder, first], 150 + round * 70)));
    const found = await readBack(folder);
    const count = found.created.length;
    const created = [...found.created].sort();
    const there = new Set(found.created);
    const missing = acknowledged.filter((index) => !there.has(`n${index}.tld`));
    expect(missing).toEqual([]);
    expect(found.sequences).toEqual(Array.from({ length: count }, (_, at) => at + 1));
    expect(found.last).toBe(count);
    expect(found.linked).toEqual(created);
    expect(found.due.sort()).toEqual(created);
    expect(found.tasks).toEqual(found.created);
    expect(found.messages).toBe(count);
    expect(found.balance).toBe(-count);
    expect(found.sums).toEqual([count, count]);
    expect(found.counted).toMatchObject([{ count }]);
  }
  expect(acknowledged.length).toBeGreaterThan(ROUNDS);
});
