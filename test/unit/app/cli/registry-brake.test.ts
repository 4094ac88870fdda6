// `holdfast registry brake …` and its resources, against a real admin server and a brake that is on.
import { expect, it, onTestFinished, vi } from 'vitest';
import { BrakeAdapter } from '#app/adapters/brake-port.ts';
import { DelegationPublisher } from '#app/adapters/delegation-sink.ts';
import { RemovalBrake } from '#app/adapters/removal-brake.ts';
import { openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { optionsOf, startAdmin } from '../../../kit/admin/admin-fixture.ts';
import { type CommandRun, holdfast } from '../../../kit/command-line.ts';
import { DelegationTasks, testTld } from '../../../kit/delegation-tasks.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';
import { createExample, openTestZoneDb } from '../../../kit/zone-db.ts';

it('lists what is held, and lets it pass', async () => {
  const { store, zones } = await openTestZoneDb(await temporaryFolder());
  await createExample(zones, [], {}, 'tld.');
  const clock = openClock({ kind: 'system' });
  const brake = await RemovalBrake.open(store, clock);
  const register = new DelegationTasks(testTld('tld'));
  const publisher = new DelegationPublisher({ register, zones, brake, clock, log: silentLog() });
  onTestFinished(() => publisher.close());
  publisher.start();
  const names = Array.from({ length: 12 }, (_, at) => `name-${at}.tld`);
  const isDone = () => vi.waitFor(() => expect(register.open.size).toBe(0), { interval: 5 });
  for (const name of names) publisher.offer(register.set(name, { nameservers: ['ns.example'] }));
  await isDone();
  for (const name of names) publisher.offer(register.set(name, {}));
  await vi.waitFor(() => expect(brake.isOn('tld')).toBe(true), { interval: 5 });

  const admin = await startAdmin({ ports: { brakes: new BrakeAdapter(brake, publisher) } });
  const options = await optionsOf(admin);
  const command = (...args: string[]): Promise<CommandRun> =>
    holdfast('registry', 'brake', ...args, ...options);
  expect((await command('list')).stdout).toMatch(
    /^tld {2}since +commands held\ntld {2}\S+ {2}12\n$/,
  );
  expect(await command('release', 'tld')).toMatchObject({
    exitCode: 0,
    stdout: 'tld: 12 commands released\n',
  });
  await isDone();
  expect(JSON.parse((await command('list', '--json')).stdout)).toEqual([]);
  const refused = await command('drop', 'tld');
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain('No brake on removals is on');
});
