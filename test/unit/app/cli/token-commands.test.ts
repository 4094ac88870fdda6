// `holdfast token …` against a real admin server.
import { describe, expect, it } from 'vitest';
import { type AdminFixture, optionsOf, startAdmin } from '../../../kit/admin/admin-fixture.ts';
import { holdfast } from '../../../kit/command-line.ts';

async function openAdmin(): Promise<{ admin: AdminFixture; options: string[] }> {
  const admin = await startAdmin();
  return { admin, options: await optionsOf(admin) };
}

describe('the token commands', () => {
  it('make a token whose secret alone is on standard output, and works', async () => {
    const { admin, options } = await openAdmin();
    const made = await holdfast('token', 'create', 'reader', ...options);
    expect(made.exitCode).toBe(0);
    expect(made.stdout).toMatch(/^hf_[0-9a-f]{16}_[A-Za-z0-9_-]{43}\n$/);
    expect(made.stderr).toMatch(/^token reader \([0-9a-f]{16}\) is made; .* not shown again\n$/);
    const headers = { 'x-api-key': made.stdout.trim() };
    const path = '/api/v1/servers/localhost/zones';
    expect((await admin.call('GET', path, undefined, headers)).status).toBe(200);
  });

  it('list what each may do, and revoke by name or id', async () => {
    const { options } = await openAdmin();
    const names = '--zone Example.com --suffix _acme-challenge.example.com.';
    const rest = '--type txt --type caa --network 192.0.2.0/24 --expires 90d';
    const narrow = `--write ${names} ${rest}`.split(' ');
    const made = await holdfast('token', 'create', 'acme', ...narrow, '--json', ...options);
    const token = JSON.parse(made.stdout) as { id: string; scope: { expiresAt: string } };
    expect(token.scope).toMatchObject({
      write: true,
      zones: ['example.com.'],
      suffixes: ['_acme-challenge.example.com.'],
      types: ['TXT', 'CAA'],
      networks: ['192.0.2.0/24'],
    });
    await holdfast('token', 'create', 'reader', '--expires', '2099-01-01', ...options);
    const { stdout } = await holdfast('token', 'list', ...options);
    const limits =
      'zone example.com., suffix _acme-challenge.example.com., type TXT, type CAA, ' +
      'network 192.0.2.0/24';
    const [head, ...lines] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(head).toEqual(['token', 'id', 'may', 'only', 'expires']);
    expect(lines.sort(([a = ''], [b = '']) => a.localeCompare(b))).toEqual([
      ['acme', token.id, 'write', limits, token.scope.expiresAt],
      ['reader', expect.any(String), 'read', '-', '2099-01-01T00:00:00.000Z'],
    ]);
    expect((await holdfast('token', 'revoke', 'reader', ...options)).stdout).toBe(
      'reader: revoked\n',
    );
    expect((await holdfast('token', 'revoke', token.id, ...options)).stdout).toBe(
      'acme: revoked\n',
    );
    const left = await holdfast('token', 'list', '--json', ...options);
    expect(JSON.parse(left.stdout)).toEqual([]);
    const gone = await holdfast('token', 'revoke', 'acme', ...options);
    expect(gone).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/no such token/) });
  });

  it('refuse a time that is none or over, before anything is asked', async () => {
    for (const time of ['soon', '2020-01-01', '2027-13-01', '2027-01-01T00:00']) {
      const { exitCode, stderr } = await holdfast('token', 'create', 'a', '--expires', time);
      expect(exitCode).toBe(2);
      expect(stderr).toContain(`--expires ${time}: `);
    }
  });

  it('say what the server does not like', async () => {
    const { options } = await openAdmin();
    const { exitCode, stderr } = await holdfast('token', 'create', 'a', '--type', 'x', ...options);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/types: 'x': there is no such record type/);
  });
});
