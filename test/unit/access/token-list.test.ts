// Tokens: made, found by their secret, kept over a restart, revoked; the store holds no secret.
import { describe, expect, it } from 'vitest';
import { TokenList } from '#access/token-list.ts';
import { asBuffer } from '#base/bytes.ts';
import { seededRandom } from '#base/random.ts';
import { KEYSPACE } from '#store/keyspace.ts';
import { readAllRows, temporaryStore } from '../../kit/temporary-store.ts';

const ALL = { write: true };

describe('a token', () => {
  it('is found by its secret, after a restart too, and by nothing else', async () => {
    const store = await temporaryStore();
    const tokens = await TokenList.open(store, seededRandom(1));
    const { token, secret } = await tokens.create('acme', { write: true, types: ['txt'] }, 5);
    const again = await TokenList.open(store, seededRandom(2));
    for (const list of [tokens, again]) {
      expect(list.find(secret)).toMatchObject({ id: token.id, name: 'acme', createdAtMs: 5 });
      expect(list.find(secret)?.rule.scope).toEqual({ write: true, types: ['TXT'] });
      for (const wrong of [
        '',
        token.id,
        `${secret}x`,
        secret.slice(0, -1),
        `hf_${token.id}_${'A'.repeat(43)}`,
        secret.toUpperCase(),
      ]) {
        expect(list.find(wrong)).toBeUndefined();
      }
    }
  });

  it('leaves no secret in the store', async () => {
    const store = await temporaryStore();
    const tokens = await TokenList.open(store, seededRandom(1));
    const { secret } = await tokens.create('acme', ALL, 0);
    const rows = (await readAllRows(store)).map(({ value }) => asBuffer(value).toString());
    expect(rows).toHaveLength(1);
    expect(rows.join()).not.toContain(secret.slice(-43));
    expect(rows.join()).toContain('"name":"acme"');
  });

  it('that was revoked opens nothing, after a restart too', async () => {
    const store = await temporaryStore();
    const tokens = await TokenList.open(store, seededRandom(1));
    const { token, secret } = await tokens.create('acme', ALL, 0);
    expect(await tokens.revoke(token.id)).toBe(true);
    expect(await tokens.revoke(token.id)).toBe(false);
    expect(tokens.find(secret)).toBeUndefined();
    const again = await TokenList.open(store, seededRandom(1));
    expect(again.find(secret)).toBeUndefined();
    expect(again.list()).toEqual([]);
  });

  it('has a name of its own among those that there are', async () => {
    const tokens = await TokenList.open(await temporaryStore(), seededRandom(1));
    const made = await Promise.allSettled([
      tokens.create('one', ALL, 0),
      tokens.create('one', ALL, 0),
    ]);
    expect(made.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await expect(tokens.create('one', ALL, 0)).rejects.toMatchObject({ code: 'ACCESS_EXISTS' });
    for (const name of ['', 'a b', '-a', 'é', 'a'.repeat(64)]) {
      await expect(tokens.create(name, ALL, 0)).rejects.toMatchObject({ code: 'ACCESS_INVALID' });
    }
    expect(tokens.list().map(({ name }) => name)).toEqual(['one']);
  });

  it('in a layout of another version is refused by name', async () => {
    const store = await temporaryStore();
    const key = Uint8Array.of(KEYSPACE.token, 1);
    await store.write([{ key, value: asBuffer(new TextEncoder().encode('{"layout":9}')) }]);
    await expect(TokenList.open(store, seededRandom(1))).rejects.toThrow(/a token has layout 9/);
  });
});
