// Accounts and ownership; the drop itself needs a process of its own (test/peers/privileges).
import { chown, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { findAccount, prepareData } from '#app/privileges.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const refused = (code: string) => expect.objectContaining({ code });

describe('an account', () => {
  it('is found by name or number, with its own group or another', async () => {
    const daemon = await findAccount('daemon', undefined);
    expect(daemon).toMatchObject({ user: 'daemon', uid: 1, gid: 1 });
    expect(await findAccount('1', undefined)).toMatchObject({ uid: 1, gid: 1 });
    expect(await findAccount('daemon', 'bin')).toMatchObject({ uid: 1, gid: 2 });
    expect(await findAccount('54321', '54322')).toMatchObject({ uid: 54_321, gid: 54_322 });
  });

  it('is refused where there is none, or where it is root', async () => {
    const wrong: [string, string | undefined][] = [
      ['no-such-user', undefined],
      ['daemon', 'no-such-group'],
      ['54321', undefined],
      ['root', undefined],
      ['0', '0'],
    ];
    for (const [user, group] of wrong) {
      await expect(findAccount(user, group)).rejects.toEqual(refused('PRIVILEGES_ACCOUNT'));
    }
  });
});

describe.skipIf(process.getuid?.() !== 0)('data for an account, prepared by root', () => {
  it('is made for it where it is missing', async () => {
    const data = join(await temporaryFolder(), 'a', 'data');
    const account = await findAccount('daemon', undefined);
    await prepareData(data, [join(data, 'store')], account);
    expect(await stat(data)).toMatchObject({ uid: 1, gid: 1 });
    await prepareData(data, [join(data, 'store')], account);
  });

  it('is refused with the command to run where root left something behind', async () => {
    const data = join(await temporaryFolder(), 'data');
    const account = await findAccount('daemon', undefined);
    await mkdir(join(data, 'store'), { recursive: true });
    const prepare = () => prepareData(data, [join(data, 'store')], account);
    await expect(prepare()).rejects.toThrow(`chown -R 1:1 ${data}`);
    await chown(data, 1, 1);
    await chown(join(data, 'store'), 1, 1);
    await prepare();
    await writeFile(join(data, 'store', 'CURRENT'), '');
    await expect(prepare()).rejects.toEqual(refused('PRIVILEGES_OWNER'));
  });
});
