// TSIG keys of the configuration and of the store: found by name, changed where they stand.
import { describe, expect, it } from 'vitest';
import { TsigKeyList, type TsigKeySpec } from '#access/tsig-key-list.ts';
import { parseName } from '#dns/wire/name.ts';
import type { LevelStore } from '#store/level-store.ts';
import { temporaryStore } from '../../kit/temporary-store.ts';

function spec(name: string, more: Partial<TsigKeySpec> = {}): TsigKeySpec {
  const secret = Uint8Array.of(1, 2, 3);
  return { name: parseName(name), algorithm: 'hmac-sha256', secret, ...more };
}

async function open(store: LevelStore, ...configured: TsigKeySpec[]): Promise<TsigKeyList> {
  return TsigKeyList.open(store, configured);
}

describe('TSIG keys', () => {
  it('made through the API are kept whole over a restart and found in any case', async () => {
    const store = await temporaryStore();
    const scope = { write: true, types: ['TXT'] };
    await (await open(store)).create(spec('Acme-Key.', { algorithm: 'hmac-sha512', scope }));
    const key = (await open(store)).find(parseName('ACME-key.'));
    expect(key).toMatchObject({ algorithm: 'hmac-sha512', origin: 'store' });
    expect(key?.name).toEqual(parseName('acme-key.'));
    expect(key?.secret).toEqual(Uint8Array.of(1, 2, 3));
    expect(key?.rule?.scope).toEqual(scope);
  });

  it('of the configuration count before the store, and are changed there only', async () => {
    const store = await temporaryStore();
    await (await open(store)).create(spec('k.', { algorithm: 'hmac-sha1' }));
    const keys = await open(store, spec('K.'));
    expect(keys.find(parseName('k.'))).toMatchObject({ origin: 'configuration' });
    expect(keys.list()).toHaveLength(1);
    const configured = { code: 'ACCESS_CONFIGURED' };
    const change = { algorithm: 'hmac-sha224' } as const;
    await expect(keys.change(parseName('k.'), change)).rejects.toMatchObject(configured);
    await expect(keys.remove(parseName('k.'))).rejects.toMatchObject(configured);
    await expect(keys.create(spec('k.'))).rejects.toMatchObject({ code: 'ACCESS_EXISTS' });
    keys.configure([]);
    expect(keys.find(parseName('k.'))).toMatchObject({ algorithm: 'hmac-sha1', origin: 'store' });
  });

  it('change in part, and under another name', async () => {
    const store = await temporaryStore();
    const keys = await open(store);
    const scope = { write: true, zones: ['example.'] };
    await keys.create(spec('a.', { scope }));
    await keys.create(spec('b.'));
    await keys.change(parseName('a.'), { secret: Uint8Array.of(9) });
    const taken = keys.change(parseName('a.'), { name: parseName('B.') });
    await expect(taken).rejects.toMatchObject({ code: 'ACCESS_EXISTS' });
    await keys.change(parseName('a.'), { name: parseName('c.') });
    await keys.change(parseName('c.'), { name: parseName('C.') });
    const again = await open(store);
    expect(again.find(parseName('a.'))).toBeUndefined();
    expect(again.find(parseName('c.'))).toMatchObject({ secret: Uint8Array.of(9) });
    expect(again.find(parseName('c.'))?.rule?.scope).toEqual(scope);
    await again.change(parseName('c.'), { scope: null });
    expect((await open(store)).find(parseName('c.'))?.rule).toBeUndefined();
    await again.remove(parseName('c.'));
    expect((await open(store)).list().map(({ name }) => name)).toEqual([parseName('b.')]);
    const missing = { code: 'ACCESS_MISSING' };
    await expect(again.remove(parseName('c.'))).rejects.toMatchObject(missing);
  });

  it('need a secret of 1 to 512 octets', async () => {
    const keys = await open(await temporaryStore());
    for (const size of [0, 513]) {
      const bad = keys.create(spec('a.', { secret: new Uint8Array(size) }));
      await expect(bad).rejects.toMatchObject({ code: 'ACCESS_INVALID' });
    }
    expect(keys.list()).toEqual([]);
  });
});
