import { describe, expect, it } from 'vitest';
import { SipHash } from '#dns/answer/sip-hash.ts';

// Of the reference implementation: key 00 01 .. 0f, input 00 01 .. n-1.
const KNOWN: [size: number, digest: string][] = [
  [0, '310e0edd47db6f72'],
  [1, 'fd67dc93c539f874'],
  [2, '5a4fa9d909806c0d'],
  [7, '37d1018bf50002ab'],
  [8, '6224939a79f5f593'],
  [15, 'e545be4961ca29a1'],
  [16, 'db9bc2577fcc2a3f'],
  [63, '724506eb4c328a95'],
];

describe('SipHash-2-4', () => {
  it.each(KNOWN)('gives the reference digest of %i octets', (size, digest) => {
    const octets = Uint8Array.from({ length: 64 }, (_, index) => index);
    const sip = new SipHash();
    sip.compute(octets, 0, octets, size);
    expect(Buffer.from(sip.digest).toString('hex')).toBe(digest);
  });
});
