/** What a process and its descendants use, read from Linux's /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** The kernel reports CPU time in ticks of this length on every architecture that we run on. */
const TICK_US = 10_000;

/** The process and all its descendants. */
export function processTree(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const fields = statFields(Number(entry));
    if (fields !== undefined) parents.set(Number(entry), Number(fields[1]));
  }
  const tree = [pid];
  for (const member of tree) {
    for (const [child, parent] of parents) if (parent === member) tree.push(child);
  }
  return tree;
}

/** CPU time of all threads so far, microseconds. */
export function cpuTimeUs(pid: number): number {
  let ticks = 0;
  for (const member of processTree(pid)) {
    const fields = statFields(member);
    if (fields !== undefined) ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks * TICK_US;
}

/** Memory in octets, what is shared between processes counted once (PSS). */
export function memoryBytes(pid: number): number {
  let bytes = 0;
  for (const member of processTree(pid)) {
    const text = readOptional(`/proc/${member}/smaps_rollup`);
    bytes += Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
  }
  return bytes;
}

/** Fields of /proc/PID/stat behind the program's name: the state is the first. */
function statFields(pid: number): string[] | undefined {
  const text = readOptional(`/proc/${pid}/stat`);
  return text === '' ? undefined : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** Processes may end while they are looked at. */
function readOptional(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
