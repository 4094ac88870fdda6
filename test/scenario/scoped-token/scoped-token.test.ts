/**
 * An operator gives an ACME client what it needs and no more: a token for the TXT records of one
 * challenge, made on the command line, used against `holdfast serve`, refused everywhere else,
 * good after a restart and of no use once it is revoked.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { holdfast } from '../../kit/command-line.ts';
import { peersMissing } from '../../kit/peers.ts';
import { makeServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const run = promisify(execFile);
const ZONE = '/api/v1/servers/localhost/zones/example.com.';
const CHALLENGE = '_acme-challenge.www.example.com.';

async function startServer(): Promise<ServerProcess> {
  const server = await ServerProcess.start(await makeServerFolder(await temporaryFolder()));
  const { status } = await server.api('POST', '/api/v1/servers/localhost/zones', {
    name: 'example.com.',
    kind: 'Native',
    nameservers: ['ns1.example.net.'],
  });
  expect(status).toBe(201);
  return server;
}

function patch(server: ServerProcess, secret: string, name: string, type: string, content: string) {
  const rrset = { name, type, ttl: 60, changetype: 'REPLACE', records: [{ content }] };
  return fetch(`${server.place.apiUrl}${ZONE}`, {
    method: 'PATCH',
    headers: { 'X-API-Key': secret },
    body: JSON.stringify({ rrsets: [rrset] }),
  });
}

async function dig({ place }: ServerProcess, ...args: string[]): Promise<string> {
  const { stdout } = await run('dig', ['@127.0.0.1', '-p', `${place.dnsPort}`, '+short', ...args]);
  return stdout.trim();
}

function optionsOf({ place }: ServerProcess): string[] {
  return ['--api', place.apiUrl, '--key-file', join(place.data, 'admin.key')];
}

describe.skipIf(peersMissing('dig'))('a token for one ACME challenge', () => {
  it('sets the challenge, nothing else, over a restart, until it is revoked', async () => {
    const server = await startServer();
    const scope = `--write --type TXT --suffix ${CHALLENGE} --expires 1d`.split(' ');
    const made = await holdfast('token', 'create', 'acme-www', ...scope, ...optionsOf(server));
    expect(made).toMatchObject({ exitCode: 0 });
    const secret = made.stdout.trim();
    expect((await patch(server, secret, CHALLENGE, 'TXT', '"one"')).status).toBe(204);
    expect(await dig(server, CHALLENGE, 'TXT')).toBe('"one"');
    for (const [name, type, content] of [
      ['www.example.com.', 'A', '192.0.2.66'],
      [CHALLENGE, 'CNAME', 'evil.example.net.'],
      ['_acme-challenge.example.com.', 'TXT', '"all"'],
    ] as const) {
      const refused = await patch(server, secret, name, type, content);
      expect(refused.status, `${name} ${type}`).toBe(403);
      expect(await dig(server, name, type)).toBe('');
    }
    await server.stop();

    const again = await ServerProcess.start(server.place);
    expect((await patch(again, secret, CHALLENGE, 'TXT', '"two"')).status).toBe(204);
    expect(await dig(again, CHALLENGE, 'TXT')).toBe('"two"');
    const revoked = await holdfast('token', 'revoke', 'acme-www', ...optionsOf(again));
    expect(revoked).toMatchObject({ exitCode: 0, stdout: 'acme-www: revoked\n' });
    expect((await patch(again, secret, CHALLENGE, 'TXT', '"three"')).status).toBe(401);
    expect(await dig(again, CHALLENGE, 'TXT')).toBe('"two"');

    const audit = await again.api('GET', '/api/holdfast/v1/audit');
    const { entries } = (await audit.json()) as { entries: { actor: string; status: string }[] };
    const byToken = entries.filter(({ actor }) => actor === 'token:acme-www');
    expect(byToken.map(({ status }) => status)).toEqual(['204', '403', '403', '403', '204']);
  });
});
