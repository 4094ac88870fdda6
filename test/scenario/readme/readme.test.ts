// The README's walk through, command by command, against what its first command starts. Ports and
// the data folder are the test's own, so that it runs beside a Holdfast of the developer's.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { netEppMissing, peersMissing } from '../../kit/peers.ts';
import { shellBlocks } from '../../kit/shell-blocks.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { LAUNCHER, startUpProcess, type UpProcess } from '../../kit/up-process.ts';

/** What the shell blocks of a section print, each in its turn. */
async function runSection(up: UpProcess, heading: string): Promise<string[]> {
  const outputs: string[] = [];
  for (const block of shellBlocks(await readFile('README.md', 'utf8'), heading)) {
    const script = up.own(block).replaceAll('npx holdfast', `"${process.execPath}" "${LAUNCHER}"`);
    const args = ['-euo', 'pipefail', '-c', script];
    const { stdout } = await promisify(execFile)('bash', args, { cwd: up.folder });
    outputs.push(stdout);
  }
  return outputs;
}

describe.skipIf(peersMissing('dig', 'curl'))('the README', () => {
  it('does what it says, from start to restore', { timeout: 90_000 }, async () => {
    const up = await startUpProcess(await temporaryFolder());
    const outputs = await runSection(up, '## A walk through');
    const [asked = '', changed = '', measured = '', saved = ''] = outputs;
    expect(asked).toContain('ns1.example.com. hostmaster.example.com.');
    expect(asked).toContain('192.0.2.10');
    expect(asked).toMatch(/^oak\.lab\.\s.*\sNS\s/m);
    expect(asked).toMatch(/\sRRSIG\sA 13 /);
    expect(changed).toBe('"changed"\n"changed"\n');
    expect(measured).toMatch(/^holdfast_dns_requests_total\{.*\} [1-9]/m);
    expect(measured).toContain('biz-2013-lab');
    expect(saved).toContain('restored');
    expect(await up.stop()).toEqual([0, null]);
  });

  it.skipIf(netEppMissing())('has a name registered, and served', { timeout: 60_000 }, async () => {
    const up = await startUpProcess(await temporaryFolder());
    const [registered] = await runSection(up, '## Register a name');
    expect(registered).toMatch(/^hello\.tld\.\s.*ns1\.example\.net\.\nhello\.tld\.\s/m);
    expect(registered).toContain('"ldhName":"hello.tld"');
  });
});
