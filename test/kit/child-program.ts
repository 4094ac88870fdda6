/**
 * A stand-in for a process of Holdfast: says `ready` and stays, until SIGTERM or the end of its
 * standard input. Its arguments make it misbehave:
 *   fail TEXT    writes TEXT to standard error and ends with status 1 before it is ready
 *   die          ends with status 3 right after it is ready
 *   die-once F   the same, but only while the file F does not exist, which it makes
 *   deaf         takes no notice of SIGTERM
 *   mute         never says `ready`
 */
import { existsSync, writeFileSync } from 'node:fs';
import process from 'node:process';

const [mode, text = ''] = process.argv.slice(2);

if (mode === 'fail') {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
process.on('SIGTERM', () => {
  if (mode !== 'deaf') process.exit(0);
});
process.stdin.on('end', () => process.exit(0)).resume();
if (mode !== 'mute') {
  process.stdout.write(`${JSON.stringify({ msg: 'ready', pid: process.pid, mode })}\n`);
}
if (mode === 'die') setTimeout(() => process.exit(3), 10);
if (mode === 'die-once' && !existsSync(text)) {
  writeFileSync(text, '');
  setTimeout(() => process.exit(3), 10);
}
