/** nsupdate and knsupdate, run with a script: what they sent, and what they were told. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { findPeer } from './peers.ts';

export type UpdateClient = 'nsupdate' | 'knsupdate';

export interface ClientRun {
  port: number;
  /** Statements, as `add a.example. 60 A 192.0.2.1`; server and `send` are put around them. */
  script: readonly string[];
  /** `ALGORITHM:NAME:SECRET`. */
  key?: string;
  overTcp?: boolean;
}

/** Everything that the client printed, and 0 when it was told NOERROR. */
export async function runUpdateClient(
  client: UpdateClient,
  { port, script, key, overTcp = false }: ClientRun,
): Promise<{ status: number | null; printed: string }> {
  const args = [...(overTcp ? ['-v'] : []), ...(key === undefined ? [] : ['-y', key])];
  const child = spawn(findPeer(client) ?? client, args, { stdio: 'pipe' });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const exited = once(child, 'exit');
  child.stdin.end([`server 127.0.0.1 ${port}`, ...script, 'send', 'answer', 'quit', ''].join('\n'));
  const [status] = (await exited) as [number | null];
  return { status, printed };
}
