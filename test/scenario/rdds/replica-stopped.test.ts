// The register is out of reach for six minutes: what WHOIS and RDAP say stays as of when it was
// true, the alarm and the breach are said, and then everything is as the register has it.
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { ReplicaLag } from '#registry/rdds/replica/replica-lag.ts';
import { answerWhois } from '#registry/rdds/whois/whois-answer.ts';
import { domainOf } from '../../kit/rdds/directory-content.ts';
import { followRegister, START_MS, until } from '../../kit/rdds/followed-register.ts';

const MINUTES = 6;

it('last update stands still while the register is away, and goes on when it is back', async () => {
  const followed = await followRegister();
  const { clock, door, replica, directory, commit, caughtUp, setTime } = followed;
  const said: string[] = [];
  const log = pino({}, { write: (line) => said.push((JSON.parse(line) as { msg: string }).msg) });
  const samples: number[] = [];
  const lag = new ReplicaLag({
    asOfMs: () => replica.mark?.asOfMs,
    onSample: async (_atMs, lagMs) => void samples.push(lagMs),
    clock,
    log,
  });
  const lastUpdate = async (): Promise<string | undefined> => {
    const { text } = await answerWhois(directory, 'new.tld');
    return /^>>> Last update of WHOIS database: (\S+) <<<\r$/m.exec(text)?.[1];
  };
  const seen = new Set<string | undefined>();
  await lag.step();
  await door.shut();
  for (let second = 1; second <= MINUTES * 60; second++) {
    setTime(START_MS + second * 1000);
    await lag.step();
    if (second === 30) await commit((draft) => draft.putDomain(domainOf('new.tld')));
    if (second % 60 === 0) seen.add(await lastUpdate());
  }
  expect([...seen]).toEqual(['2026-11-22T00:00:00Z']);
  expect(said).toEqual([
    'alarm: the replica is behind the register',
    'the replica is too far behind: a breach',
  ]);
  expect(samples).toEqual([0, 1, 2, 3, 4, 5, 6].map((minute) => minute * 60_000));
  expect((await directory.findDomain('new.tld')).objects).toEqual([]);
  await door.open();
  await caughtUp();
  await until(() => lag.lagMs === 0);
  await lag.step();
  expect(said.at(-1)).toBe('the replica is current again');
  expect(await lastUpdate()).toBe('2026-11-22T00:06:00Z');
  expect((await directory.findDomain('new.tld')).objects).toHaveLength(1);
});
