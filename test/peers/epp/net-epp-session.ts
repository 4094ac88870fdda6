/** Runs the session of net-epp-session.pl and gives its lines. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const SCRIPT = join(import.meta.dirname, 'net-epp-session.pl');

export interface NetEppSession {
  port: number;
  id: string;
  password: string;
  /** Paths of PEM files: who vouches for the server, and the registrar's own. */
  files: { ca: string; certificate: string; key: string };
  /** That names are made in, without dots. */
  zone: string;
  /** Nothing is deleted at the end. */
  keep?: boolean;
}

export async function runNetEppSession(session: NetEppSession): Promise<string[]> {
  const { port, id, password, files, zone, keep = false } = session;
  const { ca, certificate, key } = files;
  const args = [SCRIPT, String(port), id, password, ca, certificate, key, zone];
  if (keep) args.push('keep');
  const { stdout, stderr } = await promisify(execFile)('perl', args).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
  return `${stdout}${stderr}`.trim().split('\n');
}
