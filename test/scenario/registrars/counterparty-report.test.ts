// The other side's monthly report as an operator hands it in: over HTTP, compared with the ledger
// cycle by cycle, with our answer beside what they say, and an alarm until it is there.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfiguration } from '#app/config/load-configuration.ts';
import { startSla } from '#app/sla-process.ts';
import { type Clock, makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import { openLedger } from '#sla/ledger/ledger.ts';
import { packCycle } from '#sla/measurement/cycle-record.ts';
import { holdfast } from '../../kit/command-line.ts';
import { freePort } from '../../kit/free-port.ts';
import { dnsTests, secondsOf, topologyOf } from '../../kit/sla-evidence.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const START = secondsOf('2026-10-05T10:00:00Z');
const UPLOAD = '/api/holdfast/v1/counterparty-reports';

/**
 * A sidecar in November whose ledger has ten minutes of October, the third of them down.
 * @param measured false: it has nothing
 */
async function openNovember(measured = true) {
  const folder = await temporaryFolder();
  const port = await freePort();
  const config = join(folder, 'holdfast.yaml');
  const listen = `"127.0.0.1:${port}"`;
  await writeFile(
    config,
    `data: ./data
sla: { listen: ${listen}, ledger: ./ledger, contracts: [biz-2013-lab], scrape: [] }
`,
  );
  const cell = makeClockCell(Date.parse('2026-10-05T10:20:00Z'));
  const clock = openClock({ kind: 'cell', cell });
  if (measured) await enterOctober(join(folder, 'ledger'), clock);
  setClockCell(cell, Date.parse('2026-11-20T23:59:59Z'));
  const configuration = await loadConfiguration(config);
  const parts = { clock, log: silentLog(), random: seededRandom(1) };
  const sidecar = await startSla({ configuration }, parts);
  onTestFinished(() => sidecar.close());
  const url = `http://127.0.0.1:${port}`;
  const token = (await readFile(join(folder, 'data', 'operator.token'), 'utf8')).trim();
  return {
    url,
    config,
    moveTo: (instant: string) => setClockCell(cell, Date.parse(instant)),
    overdue: async () => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return /sla_counterparty_report_overdue\{contract="biz-2013-lab"\} (\d)/.exec(text)?.[1];
    },
    upload: async (
      body: string,
      type = 'text/csv',
      query = 'contract=biz-2013-lab&month=2026-10',
    ) =>
      fetch(`${url}${UPLOAD}?${query}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': type },
        body,
      }),
  };
}

async function enterOctober(folder: string, clock: Clock): Promise<void> {
  const ledger = await openLedger(folder, clock);
  await ledger.append([
    topologyOf(2, '2026-10-05T10:00:00Z'),
    ...Array.from({ length: 10 }, (_each, at) => {
      const cycle = START + at * 60;
      return packCycle('dns', cycle, dnsTests({ cycle, fails: () => at === 2 }));
    }),
  ]);
  await ledger.close();
}

/** A status of each of the ten minutes, as CSV. */
function csvOf(story: string): string {
  const words: Record<string, string> = { U: 'Up', D: 'Down' };
  const rows = story.split('').map((letter, at) => `dns,${START + at * 60},${words[letter]}`);
  return ['service,cycle,status', ...rows, ''].join('\n');
}

describe('the other side’s monthly report', () => {
  it('is not missed for a month in which nothing was measured', async () => {
    const { overdue, moveTo } = await openNovember(false);
    moveTo('2026-11-21T00:00:01Z');
    expect(await overdue()).toBe('0');
  });

  it('is missed after 20 days, taken, compared and disputed with our answer', async () => {
    const { upload, overdue, moveTo, url, config } = await openNovember();
    expect(await overdue()).toBe('0');
    moveTo('2026-11-21T00:00:01Z');
    expect(await overdue()).toBe('1');
    const first = await upload(csvOf('UUDDDUUUUU'));
    expect(first.status).toBe(201);
    const compared = (await first.json()) as { id: string };
    expect(compared).toMatchObject({
      id: 'biz-2013-lab-counterparty-2026-10-v1',
      supersedes: null,
      theirs: { isLate: true, dueAt: '2026-11-21T00:00:00Z' },
      disputeCount: 1,
      disputes: [
        {
          from: '2026-10-05T10:03:00Z',
          to: '2026-10-05T10:05:00Z',
          seconds: 120,
          theirs: 'down',
          ours: 'up',
          responses: [],
        },
      ],
    });
    expect(await overdue()).toBe('0');
    const span = ['--from', '2026-10-05T10:03:00Z', '--to', '2026-10-05T10:05:00Z'];
    const words = ['--text', 'their own uplink', '--author', 'operations'];
    const dispute = ['sla', 'dispute', 'answer', '--config', config];
    const answer = await holdfast(...dispute, '--contract', 'biz-2013-lab', ...span, ...words);
    expect([answer.exitCode, answer.stderr]).toEqual([0, '']);
    const mosapi = csvOf('UUDDDUUUUU')
      .trim()
      .split('\n')
      .slice(1)
      .map((row) => row.split(','))
      .map(([service, cycle, status]) => {
        return { service, cycleCalculationDateTime: Number(cycle), status };
      });
    const second = await upload(JSON.stringify(mosapi), 'application/json');
    expect(await second.json()).toMatchObject({
      id: 'biz-2013-lab-counterparty-2026-10-v2',
      supersedes: compared.id,
      disputes: [{ responses: ['their own uplink (operations)'] }],
    });
    const page = await (await fetch(`${url}${second.headers.get('location')}`)).text();
    expect(page).toContain('<td>down</td><td>up</td>');
    expect(page).toContain('their own uplink (operations)');
  }, 30_000);

  it('is refused with its line, and nothing is kept of it', async () => {
    const { upload, url } = await openNovember();
    const csv = csvOf('UUU');
    for (const [reply, status, said] of [
      [await upload(csv.replace(/Up\n$/, 'Sideways\n')), 422, 'upload:4: '],
      [await upload('{"service":"dns"\n{', 'application/json'), 422, 'upload:1: not JSON'],
      [await upload(csv, 'text/csv', 'contract=biz-2013-lab&month=2026-09'), 422, 'no cycle of'],
      [await upload(csv, 'text/csv', 'contract=biz-2013-lab&month=2026-11'), 422, 'not a month'],
      [await upload(csv, 'text/csv', 'contract=x&month=2026-10'), 404, 'no contract x'],
      [await upload(csv, 'text/csv', 'contract=a&contract=b&month=2026-10'), 422, 'each once'],
      [await upload(csv, 'text/plain'), 415, ''],
      [await upload('', 'text/csv'), 422, ''],
    ] as const) {
      expect([reply.status, await reply.text()]).toEqual([status, expect.stringContaining(said)]);
    }
    const stranger = await fetch(`${url}${UPLOAD}`, { method: 'POST', body: csv });
    expect(stranger.status).toBe(401);
    const list = await (await fetch(`${url}/api/holdfast/v1/sla/reports`)).text();
    expect(list).not.toContain('counterparty-2026');
  });
});
