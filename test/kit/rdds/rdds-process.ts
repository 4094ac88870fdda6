/** `holdfast rdds` as operators run it: a process of its own that follows a register of the test's. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { freePort } from '../free-port.ts';
import { REPLICA_KEY } from './register-door.ts';

const LAUNCHER = resolve('bin/holdfast.mjs');

export interface RddsPlace {
  folder: string;
  config: string;
  whoisPort: number;
  url: string;
  secureUrl: string;
}

/** Writes a configuration with free ports. @param primary URL of the register's door */
export async function makeRddsFolder(folder: string, primary: string): Promise<RddsPlace> {
  const [whois, http, https] = [await freePort(), await freePort(), await freePort()];
  const config = join(folder, 'rdds.yaml');
  await writeFile(join(folder, 'rdds.key'), `${REPLICA_KEY}\n`, { mode: 0o600 });
  await writeFile(
    config,
    `data: ./data
rdds:
  listen: { whois: "127.0.0.1:${whois}", http: "127.0.0.1:${http}", https: "127.0.0.1:${https}" }
  primary: ${primary}
  keyFile: rdds.key
`,
  );
  const [url, secureUrl] = [`http://127.0.0.1:${http}`, `https://127.0.0.1:${https}`];
  return { folder, config, whoisPort: whois, url, secureUrl };
}

export interface RddsProcess {
  /** Sends the signal and waits for the end: exit status, or the signal's name. */
  end(signal: NodeJS.Signals): Promise<number | string>;
}

/** Resolves when it is ready; killed when the test ends. */
export async function startRddsProcess({ config }: RddsPlace): Promise<RddsProcess> {
  const child = spawn(process.execPath, [LAUNCHER, 'rdds', '--config', config], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  const end = (signal: NodeJS.Signals): Promise<number | string> => {
    child.kill(signal);
    return ended;
  };
  onTestFinished(async () => void (await end('SIGKILL')));
  await awaitReady(child, ended);
  return { end };
}

async function awaitReady(child: ChildProcess, ended: Promise<number | string>): Promise<void> {
  const { promise, resolve: onReady, reject } = Promise.withResolvers<void>();
  let said = '';
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('no output');
  stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  createInterface({ input: stdout }).on('line', (line) => {
    said += `${line}\n`;
    if ((JSON.parse(line) as { msg: string }).msg === 'ready') onReady();
  });
  void ended.then((status) => reject(new Error(`ended with ${status} before ready: ${said}`)));
  await promise;
}
