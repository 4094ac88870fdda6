// The header's words and their names.
import { describe, expect, it } from 'vitest';
import { formatOpcode, formatRcode, readHeader } from '#dns/wire/header.ts';

describe('readHeader', () => {
  it('takes the flag word apart', () => {
    const octets = Uint8Array.of(0x12, 0x34, 0xaf, 0xf5, 0, 1, 0, 2, 0, 3, 0, 4);
    expect(readHeader(octets)).toEqual({
      id: 0x1234,
      flags: 0x87f0,
      opcode: 5,
      rcode: 5,
      questionCount: 1,
      answerCount: 2,
      authorityCount: 3,
      additionalCount: 4,
    });
  });
});

describe('the names of numbers', () => {
  it('are IANA’s, or the number', () => {
    expect([0, 3, 5, 16, 23, 3841].map(formatRcode)).toEqual([
      'NOERROR',
      'NXDOMAIN',
      'REFUSED',
      'BADVERS',
      'BADCOOKIE',
      'RCODE3841',
    ]);
    expect([0, 4, 5, 15].map(formatOpcode)).toEqual(['QUERY', 'NOTIFY', 'UPDATE', 'OPCODE15']);
  });
});
