import { isIP } from 'node:net';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { formatIpAddress, parseIpAddress } from '#net/ip-address.ts';
import { RETURN_PATH_SIZE, readPeerAddress, writePeerAddress } from '#net/return-path.ts';

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

  test.prop([fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), ipv6Octets())])(
    'goes to text and back without loss',
    (octets) => {
      const text = formatIpAddress(octets);
      expect(isIP(text)).toBe(octets.length === 4 ? 4 : 6);
      expect(parseIpAddress(text)).toEqual(octets);
    },
  );

  test.prop([fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 0, max: 65_535 })])(
    'survives in a return path, with its port',
    (address, port) => {
      const path = new Uint8Array(RETURN_PATH_SIZE + 3).fill(7);
      writePeerAddress(path, 3, address, port);
      const peer = readPeerAddress(path.subarray(3));
      expect(parseIpAddress(peer.address)).toEqual(parseIpAddress(address));
      expect(peer.port).toBe(port);
      expect([...path.subarray(0, 3)]).toEqual([7, 7, 7]);
    },
  );
});

function ipv6Octets() {
  const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 65_535 }));
  return fc
    .array(group, { minLength: 8, maxLength: 8 })
    .map((groups) => Uint8Array.from(groups.flatMap((value) => [value >>> 8, value & 0xff])));
}
