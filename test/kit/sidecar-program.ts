/**
 * A child process for fault tests: the sidecar, on a wall clock that runs faster than the real one
 * by a whole number, so that minutes of cycles pass in seconds. Restarted with the same arguments it
 * goes on at the same time as everybody else. Says `ready` on standard output.
 *
 *   argv: CONFIGURATION-FILE REAL-START-MS VIRTUAL-START-MS SPEED
 */
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { parseConfiguration } from '#app/config/load-configuration.ts';
import { startSla } from '#app/sla-process.ts';
import { openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { systemRandom } from '#base/random.ts';
import { fastClock } from './fast-clock.ts';

const [file = '', realMs = '0', virtualMs = '0', speed = '1'] = process.argv.slice(2);
const clock = fastClock(openClock({ kind: 'system' }), {
  realMs: Number(realMs),
  virtualMs: Number(virtualMs),
  speed: Number(speed),
});
const configuration = parseConfiguration(file, await readFile(file, 'utf8'));
await startSla({ configuration }, { log: silentLog(), clock, random: systemRandom() });
process.stdout.write('ready\n');
