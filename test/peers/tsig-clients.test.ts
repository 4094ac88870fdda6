import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  formatTsigKey,
  parseTsigKey,
  TSIG_ALGORITHMS,
  type TsigKey,
  type TsigPolicy,
} from '#dns/tsig/tsig-key.ts';
import { holdfast } from '../kit/command-line.ts';
import { findPeer, peersMissing } from '../kit/peers.ts';
import { startSigningServer, TRANSFER_MESSAGES } from '../kit/signing-server.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';
import { keyringOf, XFER_KEY } from '../kit/tsig-message.ts';

const run = promisify(execFile);
const { name: NAME, secret: SECRET } = formatTsigKey(XFER_KEY);
/** What dig and kdig say of a reply whose signature they do not like. */
const DISLIKE = /couldn't verify|warning|error:|failed/i;

interface Circumstances {
  key?: TsigKey;
  policy?: TsigPolicy;
}

/** What a client prints that is run with these arguments against a server that has one key. */
async function ask(client: 'dig' | 'kdig', args: string[], circumstances: Circumstances = {}) {
  const { key = XFER_KEY, policy = { allowsMd5: true } } = circumstances;
  const port = await startSigningServer(keyringOf([key], policy));
  const brief = client === 'dig' ? ['+tries=1', '+time=5'] : ['+retry=0', '+time=5'];
  const place = ['@127.0.0.1', '-p', String(port), ...brief];
  const printed = await run(findPeer(client) ?? client, [...place, ...args]).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
  return `${printed.stdout}${printed.stderr}`;
}

describe.skipIf(peersMissing('dig', 'kdig')).each(['dig', 'kdig'] as const)('%s', (client) => {
  it.each(TSIG_ALGORITHMS)('signs a query and verifies its reply with %s', async (algorithm) => {
    const args = ['-y', `${algorithm}:${NAME}:${SECRET}`, 'signed.test', 'SOA'];
    const printed = await ask(client, args, { key: { ...XFER_KEY, algorithm } });
    expect(printed).toMatch(/NOERROR[\s\S]*ns\.signed\.test\. admin\.signed\.test\. 7 /);
    expect(printed).toMatch(/TSIG/);
    expect(printed).not.toMatch(DISLIKE);
  });

  it('verifies a transfer of many messages, each signed', async () => {
    const key = `hmac-sha256:${NAME}:${SECRET}`;
    const printed = await ask(client, ['-y', key, 'signed.test', 'AXFR']);
    expect(printed.match(/^host\d+\.signed\.test\./gm)).toHaveLength(TRANSFER_MESSAGES - 2);
    expect(printed.match(/\tSOA\t/g)).toHaveLength(2);
    expect(printed).not.toMatch(DISLIKE);
  });

  it.each([
    ['BADKEY', 'a key that the server does not know', `hmac-sha256:other:${SECRET}`],
    ['BADKEY', 'another algorithm than the key has', `hmac-sha512:${NAME}:${SECRET}`],
    ['BADSIG', 'another secret', `hmac-sha256:${NAME}:AAAAAAAAAAAAAAAAAAAAAA==`],
  ])('is told %s for %s', async (error, _, key) => {
    const printed = await ask(client, ['-y', key, 'signed.test', 'SOA']);
    expect(printed).toMatch(new RegExp(`TSIG\\s+hmac-sha[0-9]+\\. \\d+ 300 0 .*${error} 0`));
  });
});

describe.skipIf(peersMissing('dig', 'named-checkconf'))(
  'a key clause that tsig generate prints',
  () => {
    it('is read by dig and named', async () => {
      const { stdout } = await holdfast('tsig', 'generate', 'xfer.example', '--clause');
      const file = join(await temporaryFolder(), 'key');
      await writeFile(file, stdout);
      await run(findPeer('named-checkconf') ?? 'named-checkconf', [file]);
      const secret = /secret "([^"]+)"/.exec(stdout)?.[1] ?? '';
      const key = parseTsigKey({ name: NAME, algorithm: 'hmac-sha256', secret });
      const printed = await ask('dig', ['-k', file, 'signed.test', 'SOA'], { key });
      expect(printed).toMatch(/NOERROR[\s\S]*ns\.signed\.test\./);
      expect(printed).not.toMatch(DISLIKE);
    });
  },
);

describe.skipIf(peersMissing('dig'))('dig', () => {
  const cut = ['-y', `hmac-sha256-128:${NAME}:${SECRET}`, 'signed.test', 'SOA'];

  it('is told BADTIME when its clock is an hour behind', async () => {
    const past = String(Math.floor(Date.now() / 1000) - 3600);
    const key = `hmac-sha256:${NAME}:${SECRET}`;
    const printed = await ask('dig', [`+fuzztime=${past}`, '-y', key, 'signed.test', 'SOA']);
    expect(printed).toMatch(/NOTAUTH[\s\S]*BADTIME 6 /);
  });

  it('is told BADTRUNC for a cut MAC', async () => {
    expect(await ask('dig', cut)).toMatch(/NOTAUTH[\s\S]*BADTRUNC/);
  });

  it('is answered with a whole MAC to a cut one where the policy allows it', async () => {
    const printed = await ask('dig', cut, { policy: { allowsTruncation: true } });
    expect(printed).toMatch(/NOERROR[\s\S]* 300 32 /);
    expect(printed).not.toMatch(DISLIKE);
  });
});
