// The header's words and their names.
import { describe, expect, it } from 'vitest';
import {
  FLAG_AA,
  FLAG_AD,
  FLAG_CD,
  FLAG_QR,
  FLAG_RA,
  FLAG_RD,
  FLAG_TC,
  FLAG_Z,
  formatOpcode,
  formatRcode,
  readHeader,
} from '#dns/wire/header.ts';

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

describe('the flags', () => {
  it('stand where RFC 1035 section 4.1.1 and RFC 4035 section 3.2 put them', () => {
    const flags = [FLAG_QR, FLAG_AA, FLAG_TC, FLAG_RD, FLAG_RA, FLAG_Z, FLAG_AD, FLAG_CD];
    expect(flags.map((flag) => 15 - Math.log2(flag))).toEqual([0, 5, 6, 7, 8, 9, 10, 11]);
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
