/**
 * Debian's openssh-server for tests: an own sshd on a free port with keys of its own, for whoever
 * runs the tests; nothing of the machine's own server is touched.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { freePort } from './free-port.ts';
import { temporaryFolder } from './temporary-folder.ts';

const SSHD = '/usr/sbin/sshd';
const READY_TRIES = 100;

export interface SftpServer {
  readonly port: number;
  readonly user: string;
  /** As text. */
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA…`, and as `SHA256:…`. */
  readonly hostKey: string;
  readonly fingerprint: string;
  /** A folder that the user may write. */
  readonly directory: string;
  /** Ends every connection that is open, from the server's side. */
  loseConnections(): Promise<void>;
  /** Dies with all its connections, as its machine would. */
  die(): Promise<void>;
  /** Comes up again on the same port, with the same keys and folder. */
  comeUp(): Promise<void>;
}

export async function startSftpServer(): Promise<SftpServer> {
  const folder = await temporaryFolder();
  const directory = join(folder, 'backups');
  await mkdir(directory);
  for (const name of ['host', 'user']) {
    const path = join(folder, name);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', path]);
  }
  const port = await freePort();
  const config = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'user.pub')}`,
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'StrictModes no',
    'UsePAM no',
    'PidFile none',
    'Subsystem sftp internal-sftp',
  ];
  await writeFile(join(folder, 'sshd_config'), `${config.join('\n')}\n`);
  // What sshd demands of a root that starts it; systemd makes it for the machine's own.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
  const sshd = new Sshd(port, join(folder, 'sshd_config'));
  onTestFinished(() => sshd.die());
  await sshd.comeUp();
  const publicKey = join(folder, 'host.pub');
  const listed = execFileSync('ssh-keygen', ['-lf', publicKey], { encoding: 'utf8' });
  return {
    port,
    user: userInfo().username,
    privateKey: readFileSync(join(folder, 'user'), 'utf8'),
    hostKey: readFileSync(publicKey, 'utf8'),
    fingerprint: listed.split(' ')[1],
    directory,
    loseConnections: async () => {
      sshd.endConnections();
      await sleep(50);
    },
    die: () => sshd.die(),
    comeUp: () => sshd.comeUp(),
  };
}

/** The process that listens, and those of its connections. */
class Sshd {
  readonly #port: number;
  readonly #config: string;
  #child: ChildProcess | undefined;

  constructor(port: number, config: string) {
    this.#port = port;
    this.#config = config;
  }

  async comeUp(): Promise<void> {
    const args = ['-D', '-e', '-f', this.#config];
    const child = spawn(SSHD, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    await waitFor(this.#port, () => said);
  }

  endConnections(): void {
    for (const pid of childrenOf(this.#child?.pid ?? 0)) process.kill(pid, 'SIGKILL');
  }

  async die(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    const exited = once(child, 'exit');
    // Nobody new is let in while the others end.
    child.kill('SIGSTOP');
    for (const pid of childrenOf(child.pid ?? 0)) process.kill(pid, 'SIGKILL');
    child.kill('SIGKILL');
    await exited;
  }
}

/** The process of each connection. */
function childrenOf(pid: number): number[] {
  const listed = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return listed === '' ? [] : listed.split(' ').map(Number);
}

async function waitFor(port: number, said: () => string): Promise<void> {
  for (let left = READY_TRIES; left > 0; left--) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (isOpen) return;
    await sleep(50);
  }
  throw new Error(`sshd does not listen: ${said()}`);
}
