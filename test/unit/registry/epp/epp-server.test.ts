import { once } from 'node:events';
import { connect } from 'node:tls';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import type { EppMetrics } from '#registry/epp/epp-metrics.ts';
import {
  commandOf,
  EppTestClient,
  frameOf,
  loginCommand,
  reasonOf,
  resultOf,
  textOf,
  uriOf,
} from '../../../kit/epp/epp-client.ts';
import { EppFixture, type EppFixtureOptions } from '../../../kit/epp/epp-fixture.ts';
import { objectCommand } from '../../../kit/epp/epp-frames.ts';
import { domainCheck } from '../../../kit/epp/epp-objects.ts';
import { makeTestAuthority } from '../../../kit/epp/made-certificates.ts';

const HELLO = '<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><hello/></epp>';

function checkCommand(name: string, clTrid?: string): string {
  return domainCheck([name], clTrid);
}

function createCommand(name: string): string {
  const auth = '<domain:authInfo><domain:pw>2fooBAR!xyz</domain:pw></domain:authInfo>';
  return objectCommand('domain', 'create', `<domain:name>${name}</domain:name>${auth}`);
}

/** Options of a server whose commands take their time. */
function slowly(ms: number): Pick<EppFixtureOptions, 'wrap'> {
  return {
    wrap: (runner) => ({
      run: async (command, caller) => {
        await new Promise((resolve) => setTimeout(resolve, ms));
        return runner.run(command, caller);
      },
    }),
  };
}

let shared: EppFixture | undefined;
let own: EppFixture | undefined;

/** One server for all tests that want nothing special of it and leave it as it was. */
async function open(options?: EppFixtureOptions): Promise<EppFixture> {
  if (options === undefined) {
    shared ??= await EppFixture.open();
    return shared;
  }
  own = await EppFixture.open(options);
  return own;
}

afterEach(async () => {
  await own?.close();
  own = undefined;
});

afterAll(() => shared?.close());

describe('an EPP session', () => {
  it('greets, logs in, does commands in the register and logs out', async () => {
    const epp = await open();
    const client = await EppTestClient.open(epp.clientOptions());
    const greeting = await client.next();
    expect(greeting).toContain('<svID>Test registry</svID>');
    const [{ id, password }] = epp.accounts;
    expect(resultOf(await client.ask(loginCommand({ id, password })))).toBe(1000);
    expect(await client.ask(checkCommand('example.tld'))).toContain('avail="1">example.tld');
    const created = await client.ask(createCommand('example.tld'));
    expect(resultOf(created)).toBe(1000);
    expect(textOf(created, 'clTRID')).toBe('TEST-1');
    expect(await epp.register.domain('example.tld')).toMatchObject({ sponsor: 'ALPHA' });
    expect(await client.ask(checkCommand('example.tld'))).toContain('avail="0">example.tld');
    expect(resultOf(await client.ask(commandOf('<logout/>')))).toBe(1500);
    expect(await client.next()).toBeUndefined();
  });
});

describe('who is let in', () => {
  it('tells a client without a certificate so and closes', async () => {
    const epp = await open();
    const { port, ca } = epp.clientOptions();
    const client = await EppTestClient.open({ port, ca });
    const farewell = (await client.next()) ?? '';
    expect(resultOf(farewell)).toBe(2501);
    expect(await client.next()).toBeUndefined();
  });

  it('tells a client with a certificate of a strange authority so and closes', async () => {
    const epp = await open();
    const stranger = makeTestAuthority('Strange CA', Date.now()).issue('client', 'alpha');
    const { port, ca } = epp.clientOptions();
    const { certificate, key } = stranger;
    const client = await EppTestClient.open({ port, ca, certificate, key });
    expect(resultOf((await client.next()) ?? '')).toBe(2501);
    expect(await client.next()).toBeUndefined();
  });

  it('does not speak TLS before 1.2', async () => {
    const epp = await open();
    const { port, ca } = epp.clientOptions();
    const socket = connect({ port, ca, servername: 'localhost', maxVersion: 'TLSv1.1' });
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toMatch(/protocol|version|alert/i);
  });

  it('refuses a login with a certificate that is not the pinned one', async () => {
    const epp = await open({ profile: () => ({ certificates: ['ab'.repeat(32)] }) });
    const client = await epp.connect();
    const [{ id, password }] = epp.accounts;
    const answer = await client.ask(loginCommand({ id, password }));
    expect(resultOf(answer)).toBe(2200);
    expect(reasonOf(answer)).toMatch(/certificate/);
    client.close();
  });

  it('lets in a login with the pinned certificate', async () => {
    const epp = await open({ profile: ({ sha256 }) => ({ certificates: [sha256] }) });
    const client = await epp.login();
    expect(resultOf(await client.ask(checkCommand('pinned.tld')))).toBe(1000);
    client.close();
  });

  it('refuses a login from a network that is not the registrar’s', async () => {
    const epp = await open({ profile: () => ({ networks: ['192.0.2.0/24'] }) });
    const client = await epp.connect();
    const [{ id, password }] = epp.accounts;
    const answer = await client.ask(loginCommand({ id, password }));
    expect(resultOf(answer)).toBe(2200);
    expect(reasonOf(answer)).toMatch(/127\.0\.0\.1/);
    client.close();
  });

  it('closes with 2501 after three logins that fail', async () => {
    const epp = await open();
    const client = await epp.connect();
    const wrong = loginCommand({ id: 'ALPHA', password: 'not-this-one' });
    expect(resultOf(await client.ask(wrong))).toBe(2200);
    expect(resultOf(await client.ask(wrong))).toBe(2200);
    expect(resultOf(await client.ask(wrong))).toBe(2501);
    expect(await client.next()).toBeUndefined();
  });

  it('changes the password at login, and by the security extension to a longer one', async () => {
    const epp = await open({});
    const [{ id, password }] = epp.accounts;
    const first = await epp.login(epp.accounts[0], { newPassword: 'anotherPW-77' });
    first.close();
    const client = await epp.connect();
    expect(resultOf(await client.ask(loginCommand({ id, password })))).toBe(2200);
    const long = 'a-much-longer-Password-than-16';
    const extension =
      '<l:loginSec xmlns:l="urn:ietf:params:xml:ns:epp:loginSec-1.0">' +
      `<l:userAgent><l:app>test</l:app></l:userAgent><l:newPW>${long}</l:newPW></l:loginSec>`;
    const changing = { id, password: 'anotherPW-77', newPassword: '[LOGIN-SECURITY]', extension };
    expect(resultOf(await client.ask(loginCommand(changing)))).toBe(1000);
    client.close();
    const hidden = extension.replaceAll('newPW', 'pw');
    const last = await epp.connect();
    const login = loginCommand({ id, password: '[LOGIN-SECURITY]', extension: hidden });
    expect(resultOf(await last.ask(login))).toBe(1000);
    last.close();
  });
});

describe('what a session may do when', () => {
  it('answers hello at any time, as nothing that fails', async () => {
    const epp = await open();
    const client = await epp.connect();
    for (let count = 0; count < 5; count++) expect(await client.ask(HELLO)).toContain('<greeting>');
    const [{ id, password }] = epp.accounts;
    expect(resultOf(await client.ask(loginCommand({ id, password })))).toBe(1000);
    expect(await client.ask(HELLO)).toContain('<greeting>');
    client.close();
  });

  it('answers 2002 to what needs a login before it, and to a second login', async () => {
    const epp = await open();
    const client = await epp.connect();
    expect(resultOf(await client.ask(checkCommand('a.tld')))).toBe(2002);
    expect(resultOf(await client.ask(commandOf('<logout/>')))).toBe(2002);
    expect(resultOf(await client.ask(commandOf('<poll op="req"/>')))).toBe(2002);
    const [{ id, password }] = epp.accounts;
    const login = loginCommand({ id, password });
    expect(resultOf(await client.ask(login))).toBe(1000);
    expect(resultOf(await client.ask(login))).toBe(2002);
    client.close();
  });

  it.each([
    ['another version', { version: '2.0' }, 2100],
    ['another language', { language: 'fr' }, 2102],
    ['an object that is not announced', { objects: ['urn:example:thing-1.0'] }, 2307],
    ['an extension that is not announced', { extensions: ['urn:example:more-1.0'] }, 2103],
  ])('refuses a login with %s', async (_what, change, result) => {
    const epp = await open();
    const client = await epp.connect();
    const [{ id, password }] = epp.accounts;
    const answer = await client.ask(loginCommand({ id, password, ...change }));
    expect(resultOf(answer)).toBe(result);
    expect(reasonOf(answer)).not.toBe('');
    client.close();
  });

  it('does not do commands on objects that were not chosen', async () => {
    const epp = await open();
    const client = await epp.login(epp.accounts[0], { objects: [uriOf('host-1.0')] });
    const answer = await client.ask(checkCommand('a.tld'));
    expect(resultOf(answer)).toBe(2002);
    expect(reasonOf(answer)).toContain('domain-1.0 was not chosen');
    client.close();
  });

  it('never sends an extension that was not chosen', async () => {
    const epp = await open();
    const plain = await epp.login(epp.accounts[0], { extensions: [] });
    expect(await plain.ask(createCommand('plain.tld'))).not.toContain('<extension>');
    const chosen = await epp.login(epp.accounts[0], { extensions: [uriOf('epp:fee-1.0')] });
    expect(await chosen.ask(createCommand('fees.tld'))).toContain('<fee:creData');
    plain.close();
    chosen.close();
  });
});

describe('data units', () => {
  it('are put together from single octets', async () => {
    const epp = await open();
    const client = await epp.login();
    for (const octet of frameOf(checkCommand('slow.tld'))) client.socket.write(Buffer.of(octet));
    expect(await client.next()).toContain('slow.tld');
    client.close();
  });

  it('that come together are answered in order', async () => {
    const epp = await open();
    const client = await epp.login();
    const ids = Array.from({ length: 50 }, (_, index) => `PIPE-${index}`);
    const frames = ids.map((id) => frameOf(checkCommand('pipe.tld', id)));
    client.socket.write(Buffer.concat(frames));
    for (const id of ids) expect(textOf((await client.next()) ?? '', 'clTRID')).toBe(id);
    client.close();
  });

  it.each([
    ['of 4 octets', 4],
    ['of none', 0],
    ['beyond the limit', 64 * 1024 + 1],
    ['of 4 GB', 0xffff_ffff],
  ])('with a length %s end the session', async (_what, length) => {
    const epp = await open();
    const client = await epp.login();
    const header = Buffer.alloc(8);
    header.writeUInt32BE(length, 0);
    client.socket.write(header);
    expect(await client.next()).toBeUndefined();
  });

  it('of the longest length are taken', async () => {
    const epp = await open();
    const client = await epp.login();
    const command = checkCommand('long.tld');
    const padding = ' '.repeat(64 * 1024 - 4 - Buffer.byteLength(command));
    expect(resultOf(await client.ask(command + padding))).toBe(1000);
    client.close();
  });
});

describe('limits', () => {
  it('tells a connection too many of one address 2502', async () => {
    const epp = await open({ limits: { connectionsPerAddressMax: 2 } });
    const kept = [await epp.connect(), await epp.connect()];
    const client = await EppTestClient.open(epp.clientOptions());
    expect(resultOf((await client.next()) ?? '')).toBe(2502);
    expect(await client.next()).toBeUndefined();
    for (const each of kept) each.close();
    await expect.poll(async () => (await epp.connect()).close()).toBeUndefined();
  });

  it('closes connections that come faster than they may before the handshake', async () => {
    const refused: string[] = [];
    const metrics = { answered() {}, sessions() {}, refused: (why: string) => refused.push(why) };
    const limits = { connectionBurstMax: 3, connectionsPerSecond: 5 };
    const epp = await open({ limits, metrics });
    const clients = await Promise.all([1, 2, 3].map(() => epp.connect()));
    const strangers = await Promise.allSettled([1, 2].map(() => epp.connect()));
    expect(strangers.map(({ status }) => status)).toContain('rejected');
    expect(refused).toContain('connection-rate');
    await new Promise((resolve) => setTimeout(resolve, 500));
    clients.push(await epp.connect());
    for (const client of clients) expect(textOf(await client.ask(HELLO), 'svID')).toBeDefined();
    for (const client of clients) client.socket.destroy();
  });

  it('tells a session too many of one registrar 2502 at its login', async () => {
    const epp = await open({ limits: { sessionsPerRegistrarMax: 1 } });
    const first = await epp.login();
    const second = await epp.connect();
    const [{ id, password }] = epp.accounts;
    const login = loginCommand({ id, password, newPassword: 'notTaken-123' });
    expect(resultOf(await second.ask(login))).toBe(2502);
    expect(await second.next()).toBeUndefined();
    (await epp.login(epp.accounts[1])).close();
    first.close();
    await expect.poll(async () => (await epp.login()).close()).toBeUndefined();
  });

  it('reads too many commands more slowly and at last refuses them', async () => {
    const limits = { burstMax: 5, commandsPerSecond: 20, overloadMs: 300 };
    const epp = await open({ limits });
    const client = await epp.login();
    const beganMs = performance.now();
    client.socket.write(Buffer.concat(Array(25).fill(frameOf(checkCommand('fast.tld')))));
    const results: number[] = [];
    for (let count = 0; count < 25; count++) results.push(resultOf((await client.next()) ?? ''));
    expect(performance.now() - beganMs).toBeGreaterThan(800);
    expect(results.slice(0, 5)).toEqual(Array(5).fill(1000));
    expect(results.at(-1)).toBe(2400);
    client.close();
  });

  it.each([
    ['who does not log in', 'loginTimeoutMs', 'connect'],
    ['who is idle', 'idleTimeoutMs', 'login'],
    ['whose session is over', 'sessionTimeoutMs', 'login'],
  ] as const)('closes the connection of one %s', async (_who, limit, how) => {
    const cell = makeClockCell(Date.now());
    const clock = openClock({ kind: 'cell', cell });
    const limits = { [limit]: 20_000 };
    const epp = await open({ clock, limits });
    const client = await epp[how]();
    setClockCell(cell, clock.nowMs() + 19_000);
    expect(await client.ask(HELLO)).toContain('<greeting>');
    // A hello is no login, and does not make a session longer; it does end idleness.
    setClockCell(cell, clock.nowMs() + (limit === 'idleTimeoutMs' ? 21_000 : 2_000));
    expect(await client.next()).toBeUndefined();
  });

  it('closes the connection of one whose data unit does not come to its end', async () => {
    const cell = makeClockCell(Date.now());
    const clock = openClock({ kind: 'cell', cell });
    const epp = await open({ clock });
    const client = await epp.login();
    client.socket.write(frameOf(HELLO).subarray(0, 20));
    await expect.poll(() => client.socket.bytesWritten).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    setClockCell(cell, clock.nowMs() + 11_000);
    expect(await client.next()).toBeUndefined();
  });
});

describe('when it ends', () => {
  it('a command in work is answered before the server closes', async () => {
    const epp = await open(slowly(200));
    const client = await epp.login();
    client.send(createCommand('last.tld'));
    client.send(createCommand('never.tld'));
    await new Promise((resolve) => setTimeout(resolve, 60));
    const closed = epp.server.close();
    expect(resultOf((await client.next()) ?? '')).toBe(1000);
    expect(await client.next()).toBeUndefined();
    await closed;
    expect(await epp.register.domain('last.tld')).toBeDefined();
    expect(await epp.register.domain('never.tld')).toBeUndefined();
  });

  it('a client that takes too long to leave is closed', async () => {
    const epp = await open({ ...slowly(3_000), limits: { closeGraceMs: 100 } });
    const client = await epp.login();
    client.send(createCommand('late.tld'));
    await new Promise((resolve) => setTimeout(resolve, 60));
    const beganMs = performance.now();
    await epp.server.close();
    expect(performance.now() - beganMs).toBeLessThan(1_000);
    expect(await client.next()).toBeUndefined();
  });

  it('a command whose client has hung up is done whole', async () => {
    const epp = await open(slowly(100));
    const client = await epp.login();
    client.send(createCommand('gone.tld'));
    await new Promise((resolve) => setTimeout(resolve, 30));
    client.close();
    await expect.poll(() => epp.register.domain('gone.tld'), { timeout: 2_000 }).toBeDefined();
  });

  it('one slow session does not hold up another', async () => {
    const epp = await open({
      wrap: (runner) => ({
        run: async (command, caller) => {
          const isSlow = caller.registrar === 'ALPHA';
          if (isSlow) await new Promise((resolve) => setTimeout(resolve, 500));
          return runner.run(command, caller);
        },
      }),
    });
    const slow = await epp.login();
    const quick = await epp.login(epp.accounts[1]);
    slow.send(checkCommand('slow.tld'));
    const beganMs = performance.now();
    for (let count = 0; count < 5; count++) await quick.ask(checkCommand('quick.tld'));
    expect(performance.now() - beganMs).toBeLessThan(450);
    expect(resultOf((await slow.next()) ?? '')).toBe(1000);
    slow.close();
    quick.close();
  });
});

describe('certificates', () => {
  it('that are new are shown to those who connect after a reload', async () => {
    const epp = await open();
    const before = await epp.connect();
    const first = before.socket.getPeerX509Certificate()?.fingerprint256;
    epp.renewCertificate();
    await epp.server.reload();
    const after = await epp.connect();
    expect(after.socket.getPeerX509Certificate()?.fingerprint256).not.toBe(first);
    expect(await before.ask(HELLO)).toContain('<greeting>');
    before.close();
    after.close();
  });
});

describe('what is told of commands', () => {
  it('is their name and result, and how many sessions there are', async () => {
    const answers: [string, number][] = [];
    const sessions: [number, number][] = [];
    const refusals: string[] = [];
    const metrics: EppMetrics = {
      answered: (command, result) => answers.push([command, result]),
      refused: (reason) => refusals.push(reason),
      sessions: (open_, loggedIn) => sessions.push([open_, loggedIn]),
    };
    const epp = await open({ metrics });
    const client = await epp.login();
    await client.ask(HELLO);
    await client.ask(createCommand('told.tld'));
    await client.ask(createCommand('told.tld'));
    await client.ask('<epp/>');
    client.close();
    await expect.poll(() => sessions.at(-1)).toEqual([0, 0]);
    expect(answers).toEqual([
      ['login', 1000],
      ['hello', 1000],
      ['domain:create', 1000],
      ['domain:create', 2302],
      ['unknown', 2001],
    ]);
    expect(sessions).toContainEqual([1, 1]);
    expect(refusals).toEqual([]);
  });

  it('has an id of ours in each answer, and never the same', async () => {
    const epp = await open();
    const client = await epp.login();
    const ids = new Set<string>();
    for (let count = 0; count < 20; count++) {
      ids.add(textOf(await client.ask(checkCommand('ids.tld')), 'svTRID') ?? '');
    }
    expect(ids.size).toBe(20);
    for (const id of ids) expect(id).toMatch(/^HF-[0-9a-f]{10}-\d+$/);
    client.close();
  });
});
