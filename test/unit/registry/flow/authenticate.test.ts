// Logins: the password first, then the certificate and the address; new passwords.
import { describe, expect, it } from 'vitest';
import { seededRandom } from '#base/random.ts';
import { authenticate, type Credentials } from '#registry/flow/authenticate.ts';
import { hashPassword, isPassword } from '#registry/flow/password-hash.ts';
import { REGISTER } from '#registry/model/caller.ts';
import type { Registrar } from '#registry/model/registrar.ts';
import type { RegistryError } from '#registry/model/result.ts';
import {
  ALPHA,
  callerOf,
  openRegister,
  type RegisterFixture,
  registrarOf,
} from '../../../kit/two-registrars.ts';

const PASSWORD = 'correct horse 9';
const CERTIFICATE = 'ab'.repeat(32);

async function openWithPassword(changes: Partial<Registrar> = {}): Promise<RegisterFixture> {
  const fixture = await openRegister();
  const passwordHash = await hashPassword(PASSWORD, seededRandom(2));
  const registrar = registrarOf(ALPHA, { passwordHash, ...changes });
  await fixture.register.run(callerOf(REGISTER), 'test', [`registrar/${ALPHA}`], async (draft) =>
    draft.putRegistrar(registrar),
  );
  return fixture;
}

function login({ context }: RegisterFixture, given: Partial<Credentials>): Promise<Registrar> {
  const credentials = { id: ALPHA, password: PASSWORD, address: '192.0.2.7', ...given };
  return authenticate(context, credentials, callerOf(ALPHA));
}

async function refusalOf(fixture: RegisterFixture, given: Partial<Credentials>) {
  const { result, reason } = await login(fixture, given).then(
    () => ({ result: 1000, reason: '' }),
    (error: RegistryError) => error,
  );
  return { result, reason };
}

describe('a login', () => {
  it('opens with the password, from anywhere and with any certificate unless these are pinned', async () => {
    const fixture = await openWithPassword();
    expect((await login(fixture, {})).id).toBe(ALPHA);
    expect((await login(fixture, { certificateSha256: CERTIFICATE, address: '::1' })).id).toBe(
      ALPHA,
    );
  });

  it('tells nobody who does not know the password which part was wrong', async () => {
    const fixture = await openWithPassword({
      certificates: [CERTIFICATE],
      networks: ['198.51.100.0/24'],
    });
    const wrong = [
      { password: 'wrong horse 9' },
      { password: '' },
      { password: PASSWORD.toUpperCase() },
      { password: `${PASSWORD} ` },
      { password: 'x'.repeat(1_000_000) },
      { id: 'nobody' },
      { id: 'ALPHA' },
      { id: 'OPERATOR' },
      { id: '' },
      { id: 'nobody', certificateSha256: CERTIFICATE },
    ];
    const refusals = await Promise.all(wrong.map((given) => refusalOf(fixture, given)));
    expect(new Set(refusals.map(({ result }) => result))).toEqual(new Set([2200]));
    expect(new Set(refusals.map(({ reason }) => reason)).size).toBe(1);
  });

  it.each<[string, Partial<Credentials>, number]>([
    ['the pinned certificate from a known network', {}, 1000],
    ['the same by an IPv6 socket', { address: '::ffff:198.51.100.7' }, 1000],
    ['a known IPv6 address', { address: '2001:db8::7' }, 1000],
    ['another certificate', { certificateSha256: 'cd'.repeat(32) }, 2200],
    ['no certificate', { certificateSha256: '' }, 2200],
    ['an address elsewhere', { address: '198.51.101.7' }, 2200],
    ['an IPv6 address elsewhere', { address: '2001:db9::7' }, 2200],
    ['what is no address', { address: 'localhost' }, 2200],
  ])('with pins: %s', async (_what, given, result) => {
    const fixture = await openWithPassword({
      certificates: ['ef'.repeat(32), CERTIFICATE],
      networks: ['198.51.100.0/24', '2001:db8::/32'],
    });
    const base = { certificateSha256: CERTIFICATE, address: '198.51.100.7' };
    expect((await refusalOf(fixture, { ...base, ...given })).result).toBe(result);
  });

  it('is open to a suspended registrar, which may read', async () => {
    const fixture = await openWithPassword({ state: 'suspended' });
    expect((await login(fixture, {})).state).toBe('suspended');
  });
});

describe('a new password', () => {
  it('holds from then on, and is kept as argon2id', async () => {
    const fixture = await openWithPassword();
    const changed = await login(fixture, { newPassword: 'battery staple 7' });
    expect(changed.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect((await refusalOf(fixture, {})).result).toBe(2200);
    expect((await refusalOf(fixture, { password: 'battery staple 7' })).result).toBe(1000);
    const journal = JSON.stringify(await fixture.register.audit(0, 100));
    expect(journal).not.toMatch(/argon2|staple/);
  });

  it.each([
    ['short', 'a1b2c3d'],
    ['long', 'abcdefgh'.repeat(17)],
    ['of few characters', 'aaaabbbb'],
    ['with the id', 'my-Alpha-9x'],
    ['with a control character', 'abcdefgh\u0007'],
    ['empty', ''],
  ])('is refused when it is %s, and the old one stays', async (_what, newPassword) => {
    const fixture = await openWithPassword();
    expect((await refusalOf(fixture, { newPassword })).result).toBe(2306);
    expect((await refusalOf(fixture, {})).result).toBe(1000);
  });

  it('is set by one of two who change it at the same moment', async () => {
    const fixture = await openWithPassword();
    const wanted = ['battery staple 7', 'another staple 8'];
    const results = await Promise.all(
      wanted.map((newPassword) => refusalOf(fixture, { newPassword })),
    );
    expect(results.map(({ result }) => result).sort((a, b) => a - b)).toEqual([1000, 2200]);
  });
});

describe('a hash of a password', () => {
  it.each([
    ['nothing', undefined],
    ['no hash', 'none'],
    ['one of another kind', '$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$'],
    [
      'one that would take all memory',
      `$argon2id$v=19$m=99999999,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`,
    ],
    ['one of no passes', `$argon2id$v=19$m=19456,t=0,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`],
    ['a tag of zeros', `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`],
  ])('opens to nobody when it is %s', async (_what, hash) => {
    expect(await isPassword(hash, PASSWORD)).toBe(false);
  });
});
