// Autoprimaries: kept by address and name server.
import { describe, expect, it } from 'vitest';
import { AutoprimaryList } from '#access/autoprimary-list.ts';
import { temporaryStore } from '../../kit/temporary-store.ts';

const ONE = { ip: '192.0.2.1', nameserver: 'ns1.example.', account: 'a' };

describe('autoprimaries', () => {
  it('are kept over a restart, found by address and removed by both', async () => {
    const store = await temporaryStore();
    const list = await AutoprimaryList.open(store);
    await list.add(ONE);
    await list.add({ ...ONE, nameserver: 'ns2.example.' });
    const again = await AutoprimaryList.open(store);
    expect(again.find('192.0.2.1')).toHaveLength(2);
    expect(again.find('192.0.2.2')).toEqual([]);
    expect(await again.remove('192.0.2.1', 'NS1.example.')).toBe(true);
    expect(await again.remove('192.0.2.1', 'ns1.example.')).toBe(false);
    const left = [{ ...ONE, nameserver: 'ns2.example.' }];
    expect((await AutoprimaryList.open(store)).list()).toEqual(left);
  });

  it('are refused twice, and without an address', async () => {
    const list = await AutoprimaryList.open(await temporaryStore());
    await list.add(ONE);
    await expect(list.add(ONE)).rejects.toMatchObject({ code: 'ACCESS_EXISTS' });
    const nowhere = list.add({ ...ONE, ip: 'ns1' });
    await expect(nowhere).rejects.toMatchObject({ code: 'ACCESS_INVALID' });
  });
});
