import { describe, expect, it } from 'vitest';
import { formatIpAddress, parseIpAddress } from '#net/ip-address.ts';

describe('an IP address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['fe80::', 'fe80::'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
  ])('%s is printed as RFC 5952 wants it: %s', (text, printed) => {
    const octets = parseIpAddress(text);
    expect(octets && formatIpAddress(octets)).toBe(printed);
  });

  it.each(['', '1.2.3', '1.2.3.4.5', ':::', 'fe80::1%lo', 'x'])('%j is not one', (text) => {
    expect(parseIpAddress(text)).toBeUndefined();
  });
});
