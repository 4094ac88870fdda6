// The PROXY protocol, version 2: haproxy's doc/proxy-protocol.txt, section 2.2.
import { describe, expect, it } from 'vitest';
import { seededRandom } from '#base/random.ts';
import {
  PROXY_BAD,
  PROXY_NONE,
  PROXY_PARTIAL,
  ProxiedClient,
  readProxyHeader,
} from '#net/proxy-header.ts';
import { buildProxyHeader } from '../../kit/proxy-header.ts';

const IPV4 = { source: '192.0.2.7', destination: '198.51.100.1', port: 4711 };

function read(header: Uint8Array): { size: number; client: ProxiedClient } {
  const client = new ProxiedClient();
  const padded = Uint8Array.from([0x0d, ...header, 9, 9, 9]);
  return { size: readProxyHeader(padded, 1, header.length, client), client };
}

describe('a PROXY header', () => {
  it('names an IPv4 client', () => {
    const { size, client } = read(buildProxyHeader(IPV4));
    expect(size).toBe(28);
    expect(client).toMatchObject({ isGiven: true, isIpv6: false, port: 4711 });
    expect([...client.octets.subarray(0, 4)]).toEqual([192, 0, 2, 7]);
  });

  it('names an IPv6 client', () => {
    const { size, client } = read(
      buildProxyHeader({ source: '2001:db8::7', destination: '::1', port: 53 }),
    );
    expect(size).toBe(52);
    expect(client).toMatchObject({ isGiven: true, isIpv6: true, port: 53 });
    expect([client.octets[0], client.octets[15]]).toEqual([0x20, 7]);
  });

  it('may have options, which are passed over', () => {
    const { size, client } = read(buildProxyHeader({ ...IPV4, options: new Uint8Array(11) }));
    expect(size).toBe(28 + 11);
    expect(client.isGiven).toBe(true);
  });

  it('names nobody when the proxy speaks for itself', () => {
    const { size, client } = read(buildProxyHeader({ ...IPV4, isLocal: true }));
    expect(size).toBe(28);
    expect(client.isGiven).toBe(false);
  });

  it('is partial however it is cut off, and never read behind its end', () => {
    const header = buildProxyHeader(IPV4);
    for (let size = 0; size < header.length; size++) {
      expect(read(header.subarray(0, size)).size).toBe(PROXY_PARTIAL);
    }
  });

  it('is bad with another version or command, or too short for its addresses', () => {
    const version = buildProxyHeader(IPV4);
    version[12] = 0x11;
    expect(read(version).size).toBe(PROXY_BAD);
    const command = buildProxyHeader(IPV4);
    command[12] = 0x22;
    expect(read(command).size).toBe(PROXY_BAD);
    const short = buildProxyHeader(IPV4);
    short[15] = 11;
    expect(read(short).size).toBe(PROXY_BAD);
  });

  it('is none where the signature is not', () => {
    expect(read(Uint8Array.of(0, 29, 18, 52)).size).toBe(PROXY_NONE);
    const header = buildProxyHeader(IPV4);
    header[11] ^= 1;
    expect(read(header).size).toBe(PROXY_NONE);
  });

  it('of any octets gives a size within them, or none', () => {
    const random = seededRandom(3);
    for (let round = 0; round < 20_000; round++) {
      const header = Uint8Array.from([...buildProxyHeader(IPV4), ...random.bytes(40)]);
      for (let flips = random.below(4); flips > 0; flips--) header[random.below(40)] ^= 1;
      const { size } = read(header.subarray(0, random.below(header.length)));
      expect(size).toBeLessThanOrEqual(header.length);
    }
  });
});
