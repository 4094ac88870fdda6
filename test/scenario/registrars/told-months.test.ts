// What registrars did in a month reaches the monthly report without anybody's hand: from the register's
// counts into the name server's event feed, over HTTP into the sidecar's ledger, and into its report.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EventAdapter } from '#app/adapters/change-ports.ts';
import { MonthlyTransactions } from '#app/adapters/monthly-transactions.ts';
import { loadConfiguration } from '#app/config/load-configuration.ts';
import { startSla } from '#app/sla-process.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import type { RegistryCommand } from '#registry/model/command.ts';
import type { Report } from '#sla/report/report.ts';
import { API_KEY, startAdmin } from '../../kit/admin/admin-fixture.ts';
import { freePort } from '../../kit/free-port.ts';
import { movedClock } from '../../kit/moved-clock.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import {
  ALPHA,
  BETA,
  callerOf,
  contactCommand,
  domainCommand,
  openRegister,
} from '../../kit/two-registrars.ts';
import { openTestZoneDb } from '../../kit/zone-db.ts';

/** A register, and the event feed of the server that it is in, on one clock. */
async function openPrimary() {
  const { zones, store } = await openTestZoneDb(await temporaryFolder());
  const { register, runner } = await openRegister();
  const moved = movedClock(0);
  const open = () =>
    new MonthlyTransactions({ register, journal: zones.journal, store, clock: moved.clock });
  let monthly = open();
  return {
    events: new EventAdapter(zones),
    do: async (at: string, registrar: string, command: RegistryCommand) => {
      const caller = { ...callerOf(registrar), receivedAtMs: Date.parse(at) };
      expect((await runner.run(command, caller)).result).toBe(1000);
    },
    tellAt: (at: string) => {
      moved.moveTo(Date.parse(at));
      return monthly.tellEnded();
    },
    restart: () => {
      monthly = open();
    },
  };
}

/** What the feed says, without the instants. */
async function linesOf({ events }: Pick<Awaited<ReturnType<typeof openPrimary>>, 'events'>) {
  const page = await events.read(undefined, 1_000);
  return page.events.map(({ month, registrar, commands }) => [month, registrar, commands]);
}

it('tells a month once when it is over, also after a restart and after months of absence', async () => {
  const primary = await openPrimary();
  expect(await primary.tellAt('2026-11-15T00:00:00Z')).toEqual([]);
  await primary.do('2026-11-22T10:00:00Z', ALPHA, domainCommand('one.tld'));
  await primary.do('2026-11-22T11:00:00Z', ALPHA, contactCommand('person1'));
  await primary.do('2026-11-30T23:59:59.999Z', ALPHA, domainCommand('two.co.tld'));
  await primary.do('2026-11-22T12:00:00Z', ALPHA, { kind: 'domain:check', names: ['three.tld'] });
  await primary.do('2026-12-01T00:00:00Z', BETA, domainCommand('three.tld'));
  expect(await primary.tellAt('2026-11-30T23:59:59Z')).toEqual([]);
  // Commands of the last second may still be on their way to the disk.
  expect(await primary.tellAt('2026-12-01T00:00:30Z')).toEqual([]);
  expect(await primary.tellAt('2026-12-01T00:01:00Z')).toEqual(['2026-11']);
  expect(await primary.tellAt('2026-12-01T00:02:00Z')).toEqual([]);
  const november = [
    ['2026-11', ALPHA, { create: 3 }],
    ['2026-11', BETA, {}],
  ];
  expect(await linesOf(primary)).toEqual(november);
  primary.restart();
  expect(await primary.tellAt('2027-02-03T00:00:00Z')).toEqual(['2026-12', '2027-01']);
  expect(await linesOf(primary)).toEqual([
    ...november,
    ['2026-12', ALPHA, {}],
    ['2026-12', BETA, { create: 1 }],
    ['2027-01', ALPHA, {}],
    ['2027-01', BETA, {}],
  ]);
});

it('has them in the monthly report of a sidecar that follows the feed', async () => {
  const primary = await openPrimary();
  const { url: api } = await startAdmin({ ports: { events: primary.events } });
  const folder = await temporaryFolder();
  const port = await freePort();
  await writeFile(join(folder, 'key'), API_KEY, { mode: 0o600 });
  const config = join(folder, 'holdfast.yaml');
  await writeFile(
    config,
    `data: ./data
sla:
  listen: "127.0.0.1:${port}"
  ledger: ./ledger
  contracts: [registry]
  scrape: []
  feed: { api: "${api}", apiKeyFile: ./key }
`,
  );
  const configuration = await loadConfiguration(config);
  const at = async (now: string, task: () => Promise<void>): Promise<void> => {
    const { clock } = movedClock(Date.parse(now));
    const parts = { clock, log: silentLog(), random: seededRandom(1) };
    const sidecar = await startSla({ configuration }, parts);
    await using stack = new AsyncDisposableStack();
    stack.defer(() => sidecar.close());
    await task();
  };
  const url = `http://127.0.0.1:${port}`;
  const ledgerOfDay = () => readFile(join(folder, 'ledger', '2026-12-01.ndjson'), 'utf8');
  await primary.do('2026-11-22T10:00:00Z', ALPHA, domainCommand('one.tld'));
  await primary.do('2026-11-22T10:00:01Z', BETA, domainCommand('two.tld'));
  await primary.do('2026-11-22T10:00:02Z', BETA, contactCommand('person1'));
  await at('2026-11-22T00:00:00Z', async () => {});
  await primary.tellAt('2026-12-01T00:01:00Z');
  await at('2026-12-01T00:02:00Z', async () => {
    await expect.poll(ledgerOfDay, { timeout: 20_000 }).toContain('"kind":"transactions"');
  });
  await at('2026-12-01T00:30:00Z', async () => {
    const file = `${url}/reports/registry-monthly-2026-11-v1.json`;
    await expect.poll(async () => (await fetch(file)).status, { timeout: 20_000 }).toBe(200);
    const { transactions } = (await (await fetch(file)).json()) as Report;
    expect(transactions).toMatchObject({ isAvailable: true, transactions: 3 });
    expect(transactions?.registrars).toMatchObject([
      { registrar: ALPHA, commands: { create: 1 } },
      { registrar: BETA, commands: { create: 2 } },
    ]);
  });
}, 60_000);
