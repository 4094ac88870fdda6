// The register's jobs where objects cannot be moved on: nobody else waits for them.
import { expect, it } from 'vitest';
import {
  DUE_PER_RUN_MAX,
  RegisterJobs,
  STUCK_RETRY_MS,
  type StuckObject,
} from '#registry/flow/lifecycle.ts';
import { domainCreate, openDomains, START_MS } from '../../../kit/domain-fixture.ts';
import { DAY_MS } from '../../../kit/two-registrars.ts';

const STUCK_COUNT = 2 * DUE_PER_RUN_MAX + 100;
/** A day after the end of the add period of what is registered at the start. */
const LATER_MS = START_MS + 6 * DAY_MS;

/** Names of a TLD that is gone, all due before `foo.tld`. */
async function openStuck() {
  const test = await openDomains();
  await test.send(domainCreate('first.thin'));
  await test.send(domainCreate('foo.tld'));
  const made = await test.register.domain('first.thin');
  if (made === undefined) throw new Error('it was registered');
  const names = Array.from({ length: STUCK_COUNT }, (_, at) => `a${at}.thin`);
  await test.put(
    names.map((name) => `domain/${name}` as const),
    async (draft) => {
      for (const name of names) draft.putDomain({ ...made, name, expiresAtMs: START_MS });
      draft.deleteTld('thin');
      await Promise.resolve();
    },
  );
  const told: StuckObject[] = [];
  return { ...test, told, jobs: new RegisterJobs(test.context, (stuck) => told.push(stuck)) };
}

it('goes on behind more stuck names than one run looks at, and tells each once', async () => {
  const { jobs, told, register, setTime } = await openStuck();
  setTime(LATER_MS);
  let runs = 0;
  while (await jobs.run(LATER_MS)) runs += 1;
  expect(runs).toBeLessThan(10);
  expect((await register.domain('foo.tld'))?.periods).toEqual([]);
  expect(new Set(told.map(({ key }) => key)).size).toBe(STUCK_COUNT + 1);
  expect(told).toHaveLength(STUCK_COUNT + 1);
});

it('tries a stuck name again a minute later, when it can be moved on', async () => {
  const { jobs, told, register, setTime, put } = await openStuck();
  setTime(LATER_MS);
  while (await jobs.run(LATER_MS));
  const tld = register.tlds().find(({ name }) => name === 'tld');
  if (tld === undefined) throw new Error('it is there');
  await put([], async (draft) => {
    draft.putTld({ ...tld, name: 'thin', contacts: 'none' });
    await Promise.resolve();
  });
  const toldCount = told.length;
  while (await jobs.run(LATER_MS + STUCK_RETRY_MS - 1));
  expect(await register.domain('a7.thin')).toMatchObject({ expiresAtMs: START_MS });
  while (await jobs.run(LATER_MS + STUCK_RETRY_MS));
  expect(told).toHaveLength(toldCount);
  expect((await register.domain('a7.thin'))?.expiresAtMs).toBeGreaterThan(LATER_MS);
});
