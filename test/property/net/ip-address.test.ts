import { isIP } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIpAddress, parseIpAddress } from '#net/ip-address.ts';
import { RETURN_PATH_SIZE, readPeerAddress, writePeerAddress } from '#net/return-path.ts';

describe('an IP address', () => {
  it('goes to text and back without loss', () => {
    const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6Octets()), (octets) => {
        const text = formatIpAddress(octets);
        expect(isIP(text)).toBe(octets.length === 4 ? 4 : 6);
        expect(parseIpAddress(text)).toEqual(octets);
      }),
    );
  });

  it('survives in a return path, with its port', () => {
    const port = fc.integer({ min: 0, max: 65_535 });
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), port, (address, sent) => {
        const path = new Uint8Array(RETURN_PATH_SIZE + 3).fill(7);
        writePeerAddress(path, 3, address, sent);
        const peer = readPeerAddress(path.subarray(3));
        expect(parseIpAddress(peer.address)).toEqual(parseIpAddress(address));
        expect(peer.port).toBe(sent);
        expect([...path.subarray(0, 3)]).toEqual([7, 7, 7]);
      }),
    );
  });
});

function ipv6Octets() {
  const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 65_535 }));
  return fc
    .array(group, { minLength: 8, maxLength: 8 })
    .map((groups) => Uint8Array.from(groups.flatMap((value) => [value >>> 8, value & 0xff])));
}
