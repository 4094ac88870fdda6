// The sidecar's reports from a real ledger: made once, found again after a restart, and the evidence
// that they name is the ledger's.
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findContract } from '#app/cli/contract-option.ts';
import type { Configuration } from '#app/config/configuration.ts';
import { startReportWork } from '#app/report-work.ts';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import type { ReportPorts } from '#http/site/report-ports.ts';
import { openLedger } from '#sla/ledger/ledger.ts';
import { verifyLedger } from '#sla/ledger/verify-ledger.ts';
import { packCycle } from '#sla/measurement/cycle-record.ts';
import type { Report } from '#sla/report/report.ts';
import { dnsTests, secondsOf, topologyOf } from '../../kit/sla-evidence.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

async function start(data: string, ledger: string, now: string): Promise<ReportPorts> {
  const stack = new AsyncDisposableStack();
  const clock = openClock({ kind: 'cell', cell: makeClockCell(Date.parse(now)) });
  const contracts = [await findContract('registry')];
  const configuration = { data } as Configuration;
  const parts = { clock, log: silentLog(), random: seededRandom(1) };
  const ports = await startReportWork(
    { configuration, contracts, ledger, registry: new Registry() },
    parts,
    stack,
  );
  onTestFinished(() => stack.disposeAsync());
  return ports;
}

describe('reports of a sidecar', () => {
  it('are made after a start of what is over, once, and name the ledger that they rest on', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'ledger');
    const cell = makeClockCell(Date.parse('2026-10-05T00:03:00Z'));
    const ledger = await openLedger(path, openClock({ kind: 'cell', cell }));
    const cycle = secondsOf('2026-10-05T00:00:00Z');
    await ledger.append([topologyOf(2), packCycle('dns', cycle, dnsTests({ cycle }))]);
    setClockCell(cell, Date.parse('2026-10-06T00:03:00Z'));
    await ledger.append([topologyOf(3)]);
    await ledger.close();
    const first = await start(folder, path, '2026-11-01T00:02:00Z');
    await expect.poll(async () => (await first.reports()).length, { timeout: 20_000 }).toBe(4);
    const names = (await first.reports()).map(({ id }) => id);
    expect(names).toContain('registry-monthly-2026-10-v1');
    const { days, lines, head } = await verifyLedger(path);
    const text = await first.read('registry-monthly-2026-10-v1', 'json');
    const report = JSON.parse(text ?? '') as Report;
    expect(lines).toBe(3);
    expect(report.evidence).toEqual({
      kind: 'ledger',
      head,
      days: days.map(({ day, lines: count, digest }) => ({ day, lines: count, sha256: digest })),
    });
    const second = await start(folder, path, '2026-11-01T06:00:00Z');
    expect(await second.reports()).toEqual(await first.reports());
  });
});
