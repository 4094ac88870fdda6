import { describe, expect, it } from 'vitest';
import { formatPrimary, parsePrimaryAddress } from '#dns/transfer/secondary/primary.ts';
import { type ConfiguredPrimary, PrimaryList } from '#dns/transfer/secondary/primary-list.ts';
import { formatName, parseName } from '#dns/wire/name.ts';

const APEX = parseName('example.com.');
const NONE = { masters: [], slaveTsigKeyIds: [], catalog: '' };
const FIRST: ConfiguredPrimary = {
  address: '192.0.2.1',
  port: 5300,
  key: parseName('xfer.'),
  zones: [parseName('Example.COM.')],
};
const SECOND: ConfiguredPrimary = {
  address: '2001:db8::2',
  port: 853,
  tls: { pins: ['pin'] },
  zones: [parseName('example.com.'), parseName('example.org.')],
  catalog: parseName('catalog.'),
};
const LIST = new PrimaryList([FIRST, SECOND]);

describe('the primaries of a zone', () => {
  it('are those that list it, in their order', () => {
    expect(LIST.of(APEX, NONE)).toEqual([FIRST, SECOND]);
    expect(LIST.of(parseName('example.org.'), NONE)).toEqual([SECOND]);
    expect(LIST.of(parseName('example.net.'), NONE)).toEqual([]);
  });

  it('are those of its catalog, which itself is fetched from there', () => {
    const member = { ...NONE, catalog: 'Catalog.' };
    expect(LIST.of(parseName('member.'), member)).toEqual([SECOND]);
    expect(LIST.of(parseName('catalog.'), NONE)).toEqual([SECOND]);
  });

  it('are its own masters, reached as configuration says of their address', () => {
    const masters = ['192.0.2.1', '192.0.2.9:54', '[2001:db8:0::2]:853', '2001:db8::9'];
    expect(LIST.of(APEX, { ...NONE, masters })).toEqual([
      FIRST,
      { address: '192.0.2.9', port: 54 },
      SECOND,
      { address: '2001:db8::9', port: 53 },
    ]);
    expect(LIST.of(APEX, { ...NONE, masters: ['192.0.2.1:54'] })).toEqual([
      { address: '192.0.2.1', port: 54 },
    ]);
  });

  it('are asked with the key that the zone names', () => {
    const [primary] = LIST.of(APEX, {
      ...NONE,
      masters: ['192.0.2.1'],
      slaveTsigKeyIds: ['Other'],
    });
    expect(primary.key && formatName(primary.key)).toBe('other.');
  });

  it('tell how a server is reached that is one of them, and leave others as they are', () => {
    const key = parseName('notify.');
    const { address, port, tls } = SECOND;
    expect(LIST.reach({ address: '2001:db8:0::2', port: 53, key })).toEqual({
      address,
      port,
      tls,
      key,
    });
    expect(LIST.reach({ address: '192.0.2.1', port: 5300, key })).toEqual({
      address: '192.0.2.1',
      port: 5300,
      key: FIRST.key,
    });
    // Another port in the clear is another server.
    expect(LIST.reach({ address: '192.0.2.1', port: 53 })).toEqual({
      address: '192.0.2.1',
      port: 53,
    });
  });

  it('list zones and catalogs, each once', () => {
    const listed = LIST.zones().map(({ apex, kind }) => `${formatName(apex)} ${kind}`);
    expect(listed).toEqual(['example.com. Slave', 'example.org. Slave', 'catalog. Consumer']);
  });
});

describe('the address of a primary', () => {
  it('is read with and without a port', () => {
    expect(parsePrimaryAddress('192.0.2.1')).toEqual({ address: '192.0.2.1', port: 53 });
    expect(parsePrimaryAddress('[2001:db8::1]', true)).toEqual({
      address: '2001:db8::1',
      port: 853,
    });
    expect(() => parsePrimaryAddress('ns1.example.')).toThrow(/NET_ADDRESS|not a listen address/);
    expect(formatPrimary(SECOND)).toBe('[2001:db8::2]:853 (TLS)');
  });
});
