// A registrar's way with the programs that people have: Net::EPP registers a name with a client
// certificate at a running `holdfast serve`; dig finds it at both name servers, whois and curl in the
// directory.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { netEppMissing, peersMissing } from '../../kit/peers.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { startUpProcess } from '../../kit/up-process.ts';
import { runNetEppSession } from './net-epp-session.ts';

const run = promisify(execFile);
const NAME = 'perl.tld';
const STEPS = [
  'ping',
  'contact',
  'external host',
  'domain',
  'glue host',
  'update',
  'info',
  'renew',
];

/** What the program printed, whatever its status. */
async function said(program: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(program, args).catch(
    (error: unknown) => error as { stdout: string },
  );
  return stdout;
}

const isMissing = netEppMissing() || peersMissing('dig', 'whois', 'curl');

describe.skipIf(isMissing)('a session of Net::EPP at a running server', () => {
  it('brings a name to dig, whois and RDAP', { timeout: 60_000 }, async () => {
    const up = await startUpProcess(await temporaryFolder(), { without: ['probe', 'sla'] });
    const own = join(up.folder, 'data', 'epp');
    const id = 'demo-rar';
    const lines = await runNetEppSession({
      port: Number(up.own('7000')),
      id,
      password: (await readFile(join(own, `registrar-${id}.password`), 'utf8')).trim(),
      files: {
        ca: join(own, 'ca.pem'),
        certificate: join(own, `registrar-${id}.pem`),
        key: join(own, `registrar-${id}.key`),
      },
      zone: 'tld',
      keep: true,
    });
    const steps = lines.filter((line) => /^(?:not )?ok /.test(line));
    expect(steps).toEqual([...STEPS, 'logout'].map((step) => `ok ${step}`));

    for (const server of ['127.0.0.1', '127.0.0.2']) {
      const dig = ['-p', up.own('5300'), `@${server}`, NAME, 'NS', '+norecurse'];
      const answer = (): Promise<string> => said('dig', ...dig);
      await expect.poll(answer, { timeout: 10_000 }).toMatch(/\sIN\s+NS\s+ns1\.perl\.tld\./);
      expect(await answer()).toMatch(/\sIN\s+NS\s+ns\.example\.net\./);
      expect(await answer()).toMatch(/^ns1\.perl\.tld\.\s+\d+\s+IN\s+AAAA\s+2001:db8::1/m);
    }
    const whois = (): Promise<string> =>
      said('whois', '-h', '127.0.0.1', '-p', up.own('4343'), NAME);
    await expect.poll(whois, { timeout: 10_000 }).toMatch(/^Name Server: ns1\.perl\.tld/im);
    expect(await whois()).toMatch(/^Registrar: A registrar to try things with/m);
    expect(await whois()).toMatch(/^Domain Status: clientTransferProhibited/m);
    const rdap = await said('curl', '-sS', up.own(`http://127.0.0.1:8083/rdap/domain/${NAME}`));
    expect(JSON.parse(rdap)).toMatchObject({
      objectClassName: 'domain',
      ldhName: NAME,
      status: expect.arrayContaining(['client transfer prohibited']) as string[],
    });
    expect(await up.stop()).toEqual([0, null]);
  });
});
