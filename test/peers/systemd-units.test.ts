// config/systemd and socket activation against systemd's own programs; no systemd runs here.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readFile, realpath, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findPeer, peersMissing } from '../kit/peers.ts';
import { SAMPLE_ZONE } from '../kit/server-configuration.ts';
import { makeServerFolder } from '../kit/server-process.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';

const run = promisify(execFile);
const UNITS = 'config/systemd';
const INSTALLED_NODE = '/opt/holdfast/node_modules/.bin/node';
/** As systemd-analyze rates it: 10 is naked; ten times the figure is its threshold. */
const EXPOSURE_MAX = 1.5;

/** The units in a folder, with a program that this machine has. */
async function copyUnits(): Promise<string> {
  const folder = await temporaryFolder();
  const service = await readFile(join(UNITS, 'holdfast.service'), 'utf8');
  expect(service).toContain(`ExecStart=${INSTALLED_NODE} `);
  const node = await realpath(process.execPath);
  await writeFile(join(folder, 'holdfast.service'), service.replace(INSTALLED_NODE, node));
  await copyFile(join(UNITS, 'holdfast.socket'), join(folder, 'holdfast.socket'));
  return folder;
}

async function analyze(folder: string, ...args: string[]) {
  return run(findPeer('systemd-analyze') ?? 'systemd-analyze', args, { cwd: folder });
}

describe.skipIf(peersMissing('systemd-socket-activate', 'dig'))('socket activation', () => {
  it.each(['--datagram', '--'])(
    'starts the server at the first query and hands the socket over, %s',
    async (kind) => {
      const place = await makeServerFolder(await temporaryFolder());
      await writeFile(join(place.zones, 'example.com.zone'), SAMPLE_ZONE);
      const at = `--listen=127.0.0.1:${place.dnsPort}`;
      const options = [at, ...(kind === '--' ? [] : [kind])];
      const launcher = resolve('bin/holdfast.mjs');
      const command = [process.execPath, launcher, 'serve', '--config', place.config];
      const program = findPeer('systemd-socket-activate') ?? 'systemd-socket-activate';
      const child = spawn(program, [...options, ...command], { stdio: 'pipe' });
      const exited = once(child, 'exit');
      onTestFinished(async () => {
        child.kill('SIGKILL');
        await exited;
      });
      let said = '';
      for (const output of [child.stdout, child.stderr]) {
        output.on('data', (chunk: Buffer) => {
          said += chunk.toString();
        });
      }
      await expect.poll(() => said).toContain('Listening on');
      const dig = ['@127.0.0.1', '-p', String(place.dnsPort), '+time=10', '+tries=1', '+short'];
      const transport = kind === '--' ? '+tcp' : '+notcp';
      const args = [...dig, '+norec', transport, 'www.example.com'];
      const { stdout } = await run(findPeer('dig') ?? 'dig', args);
      expect(stdout).toBe('192.0.2.80\n');
    },
  );
});

describe.skipIf(peersMissing('systemd-analyze'))('the systemd units', () => {
  it('say nothing that systemd does not know', async () => {
    const folder = await copyUnits();
    const units = ['./holdfast.service', './holdfast.socket'];
    const { stdout, stderr } = await analyze(folder, 'verify', '--man=no', ...units);
    // Other units of the machine may have faults of their own.
    expect(`${stdout}${stderr}`).not.toContain('holdfast');
  });

  it(`leave the service an exposure of at most ${EXPOSURE_MAX}`, async () => {
    const folder = await copyUnits();
    const threshold = `--threshold=${EXPOSURE_MAX * 10}`;
    const args = ['security', '--offline=true', '--no-pager', threshold, './holdfast.service'];
    const { stdout } = await analyze(folder, ...args);
    expect(stdout).toMatch(/Overall exposure level for holdfast\.service: [01]\.\d OK/);
  });

  it('hand over UDP and TCP at the same addresses, one family each', async () => {
    const socket = await readFile(join(UNITS, 'holdfast.socket'), 'utf8');
    const listed = (key: string) => socket.split('\n').filter((line) => line.startsWith(`${key}=`));
    const datagrams = listed('ListenDatagram').map((line) => line.split('=')[1]);
    expect(datagrams).toEqual(['0.0.0.0:53', '[::]:53']);
    expect(listed('ListenStream').map((line) => line.split('=')[1])).toEqual(datagrams);
    expect(listed('BindIPv6Only')).toEqual(['BindIPv6Only=ipv6-only']);
  });
});
