// Keys made on this side, and those of a server over its admin API.
import { readFile, stat, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { algorithmMacSize, TSIG_ALGORITHMS } from '#dns/tsig/tsig-key.ts';
import { holdfast } from '../../../kit/command-line.ts';
import { listenHttp } from '../../../kit/http-listener.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';

const SECRET = 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=';
const KEY = { id: 'xfer-key.', name: 'xfer-key', algorithm: 'hmac-sha256', type: 'TSIGKey' };
const CLAUSE = `key "xfer-key." {\n\talgorithm hmac-sha256;\n\tsecret "${SECRET}";\n};\n`;

interface Asked {
  method: string | undefined;
  url: string | undefined;
  body: unknown;
}

/** Options that lead to a server that answers so, and what it was asked. */
async function admin(status: number, answer: unknown) {
  const asked: Asked[] = [];
  const respond = async (request: IncomingMessage): Promise<void> => {
    const body = await text(request);
    const { method, url } = request;
    asked.push({ method, url, body: body === '' ? undefined : (JSON.parse(body) as unknown) });
  };
  const url = await listenHttp((request, response) => {
    void respond(request).then(() =>
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(answer === undefined ? undefined : JSON.stringify(answer)),
    );
  });
  const keyFile = join(await temporaryFolder(), 'admin.key');
  await writeFile(keyFile, 'a-key-of-enough-octets-for-anyone\n', { mode: 0o600 });
  return { asked, options: ['--api', url, '--key-file', keyFile] };
}

describe('tsig generate', () => {
  it('prints a new key for the configurations of both ends', async () => {
    const { exitCode, stdout, stderr } = await holdfast('tsig', 'generate', 'Xfer-Key');
    expect([exitCode, stderr]).toEqual([0, '']);
    const secret = /takes the line "([^"]+)"/.exec(stdout)?.[1] ?? '';
    expect(Buffer.from(secret, 'base64')).toHaveLength(32);
    const [ours = '', theirs = ''] = stdout.split('\n\n');
    expect(parse(ours)).toEqual({
      tsigKeys: [{ name: 'xfer-key.', algorithm: 'hmac-sha256', secretFile: 'xfer-key.key' }],
    });
    expect(theirs).toContain(CLAUSE.replace(SECRET, secret));
  });

  it.each(TSIG_ALGORITHMS)('makes a secret as long as the MAC of %s', async (algorithm) => {
    const run = await holdfast('tsig', 'generate', 'k', '--json', '--algorithm', algorithm);
    const key = JSON.parse(run.stdout) as { algorithm: string; secret: string; name: string };
    expect(key).toMatchObject({ name: 'k.', algorithm });
    expect(Buffer.from(key.secret, 'base64')).toHaveLength(algorithmMacSize(algorithm));
  });

  it('prints the key clause alone for programs that read one', async () => {
    const { stdout } = await holdfast('tsig', 'generate', 'k', '--clause');
    expect(stdout).toMatch(/^key "k\." \{\n\talgorithm hmac-sha256;\n\tsecret "[^"]+";\n\};\n$/);
  });

  it('writes the secret to a new file that only its owner reads, and to no other', async () => {
    const file = join(await temporaryFolder(), 'k.key');
    const { stdout } = await holdfast('tsig', 'generate', 'k', '--secret-file', file);
    const secret = await readFile(file, 'utf8');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(stdout).toContain(`secret "${secret.trim()}"`);
    expect(stdout).toContain(`secretFile: ${file}`);
    const again = await holdfast('tsig', 'generate', 'k', '--secret-file', file);
    expect(again.exitCode).toBe(1);
    expect(again.stderr).toMatch(/k\.key: there is such a file; name a new one.*TSIG_SECRET_FILE/);
    expect(await readFile(file, 'utf8')).toBe(secret);
  });

  it('names no file outside the folder, whatever the key is called', async () => {
    const { stdout } = await holdfast('tsig', 'generate', 'a/b"c');
    expect(stdout).toMatch(/secretFile: a_b__c\.key\n/);
  });

  it.each([
    ['an unknown algorithm', ['k', '--algorithm', 'hmac-sha3']],
    ['a name that is none', ['a..b']],
    ['two forms at once', ['k', '--json', '--clause']],
  ])('is wrong usage with %s', async (_, args) => {
    const { exitCode, stdout, stderr } = await holdfast('tsig', 'generate', ...args);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^holdfast: [^\n]+\n$/);
  });
});

describe('the TSIG keys of a server', () => {
  it('are listed without secrets, for people and for scripts', async () => {
    const { options, asked } = await admin(200, [{ ...KEY, key: '' }]);
    const { stdout } = await holdfast('tsig', 'list', ...options);
    expect(stdout).toBe('key        algorithm\nxfer-key.  hmac-sha256\n');
    const { stdout: json } = await holdfast('tsig', 'list', '--json', ...options);
    expect(JSON.parse(json)).toEqual([{ name: 'xfer-key.', algorithm: 'hmac-sha256' }]);
    expect(asked[0]).toMatchObject({ method: 'GET', url: '/api/v1/servers/localhost/tsigkeys' });
  });

  it('are shown one by one, as the other end reads them', async () => {
    const { options, asked } = await admin(200, { ...KEY, key: SECRET });
    expect((await holdfast('tsig', 'show', 'XFER-key', ...options)).stdout).toBe(CLAUSE);
    const { stdout } = await holdfast('tsig', 'show', 'xfer-key.', '--json', ...options);
    const key = { name: 'xfer-key.', algorithm: 'hmac-sha256', secret: SECRET };
    expect(JSON.parse(stdout)).toEqual(key);
    const url = '/api/v1/servers/localhost/tsigkeys/xfer-key.';
    expect(asked).toMatchObject([{ method: 'GET', url }, { url }]);
  });

  it('are created with a secret of the server', async () => {
    const { options, asked } = await admin(201, { ...KEY, key: SECRET });
    const { exitCode, stdout } = await holdfast('tsig', 'create', 'xfer-key', ...options);
    expect([exitCode, stdout]).toEqual([0, CLAUSE]);
    const body = { name: 'xfer-key.', algorithm: 'hmac-sha256' };
    expect(asked).toEqual([{ method: 'POST', url: '/api/v1/servers/localhost/tsigkeys', body }]);
  });

  it('are created with the secret of a file', async () => {
    const { options, asked } = await admin(201, { ...KEY, key: SECRET });
    const file = join(await temporaryFolder(), 'secret');
    await writeFile(file, `${SECRET}\n`);
    const args = ['xfer-key', '--secret-file', file, '--algorithm', 'HMAC-SHA512.'];
    expect((await holdfast('tsig', 'create', ...args, ...options)).exitCode).toBe(0);
    const body = { name: 'xfer-key.', algorithm: 'hmac-sha512', key: SECRET };
    expect(asked[0]?.body).toEqual(body);
  });

  it.each([
    ['that is not there', undefined, /no such file/],
    ['without base64', 'not base64!', /not base64 of 1 to 512 octets/],
  ])('are not created with a secret file %s', async (_, content, message) => {
    const { options, asked } = await admin(201, KEY);
    const file = join(await temporaryFolder(), 'secret');
    if (content !== undefined) await writeFile(file, content);
    const run = await holdfast('tsig', 'create', 'k', '--secret-file', file, ...options);
    expect([run.exitCode, run.stdout, asked]).toEqual([1, '', []]);
    expect(run.stderr).toMatch(message);
    expect(run.stderr).toMatch(/TSIG_SECRET_FILE/);
  });

  it('are deleted', async () => {
    const { options, asked } = await admin(204, undefined);
    const { stdout } = await holdfast('tsig', 'delete', 'xfer-key', ...options);
    expect(stdout).toBe('xfer-key.: deleted\n');
    const url = '/api/v1/servers/localhost/tsigkeys/xfer-key.';
    expect(asked).toMatchObject([{ method: 'DELETE', url }]);
  });

  it('that are not there are said to be so in the words of the server', async () => {
    const { options } = await admin(404, { error: "TSIG key with name 'k' not found" });
    const { exitCode, stderr } = await holdfast('tsig', 'delete', 'k', ...options);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^holdfast: DELETE .*tsigkeys\/k\.: TSIG key with name 'k' not found/);
  });
});
