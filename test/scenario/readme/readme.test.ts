// The README's walk through, command by command, against what its first command starts. Ports and
// the data folder are the test's own, so that it runs beside a Holdfast of the developer's.
import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../kit/free-port.ts';
import { peersMissing } from '../../kit/peers.ts';
import { shellBlocks } from '../../kit/shell-blocks.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const LAUNCHER = resolve('bin/holdfast.mjs');
const PORTS = ['5300', '8081', '8082', '8084'];

/** Resolves at up's own `ready`; rejects with what it said if it ends before. */
async function ready(child: ChildProcessWithoutNullStreams): Promise<void> {
  const said = text(child.stderr);
  const isReady = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.includes('"name":"up"') && line.includes('"msg":"ready"')) isReady.resolve();
  });
  const ended = once(child, 'exit').then(async ([status]) => {
    throw new Error(`up ended with ${String(status)}: ${await said}`);
  });
  await Promise.race([isReady.promise, ended]);
}

describe.skipIf(peersMissing('dig', 'curl'))('the README', () => {
  let blocks: string[] = [];
  beforeAll(async () => {
    blocks = shellBlocks(await readFile('README.md', 'utf8'), '## A walk through');
  });

  it('does what it says, from start to restore', { timeout: 90_000 }, async () => {
    const folder = await temporaryFolder();
    const ports = new Map<string, string>();
    for (const port of PORTS) ports.set(port, String(await freePort()));
    const own = (script: string): string =>
      script
        .replaceAll(/\b(?:5300|8081|8082|8084)\b/g, (port) => ports.get(port) ?? port)
        .replaceAll('npx holdfast', `"${process.execPath}" "${LAUNCHER}"`);

    await mkdir(join(folder, 'config'));
    const config = await readFile('config/holdfast.yaml', 'utf8');
    const zones = resolve('zones');
    await writeFile(join(folder, 'config/holdfast.yaml'), own(config.replace('../zones', zones)));
    const up = spawn(process.execPath, [LAUNCHER, 'up'], { cwd: folder, stdio: 'pipe' });
    onTestFinished(() => void up.kill('SIGKILL'));
    await ready(up);

    const outputs: string[] = [];
    for (const block of blocks) {
      const args = ['-euo', 'pipefail', '-c', own(block)];
      const { stdout } = await promisify(execFile)('bash', args, { cwd: folder });
      outputs.push(stdout);
    }
    const [asked = '', changed = '', measured = '', saved = ''] = outputs;
    expect(asked).toContain('ns1.example.com. hostmaster.example.com.');
    expect(asked).toContain('192.0.2.10');
    expect(asked).toMatch(/^oak\.lab\.\s.*\sNS\s/m);
    expect(asked).toMatch(/\sRRSIG\sA 13 /);
    expect(changed).toContain('"changed"');
    expect(measured).toMatch(/^holdfast_dns_requests_total\{.*\} [1-9]/m);
    expect(measured).toContain('biz-2013-lab');
    expect(saved).toContain('restored');

    up.kill('SIGTERM');
    expect(await once(up, 'exit')).toEqual([0, null]);
  });
});
