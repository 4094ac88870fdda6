/**
 * `holdfast up` with the configuration that ships, on free ports and with its data in a folder of
 * the test's: every process of the program at once.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { parseDocument } from 'yaml';
import { freePort } from './free-port.ts';

export const LAUNCHER = resolve('bin/holdfast.mjs');
/** Of the shipped configuration: DNS, admin APIs, sidecar, probe, EPP, WHOIS, RDAP. */
const PORTS = ['5300', '8081', '8086', '8082', '8084', '7000', '4343', '8083'] as const;
const PORT = new RegExp(String.raw`\b(?:${PORTS.join('|')})\b`, 'g');
const FILES = ['holdfast.yaml', 'ns2.yaml'];

export interface UpProcess {
  /** Where it runs; the configuration is `config/holdfast.yaml` in it. */
  folder: string;
  /** A text about the shipped configuration with its ports exchanged for the test's. */
  own: (text: string) => string;
  /** SIGTERM; the exit status and the signal that ended it. */
  stop: () => Promise<unknown[]>;
}

export interface UpOptions {
  /** What starts it in the folder; the launcher, where missing. */
  command?: readonly string[];
  /** Sections of the configuration that are left out, and their processes with them. */
  without?: readonly string[];
}

/** Resolves at up's own `ready`; rejects with what it said if it ends before. */
export async function startUpProcess(
  folder: string,
  { command = [process.execPath, LAUNCHER, 'up'], without = [] }: UpOptions = {},
): Promise<UpProcess> {
  const [program = '', ...args] = command;
  const ports = new Map<string, string>();
  for (const port of PORTS) ports.set(port, String(await freePort()));
  const own = (said: string): string => said.replaceAll(PORT, (port) => ports.get(port) ?? port);
  await mkdir(join(folder, 'config'));
  for (const file of FILES) {
    const config = parseDocument(await readFile(join('config', file), 'utf8'));
    for (const section of without) config.delete(section);
    const kept = String(config).replace('../zones', resolve('zones'));
    await writeFile(join(folder, 'config', file), own(kept));
  }
  const up = spawn(program, args, { cwd: folder, stdio: 'pipe' });
  onTestFinished(() => void up.kill('SIGKILL'));
  const said = text(up.stderr);
  const isReady = Promise.withResolvers<void>();
  createInterface({ input: up.stdout }).on('line', (line) => {
    if (line.includes('"name":"up"') && line.includes('"msg":"ready"')) isReady.resolve();
  });
  const ended = once(up, 'exit').then(async ([status]) => {
    throw new Error(`up ended with ${String(status)}: ${await said}`);
  });
  await Promise.race([isReady.promise, ended]);
  return {
    folder,
    own,
    stop: () => {
      const exited = once(up, 'exit');
      up.kill('SIGTERM');
      return exited;
    },
  };
}
