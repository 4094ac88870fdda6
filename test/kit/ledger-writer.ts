/**
 * A child process for fault tests: appends one cycle a batch to the ledger in argv[2] until it is
 * killed, and says on standard output which cycle is durable.
 */
import process from 'node:process';
import { openLedger } from '#sla/ledger/ledger.ts';
import { packCycle } from '#sla/measurement/cycle-record.ts';
import { dnsTests } from './sla-evidence.ts';

const [folder = '', firstCycle = '0'] = process.argv.slice(2);
let nowMs = (Number(firstCycle) + 180) * 1000;
const ledger = await openLedger(folder, { nowMs: () => nowMs, monotonicUs: () => nowMs * 1000 });
process.stdout.write(`torn ${ledger.torn?.size ?? 0}\n`);
for (let cycle = Number(firstCycle); ; cycle += 60) {
  nowMs = (cycle + 180) * 1000;
  await ledger.append([packCycle('dns', cycle, dnsTests({ cycle, probes: 5 }))]);
  process.stdout.write(`durable ${cycle}\n`);
}
