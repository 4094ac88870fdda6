// The secrets of configured TSIG keys: read from files, and refused by the file's name.
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '#app/config/load-configuration.ts';
import { readTsigKeys } from '#app/tsig-secrets.ts';
import { silentLog } from '#base/log.ts';
import { parseName } from '#dns/wire/name.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

async function keysOf(folder: string, yaml: string, log = silentLog()) {
  return readTsigKeys(parseConfiguration(join(folder, 'h.yaml'), yaml).tsigKeys, log);
}

describe('TSIG keys of the configuration', () => {
  it('are read with their scopes, and their names in canonical form', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'a.key'), ' AQID\n', { mode: 0o600 });
    const yaml =
      'tsigKeys: [{ name: Xfer-Key, secretFile: a.key }, ' +
      '{ name: acme., algorithm: hmac-sha512, secretFile: a.key, scope: { types: [txt] } }]';
    const secret = Uint8Array.of(1, 2, 3);
    expect(await keysOf(folder, yaml)).toEqual([
      { name: parseName('xfer-key.'), algorithm: 'hmac-sha256', secret },
      {
        name: parseName('acme.'),
        algorithm: 'hmac-sha512',
        secret,
        scope: { types: ['TXT'], write: true },
      },
    ]);
  });

  it.each([
    ['is missing', undefined],
    ['is empty', ''],
    ['is no base64', 'not a secret!'],
  ])('name the file that %s, and never what it holds', async (_, content) => {
    const folder = await temporaryFolder();
    if (content !== undefined) await writeFile(join(folder, 'k'), content);
    const read = keysOf(folder, 'tsigKeys: [{ name: a, secretFile: k }]');
    const message = expect.stringMatching(/\/k: cannot use this as the secret of TSIG key 'a\.'/);
    await expect(read).rejects.toMatchObject({ code: 'TSIG_SECRET_FILE', message });
    await expect(read).rejects.not.toThrow(/not a secret!/);
  });

  it('are told of when others may read the secret', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'k'), 'AQID');
    const lines: string[] = [];
    const log = pino({}, { write: (line) => void lines.push(line) });
    for (const mode of [0o600, 0o640]) {
      await chmod(join(folder, 'k'), mode);
      await keysOf(folder, 'tsigKeys: [{ name: a, secretFile: k }]', log);
    }
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('others may read the secret of a TSIG key');
  });
});

describe('a wrong TSIG key in the configuration', () => {
  it.each([
    ['an unknown algorithm', '{ name: a, secretFile: k, algorithm: sha256 }', /write one of/],
    ['no secret file', '{ name: a }', /secretFile/],
    ['a name that is none', '{ name: a..b, secretFile: k }', /empty label/],
    ['a key twice', '{ name: a, secretFile: k }, { name: A., secretFile: k }', /there twice/],
    ['a wrong scope', '{ name: a, secretFile: k, scope: { zones: [x] } }', /must end in a dot/],
  ])('%s is refused', (_, keys, message) => {
    expect(() => parseConfiguration('h.yaml', `tsigKeys: [${keys}]`)).toThrow(message);
  });
});
