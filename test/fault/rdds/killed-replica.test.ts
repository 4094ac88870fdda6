// `holdfast rdds` is killed while changes come: it comes back with what it had, and catches up.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openClock } from '#base/clock.ts';
import { domainOf } from '../../kit/rdds/directory-content.ts';
import { committer, openFilledRegister, until } from '../../kit/rdds/followed-register.ts';
import { makeRddsFolder, startRddsProcess } from '../../kit/rdds/rdds-process.ts';
import { openRegisterDoor } from '../../kit/rdds/register-door.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const KILLS = 2;
const BETWEEN = 40;

it('kill -9 while changes come loses none of them, and what was there is answered at once', async () => {
  const clock = openClock({ kind: 'system' });
  const register = await openFilledRegister(clock);
  const commit = committer(register);
  const door = await openRegisterDoor(register, clock);
  const place = await makeRddsFolder(await temporaryFolder(), door.url);
  const statusOf = async (name: string): Promise<number> =>
    (await fetch(`${place.url}/rdap/domain/${name}`)).status;
  const sequenceOf = async (): Promise<number> => {
    const text = await (await fetch(`${place.url}/metrics`)).text();
    return Number(/^holdfast_rdds_replica_sequence (\d+)$/m.exec(text)?.[1]);
  };
  const ends: unknown[] = [];
  let made = 0;
  let replica = await startRddsProcess(place);
  for (let kill = 0; kill < KILLS; kill++) {
    for (let at = 0; at < BETWEEN; at++) {
      made += 1;
      await commit((draft) => draft.putDomain(domainOf(`d${made}.tld`)));
      if (at === BETWEEN / 2) ends.push(await replica.end('SIGKILL'));
    }
    replica = await startRddsProcess(place);
    await until(async () => (await sequenceOf()) === register.sequence);
    expect(await statusOf(`d${made}.tld`)).toBe(200);
  }
  for (let at = 1; at <= made; at++) expect(await statusOf(`d${at}.tld`)).toBe(200);
  expect(ends).toEqual(Array.from({ length: KILLS }, () => 'SIGKILL'));
  await door.shut();
  expect(await statusOf('example.tld')).toBe(200);
  expect(await replica.end('SIGTERM')).toBe(0);
}, 60_000);

it('begins anew with a copy where database B was found damaged', async () => {
  const clock = openClock({ kind: 'system' });
  const register = await openFilledRegister(clock);
  const door = await openRegisterDoor(register, clock);
  const place = await makeRddsFolder(await temporaryFolder(), door.url);
  const first = await startRddsProcess(place);
  expect(await first.end('SIGTERM')).toBe(0);
  const store = join(place.folder, 'data', 'rdds');
  await writeFile(join(store, 'level', 'CURRENT'), 'nonsense');
  await startRddsProcess(place);
  const response = await fetch(`${place.url}/rdap/domain/example.tld`);
  expect(response.status).toBe(200);
}, 60_000);
