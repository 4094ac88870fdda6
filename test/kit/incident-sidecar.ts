/**
 * A child process for fault tests: the sidecar's way from a decided cycle to a delivered message,
 * with its real parts, on a clock that steps a minute at a time. argv: folder, URL of the webhook,
 * minutes of the story, and where to kill itself, as `MINUTE:ledger`, `MINUTE:outbox` or nothing.
 * It goes on where the ledger ends, as a sidecar does.
 */
import { join } from 'node:path';
import process from 'node:process';
import { IncidentDesk } from '#app/adapters/incident-desk.ts';
import { ledgerCycles } from '#app/adapters/ledger-cycles.ts';
import { RunningScore } from '#app/adapters/running-score.ts';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { systemRandom } from '#base/random.ts';
import { loadContract } from '#sla/contract/contract-file.ts';
import { Deliveries } from '#sla/incident/deliveries.ts';
import { Outbox } from '#sla/incident/outbox.ts';
import { webhookChannel } from '#sla/incident/webhook-channel.ts';
import { openLedger } from '#sla/ledger/ledger.ts';
import { readLedger } from '#sla/ledger/ledger-reader.ts';
import { packCycle } from '#sla/measurement/cycle-record.ts';
import { dnsTests, topologyOf } from './sla-evidence.ts';

const START_MS = Date.parse('2026-10-05T10:00:00Z');
const MINUTE_MS = 60_000;
const [folder = '', url = '', minutes = '0', deathPlace = ''] = process.argv.slice(2);

/** Down from minute 5 to 35, and from 45 to 50. */
function isDown(minute: number): boolean {
  return (minute >= 5 && minute < 35) || (minute >= 45 && minute < 50);
}

const cell = makeClockCell(START_MS);
const clock = openClock({ kind: 'cell', cell });
const log = silentLog();
const ledger = await openLedger(join(folder, 'ledger'), clock);
setClockCell(cell, Math.max(START_MS, ledger.lastLineMs ?? 0));
const contractFile = join(import.meta.dirname, '../../config/contracts/biz-2013-lab.yaml');
const scores = new RunningScore([await loadContract(contractFile)], clock);
let next = 0;
for await (const { lines } of readLedger(ledger.folder)) {
  for (const { body } of lines) {
    scores.add(body);
    if (body.kind === 'cycle') next = (body.cycle * 1000 - START_MS) / MINUTE_MS + 1;
  }
}
const outbox = await Outbox.open(join(folder, 'outbox.ndjson'), log, clock.nowMs());
const receives = ['incidents', 'alarms', 'escalations', 'corrections'] as const;
const desk = new IncidentDesk({
  scores,
  outbox,
  contacts: [{ name: 'noc', receives }],
  folder: join(folder, 'evidence'),
  source: ledgerCycles(ledger.folder),
  onReviewed: () => undefined,
  clock,
  log,
});
const deliveries = new Deliveries({
  outbox,
  channels: new Map([['noc', webhookChannel({ url, secret: undefined, clock })]]),
  onOutcome: () => undefined,
  clock,
  random: systemRandom(),
  log,
});

function dieAt(place: string): void {
  if (deathPlace === place) process.kill(process.pid, 'SIGKILL');
}

async function tell(minute: number): Promise<void> {
  scores.decided(clock.nowMs());
  await desk.review();
  dieAt(`${minute}:outbox`);
  deliveries.step();
  await deliveries.idle();
}

process.stdout.write('started\n');
await tell(-1);
for (let minute = next; minute < Number(minutes); minute++) {
  const cycle = (START_MS + minute * MINUTE_MS) / 1000;
  setClockCell(cell, START_MS + minute * MINUTE_MS + 3 * MINUTE_MS);
  const record = packCycle('dns', cycle, dnsTests({ cycle, fails: () => isDown(minute) }));
  const bodies = minute === 0 ? [topologyOf(2, '2026-10-05T10:00:00Z'), record] : [record];
  await ledger.append(bodies);
  dieAt(`${minute}:ledger`);
  for (const body of bodies) scores.add(body);
  await tell(minute);
}
process.stdout.write('done\n');
await deliveries.close();
await outbox.close();
await ledger.close();
