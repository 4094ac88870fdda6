// What a registry's operator enters of its registrars over a month: forecasts, volumes and claims go
// into the ledger with the commands, and the monthly report of the next start is made of them.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '#app/config/load-configuration.ts';
import { startSla } from '#app/sla-process.ts';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import { verifyLedger } from '#sla/ledger/verify-ledger.ts';
import type { Report } from '#sla/report/report.ts';
import { holdfast } from '../../kit/command-line.ts';
import { freePort } from '../../kit/free-port.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

async function openRegistry() {
  const folder = await temporaryFolder();
  const port = await freePort();
  const config = join(folder, 'holdfast.yaml');
  await writeFile(
    config,
    `data: ./data
sla: { listen: "127.0.0.1:${port}", ledger: ./ledger, contracts: [registry], scrape: [] }
`,
  );
  const configuration = await loadConfiguration(config);
  const url = `http://127.0.0.1:${port}`;
  const cell = makeClockCell(0);
  return {
    url,
    ledger: join(folder, 'ledger'),
    configuration,
    /** Runs the sidecar at an instant, for as long as `task` takes. */
    at: async (now: string, task: () => Promise<void>) => {
      setClockCell(cell, Date.parse(now));
      const clock = openClock({ kind: 'cell', cell });
      const parts = { clock, log: silentLog(), random: seededRandom(1) };
      await using _sidecar = asDisposable(await startSla({ configuration }, parts));
      await task();
    },
    /** Enters something; its effects under the contract. */
    enter: async (...words: string[]): Promise<unknown[]> => {
      const run = await holdfast('sla', ...words, '--config', config, '--json');
      expect([run.exitCode, run.stderr]).toEqual([0, '']);
      return (JSON.parse(run.stdout) as { effects: unknown[] }).effects;
    },
    refuse: async (...words: string[]): Promise<string> => {
      const run = await holdfast('sla', ...words, '--config', config);
      expect(run.exitCode).toBeGreaterThan(0);
      return run.stderr;
    },
  };
}

function asDisposable({ close }: { close: () => Promise<void> }): AsyncDisposable {
  return { [Symbol.asyncDispose]: close };
}

describe('the entries of a registry', () => {
  it('stand in the ledger and in the monthly report, with what they do said at once', async () => {
    const registry = await openRegistry();
    const { at, enter, refuse, ledger, url } = registry;
    const forecast = ['forecast', 'add', '--registrar', 'r-1', '--month', '2026-10'];
    await at('2026-08-30T12:00:00Z', async () => {
      expect(await enter(...forecast, '--transactions', '1500')).toMatchObject([
        { contract: 'registry', effect: 'in-time', paragraph: '3.11' },
      ]);
    });
    await at('2026-09-15T12:00:00Z', async () => {
      const late = ['forecast', 'add', '--registrar', 'r-2', '--month', '2026-10'];
      expect(await enter(...late, '--transactions', '2000')).toMatchObject([{ effect: 'late' }]);
    });
    await at('2026-10-31T12:00:00Z', async () => {
      for (const [registrar, month, create] of [
        ['r-1', '2026-09', '1000'],
        ['r-2', '2026-09', '1000'],
        ['r-1', '2026-10', '1400'],
        ['r-2', '2026-10', '1400'],
      ] as const) {
        const words = ['transactions', 'add', '--registrar', registrar, '--month', month];
        const commands = ['--command', `create=${create}`, '--command', 'check=999999'];
        expect(await enter(...words, ...commands)).toMatchObject([{ effect: 'counted' }]);
      }
      const event = ['--from', '2026-10-05T10:00:00Z', '--to', '2026-10-05T10:10:00Z'];
      const claim = ['claim', 'add', '--registrar', 'r-1', ...event];
      expect(await enter(...claim, '--parameter', 'dns-availability')).toMatchObject([
        { effect: 'claimed', paragraph: '3.4' },
      ]);
      expect(await enter(...claim, '--parameter', 'epp-rtt')).toMatchObject([{ effect: 'none' }]);
      expect(await refuse(...forecast, '--transactions', 'many')).toContain('whole number');
      expect(
        await refuse(...forecast, '--transactions', '1', '--at', '2027-01-01T00:00:00Z'),
      ).toMatch(/at: .* has not come yet/);
      expect(
        await refuse(
          'forecast',
          'add',
          '--registrar',
          'r-1',
          '--month',
          '2026-13',
          '--transactions',
          '1',
        ),
      ).toContain('month: expected YYYY-MM');
    });
    await at('2026-11-01T00:30:00Z', async () => {
      const file = `${url}/reports/registry-monthly-2026-10-v1.json`;
      const status = async () => (await fetch(file)).status;
      await expect.poll(status, { timeout: 20_000, interval: 100 }).toBe(200);
      const report = (await (await fetch(file)).json()) as Report;
      expect(report.transactions).toMatchObject({ transactions: 2800, growthPercent: '40.00000' });
      expect(report.transactions?.registrars).toMatchObject([
        { registrar: 'r-1', forecast: 1500, isEligibleForCredits: true },
        { registrar: 'r-2', forecast: null, isForecastLate: true, isEligibleForCredits: false },
      ]);
      expect(report.claims.map(({ stands }) => stands)).toEqual([false, false]);
    });
    const { days } = await verifyLedger(ledger);
    expect(days.map(({ day }) => day)).toContain('2026-08-30');
    const october = await readFile(join(ledger, '2026-10-31.ndjson'), 'utf8');
    expect(october).toContain('"kind":"forecast","at":"2026-08-30');
  }, 60_000);
});
