import { describe, expect, it } from 'vitest';
import { AddressRanges, checkAddressRange } from '#net/address-ranges.ts';
import { parseIpAddress } from '#net/ip-address.ts';

function contains(ranges: string[], address: string): boolean {
  const octets = parseIpAddress(address) ?? new Uint8Array();
  const padded = Uint8Array.from([1, 2, ...octets, 3]);
  return new AddressRanges(ranges).contains(padded, 2, octets.length === 16);
}

describe('address ranges', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['192.0.2.0/24', '192.0.2.255', true],
    ['192.0.2.0/24', '192.0.3.0', false],
    ['192.0.2.128/25', '192.0.2.127', false],
    ['192.0.2.128/25', '192.0.2.128', true],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '2001:db8::1', true],
    ['::/0', '192.0.2.1', false],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['2001:db8::1', '2001:db8::1', true],
    ['2001:db8::1', '2001:db8::2', false],
  ])('%s has %s: %s', (range, address, isInside) => {
    expect(contains([range], address)).toBe(isInside);
  });

  it('are a list', () => {
    expect(contains(['192.0.2.1', '198.51.100.0/24'], '198.51.100.7')).toBe(true);
    expect(contains([], '198.51.100.7')).toBe(false);
    expect(new AddressRanges([]).isEmpty).toBe(true);
  });

  it.each(['', '192.0.2', '192.0.2.0/33', '192.0.2.1/24', '2001:db8::/129', 'a/8', '::1%lo', '/8'])(
    'are not made of %j',
    (text) => {
      expect(() => checkAddressRange(text)).toThrow(
        expect.objectContaining({ code: 'NET_ADDRESS_INVALID' }),
      );
    },
  );
});
