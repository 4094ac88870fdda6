/** SOA RDATA as fields and back. */
import { describe, expect, it } from 'vitest';
import { formatName, parseName } from '#dns/wire/name.ts';
import { readSoa, replaceSoaSerial, soaSerial, writeSoa } from '#dns/zone/soa.ts';

const SOA = {
  primary: parseName('ns1.example.com.'),
  mailbox: parseName('host\\.master.example.com.'),
  serial: 4_294_967_295,
  refresh: 7200,
  retry: 900,
  expire: 1_209_600,
  minimum: 3600,
};

describe('SOA RDATA', () => {
  it('is read into the fields that it was written from', () => {
    expect(readSoa(writeSoa(SOA))).toEqual(SOA);
  });

  it('gives its serial without reading the names', () => {
    expect(soaSerial(writeSoa(SOA))).toBe(4_294_967_295);
  });

  it.each([
    ['octets', writeSoa(SOA)],
    ['a Buffer', Buffer.from(writeSoa(SOA))],
  ])('takes another serial in a copy of %s', (_what, rdata) => {
    const soa = readSoa(replaceSoaSerial(rdata, 0x0102_0304));
    expect(soa.serial).toBe(0x0102_0304);
    expect(formatName(soa.mailbox)).toBe('host\\.master.example.com.');
    expect(soa.minimum).toBe(3600);
    expect(soaSerial(rdata)).toBe(4_294_967_295);
  });
});
