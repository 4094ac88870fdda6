import { describe, expect, it } from 'vitest';
import { LOOKUPS_MAX, NameserverAddresses } from '#dns/transfer/nameserver-addresses.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';
import { createExample, openTestZoneDb, replace } from '../../../kit/zone-db.ts';

async function addressesOf(names: string[], lookUp: (host: string) => Promise<string[]>) {
  const { zones } = await openTestZoneDb(await temporaryFolder());
  const apex = await createExample(zones, [
    replace('example.com.', 'NS', 60, ...names),
    replace('ns1.example.com.', 'A', 60, '192.0.2.1', '192.0.2.2'),
    replace('ns1.example.com.', 'AAAA', 60, '2001:db8::1'),
  ]);
  return { apex, addresses: new NameserverAddresses(zones, lookUp) };
}

describe('the addresses of a zone’s name servers', () => {
  it('are taken from our zones, and elsewhere looked up', async () => {
    const asked: string[] = [];
    const lookUp = async (host: string) => {
      asked.push(host);
      if (host === 'gone.example.org') throw new Error('ENOTFOUND');
      return ['198.51.100.1', '192.0.2.1'];
    };
    const names = ['ns1.example.com.', 'ns.example.net.', 'gone.example.org.'];
    const { addresses, apex } = await addressesOf(names, lookUp);
    expect((await addresses.of(apex)).toSorted()).toEqual([
      '192.0.2.1',
      '192.0.2.2',
      '198.51.100.1',
      '2001:db8::1',
    ]);
    expect(asked.toSorted()).toEqual(['gone.example.org', 'ns.example.net']);
  });

  it('are without those of the primary that the SOA names, where that is wanted', async () => {
    const names = ['NS1.example.com.', 'ns.example.net.'];
    const { addresses, apex } = await addressesOf(names, async () => ['198.51.100.1']);
    expect(await addresses.of(apex, { withoutPrimary: true })).toEqual(['198.51.100.1']);
  });

  it('are looked up a few at a time', async () => {
    const open: (() => void)[] = [];
    const lookUp = async () => {
      await new Promise<void>((resolve) => void open.push(resolve));
      return ['198.51.100.1'];
    };
    const { addresses, apex } = await addressesOf(['ns.example.net.'], lookUp);
    const asked = Array.from({ length: LOOKUPS_MAX + 5 }, async () => addresses.of(apex));
    await expect.poll(() => open.length).toBe(LOOKUPS_MAX);
    expect(await Promise.race(asked.slice(LOOKUPS_MAX))).toEqual([]);
    for (const end of open) end();
    await Promise.all(asked);
    expect(open).toHaveLength(LOOKUPS_MAX);
  });
});
