// `holdfast registry …` and the resources behind it, against a real admin server and register.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { RegistryAdapter } from '#app/adapters/registry-port.ts';
import { authenticate } from '#registry/flow/authenticate.ts';
import {
  type AdminFixture,
  optionsOf,
  read,
  startAdmin,
  writeKeyFile,
} from '../../../kit/admin/admin-fixture.ts';
import { type CommandRun, holdfast } from '../../../kit/command-line.ts';
import { listenHttp } from '../../../kit/http-listener.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';
import {
  ALPHA,
  BETA,
  callerOf,
  contactCommand,
  openRegister,
  type RegisterFixture,
  registerDomain,
} from '../../../kit/two-registrars.ts';

const OWN = '/api/holdfast/v1';
const JSON_TYPE = { 'content-type': 'application/json' };

interface Opened extends RegisterFixture {
  admin: AdminFixture;
  /** `holdfast registry …` of this server. */
  registry: (...args: string[]) => Promise<CommandRun>;
}

async function open(): Promise<Opened> {
  const fixture = await openRegister();
  const { context, register, runner } = fixture;
  const registry = new RegistryAdapter({ ...context, register }, runner);
  const admin = await startAdmin({ ports: { registry } });
  const options = await optionsOf(admin);
  const run = (...args: string[]) => holdfast('registry', ...args, ...options);
  return { ...fixture, admin, registry: run };
}

async function call({ admin }: Opened, method: string, path: string, body?: unknown) {
  return read(await admin.call(method, `${OWN}/registry${path}`, body, JSON_TYPE));
}

describe('the registry commands', () => {
  it('make a registrar whose password alone is on standard output, and opens EPP', async () => {
    const { registry, context } = await open();
    const made = await registry('registrar', 'create', 'gamma', '--name', 'Gamma', '--testing');
    expect(made).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^[\w-]{16}\n$/) });
    expect(made.stderr).toBe('registrar gamma is made; its password is not shown again\n');
    const login = { id: 'gamma', address: '192.0.2.1', password: made.stdout.trim() };
    expect((await authenticate(context, login, callerOf('gamma'))).testing).toBe(true);
    const renewed = await registry('registrar', 'password', 'gamma');
    await expect(authenticate(context, login, callerOf('gamma'))).rejects.toThrow('wrong');
    const again = { ...login, password: renewed.stdout.trim() };
    expect((await authenticate(context, again, callerOf('gamma'))).id).toBe('gamma');
  });

  it('change, pay and list registrars', async () => {
    const { registry } = await open();
    const change = ['--suspended', '--credit', 'USD=5.5', '--network', '192.0.2.0/24'];
    const changed = await registry('registrar', 'change', ALPHA, ...change, '--tld', 'tld');
    expect(JSON.parse(changed.stdout)).toMatchObject({
      id: ALPHA,
      state: 'suspended',
      testing: false,
      credit: { USD: '5.50' },
      networks: ['192.0.2.0/24'],
      tlds: ['tld'],
      balance: { USD: '10000.00' },
    });
    await registry('registrar', 'change', ALPHA, '--no-suspended');
    const pay = ['--amount', '-0.05', '--currency', 'USD', '--reason', 'order 17'];
    const paid = await registry('registrar', 'pay', ALPHA, ...pay);
    expect(paid.stdout).toBe('alpha: 9999.95 USD\n');
    const { stdout } = await registry('registrar', 'list');
    const rows = stdout.split('\n').map((line) => line.split(/ {2,}/));
    expect(rows).toContainEqual([ALPHA, 'Registrar alpha', 'active', '9999.95 USD']);
    const shown = await registry('registrar', 'show', ALPHA);
    expect(shown.stdout).not.toContain('passwordHash');
  });

  it('make a TLD, and change a rule by what "show" printed', async () => {
    const { registry, register } = await open();
    const wanted = ['--repository-id', 'NEW', '--currency', 'EUR', '--price', '12.34'];
    const made = await registry('tld', 'create', 'new', ...wanted, '--restore-price', '50');
    expect(made.exitCode).toBe(0);
    const shown = await registry('tld', 'show', 'new');
    expect(JSON.parse(shown.stdout)).toMatchObject({
      prices: { create: '12.34', restore: '50.00' },
      grace: { redemption: 30 },
    });
    const rules = {
      ...JSON.parse(shown.stdout),
      scripts: ['Latin'],
      premium: { gold: { create: '1' } },
    };
    const file = join(await temporaryFolder(), 'rules.json');
    await writeFile(file, JSON.stringify(rules));
    expect((await registry('tld', 'change', 'new', '--rules', file)).exitCode).toBe(0);
    expect(register.tlds().find(({ name }) => name === 'new')).toMatchObject({
      scripts: ['Latin'],
      premium: { gold: { create: 100 } },
      prices: { create: 1_234 },
    });
    expect((await registry('tld', 'list')).stdout).toMatch(
      /^new +EUR +12\.34 +12\.34 +12\.34 +50\.00$/m,
    );
  });

  it('reserve names and open them', async () => {
    const { registry } = await open();
    const add = ['reserved', 'add', 'tld', 'bank', '--reason', 'Licence', '--allow', ALPHA];
    expect((await registry(...add)).stdout).toBe('bank.tld: reserved\n');
    expect((await registry('reserved', 'list', 'tld')).stdout).toMatch(/^bank +alpha +Licence$/m);
    expect((await registry('reserved', 'remove', 'tld', 'bank')).stdout).toBe('bank.tld: open\n');
    const again = await registry('reserved', 'remove', 'tld', 'bank');
    expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('no bank') });
  });

  it('delete a TLD and a registrar, or say what is left of them', async () => {
    const { registry, register } = await open();
    expect(await registry('registrar', 'delete', ALPHA)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('suspend it first'),
    });
    await registry('registrar', 'create', 'gone', '--name', 'Gone', '--suspended');
    expect((await registry('registrar', 'delete', 'gone')).stdout).toBe('gone: deleted\n');
    expect(await register.registrar('gone')).toBeUndefined();
    expect((await registry('tld', 'delete', 'co.tld')).stdout).toBe('co.tld: deleted\n');
    expect(register.tlds().map(({ name }) => name)).not.toContain('co.tld');
  });

  it('lock a domain and tell what happened to it', async () => {
    const opened = await open();
    const { registry } = opened;
    await registerDomain(opened, 'one.tld');
    const lock = ['lock', 'one.tld', '--against', 'hold', '--against', 'transfer'];
    const locked = await registry(...lock, '--reason', 'court order 5');
    expect(locked.stdout).toBe('one.tld: serverHold, serverTransferProhibited\n');
    const unlocked = await registry('unlock', 'one.tld', '--reason', 'settled');
    expect(unlocked.stdout).toBe('one.tld: ok\n');
    const wrong = await registry('lock', 'one.tld', '--against', 'x', '--reason', 'r');
    expect(wrong.exitCode).toBe(2);
    const { stdout } = await registry('journal');
    const entries = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(entries.at(-2)).toMatchObject({
      who: 'OPERATOR',
      actor: 'admin-key',
      command: 'domain:update',
      reason: 'court order 5',
      at: expect.stringMatching(/^2026-11-22T/),
      rows: [{ type: 'domain', key: 'one.tld', before: { statuses: [] } }],
    });
    const from = (entries.at(-2) as { sequence: number }).sequence;
    const rest = await registry('journal', '--after', String(from));
    expect(rest.stdout.trimEnd().split('\n')).toHaveLength(1);
  });

  it('announce maintenance and count transactions', async () => {
    const opened = await open();
    const { registry, register } = opened;
    await registerDomain(opened, 'one.tld');
    const when = ['--from', '2026-12-01T02:00:00Z', '--to', '2026-12-01T03:00:00+00:00'];
    const what = ['--system', 'EPP=full', '--description', 'New disks'];
    const told = await registry('announce', ...what, ...when);
    expect(told.stdout).toMatch(/^M-[0-9a-f]{16}: 2 registrars are told\n$/);
    expect((await register.nextMessage(ALPHA))?.message.data).toMatchObject({
      fromMs: Date.parse('2026-12-01T02:00:00Z'),
      toMs: Date.parse('2026-12-01T03:00:00Z'),
    });
    const { stdout } = await registry('transactions', '--month', '2026-11');
    expect(stdout).toMatch(/^alpha +tld +domain:create +1$/m);
  });

  it('hand the counts of a month to the sidecar, by registrar and verb', async () => {
    const opened = await open();
    await registerDomain(opened, 'one.tld');
    await registerDomain(opened, 'two.co.tld');
    await opened.send(contactCommand('person1'), BETA);
    const entries: unknown[] = [];
    const sidecar = await listenHttp(async (request, response) => {
      entries.push(await json(request));
      response.end(JSON.stringify({ entry: {}, effects: [] }));
    });
    const keyFile = await writeKeyFile();
    const places = ['--api', opened.admin.url, '--key-file', keyFile, '--token-file', keyFile];
    const fetched = await holdfast(
      'sla',
      'transactions',
      'fetch',
      '--month',
      '2026-11',
      '--sidecar',
      sidecar,
      ...places,
    );
    expect(fetched.exitCode).toBe(0);
    const common = { kind: 'transactions', month: '2026-11' };
    expect(entries).toEqual([
      { ...common, registrar: ALPHA, commands: { create: 2 } },
      { ...common, registrar: BETA, commands: { create: 1 } },
    ]);
  });

  it('show an object without its secrets', async () => {
    const opened = await open();
    await opened.send(contactCommand('person1'));
    const shown = await opened.registry('show', 'contact', 'person1');
    expect(JSON.parse(shown.stdout)).toMatchObject({
      id: 'person1',
      createdAt: expect.any(String),
    });
    expect(shown.stdout).not.toMatch(/sha256|authInfo|Ms"/);
    expect((await opened.registry('show', 'zone', 'x')).exitCode).toBe(2);
    const missing = await opened.registry('show', 'domain', 'none.tld');
    expect(missing).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("no domain 'none.tld'"),
    });
  });
});

describe('the resources of the register', () => {
  it('refuse with the register’s code, reason and what it is about', async () => {
    const opened = await open();
    const made = await call(opened, 'POST', '/registrars', { id: ALPHA, name: 'A' });
    expect(made).toMatchObject({
      status: 409,
      body: { code: 'EPP_2302', offender: { element: 'registrar:id', text: ALPHA } },
    });
    const lock = { locks: ['serverHold'], reason: 'r' };
    expect((await call(opened, 'PUT', '/domains/none.tld/locks', lock)).status).toBe(404);
    expect((await call(opened, 'PATCH', '/tlds/tld', { dsMax: 99 })).status).toBe(422);
    expect((await call(opened, 'GET', '/journal?after=x')).status).toBe(410);
    expect((await call(opened, 'GET', '/journal?after=999999')).status).toBe(410);
    expect((await call(opened, 'GET', '/journal/export?after=x')).status).toBe(410);
    expect((await call(opened, 'GET', '/journal/export?after=999999')).status).toBe(410);
  });

  it('refuse what has the wrong form, and do nothing', async () => {
    const opened = await open();
    const before = opened.register.sequence;
    const requests: readonly [string, string, unknown][] = [
      ['POST', '/registrars', { id: 'gamma' }],
      ['POST', '/registrars', { id: 'gamma', name: 'G', passwordHash: 'x' }],
      ['POST', '/registrars', { id: 'gamma', name: 'G', balance: { USD: '1.00' } }],
      ['POST', '/registrars', { id: 'gamma', name: 'G', state: 'deleted' }],
      ['POST', '/registrars', []],
      ['POST', `/registrars/${ALPHA}/balance`, { currency: 'USD', amount: 5, reason: 'r' }],
      ['POST', `/registrars/${ALPHA}/balance`, { currency: 'USD', amount: '1.234', reason: 'r' }],
      ['POST', `/registrars/${ALPHA}/balance`, { currency: 'USD', amount: '1e3', reason: 'r' }],
      ['POST', `/registrars/${ALPHA}/balance`, { currency: 'USD', amount: '1' }],
      ['POST', '/tlds', { name: 'new' }],
      ['PATCH', '/tlds/tld', { prices: { create: '1' } }],
      ['PATCH', '/tlds/tld', { name: 'other' }],
      ['PATCH', '/tlds/tld', { grace: { add: 1 } }],
      ['PUT', '/tlds/tld/reserved/bank', {}],
      ['PUT', '/domains/one.tld/locks', { locks: ['clientHold'], reason: 'r' }],
      ['PUT', '/domains/one.tld/locks', { locks: [] }],
      ['POST', '/maintenances', { systems: [], from: 'now', to: 'then', description: 'x' }],
      ['GET', '/transactions', undefined],
      ['GET', '/transactions?month=2026-13', undefined],
      ['GET', '/journal?limit=0', undefined],
      ['GET', '/journal?limit=1001', undefined],
      ['GET', '/journal/export?from=yesterday', undefined],
      ['GET', '/journal/export?to=2026-13-01T00:00:00Z', undefined],
    ];
    const accepted: string[] = [];
    for (const [method, path, body] of requests) {
      const { status } = await call(opened, method, path, body);
      if (status !== 400 && status !== 422) accepted.push(`${method} ${path} ${status}`);
    }
    expect(accepted).toEqual([]);
    expect(opened.register.sequence).toBe(before);
  });

  it('are open to tokens without limits, as far as these may write, and to no others', async () => {
    const { admin } = await open();
    const statuses: Record<string, number[]> = {};
    const scopes = {
      reader: { write: false },
      writer: { write: true },
      zone: { write: true, zones: ['tld.'] },
      root: { write: true, suffixes: ['.'] },
      type: { write: true, types: ['NS'] },
    };
    for (const [name, scope] of Object.entries(scopes)) {
      const made = await admin.call('POST', `${OWN}/tokens`, { name, scope }, JSON_TYPE);
      const { secret } = (await made.json()) as { secret: string };
      const headers = { 'x-api-key': secret, ...JSON_TYPE };
      const list = await admin.call('GET', `${OWN}/registry/registrars`, undefined, headers);
      const body = { reason: 'r' };
      const path = `${OWN}/registry/tlds/tld/reserved/${name}`;
      const write = await admin.call('PUT', path, body, headers);
      statuses[name] = [list.status, write.status];
    }
    expect(statuses).toEqual({
      reader: [200, 403],
      writer: [200, 201],
      zone: [403, 403],
      root: [403, 403],
      type: [403, 403],
    });
  });

  it('are not there on a server without a register', async () => {
    const admin = await startAdmin();
    expect((await admin.call('GET', `${OWN}/registry/registrars`)).status).toBe(404);
  });
});
