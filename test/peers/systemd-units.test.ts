// config/systemd against systemd itself, without running it.
import { execFile } from 'node:child_process';
import { copyFile, readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { findPeer, peersMissing } from '../kit/peers.ts';
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
