import { describe, expect, it } from 'vitest';
import { type RecordRole, TransferReader } from '#dns/transfer/secondary/transfer-reader.ts';
import { parseName, ROOT } from '#dns/wire/name.ts';
import { parseRdataText } from '#dns/wire/rdata/rdata-text.ts';
import { typeOfMnemonic } from '#dns/wire/rdata/registry.ts';
import type { ResourceRecord } from '#dns/wire/record.ts';

const APEX = parseName('example.com.');

function record(text: string, rrclass = 1): ResourceRecord {
  const [owner, mnemonic, ...content] = text.split(' ');
  const type = typeOfMnemonic(mnemonic) ?? 0;
  const rdata = parseRdataText(type, content.join(' '), ROOT);
  return { owner: parseName(owner), type, class: rrclass, ttl: 300, rdata };
}

function soa(serial: number): ResourceRecord {
  return record(`example.com. SOA ns. h. ${serial} 3600 600 86400 300`);
}

const WWW = record('www.example.com. A 192.0.2.1');
const MAIL = record('mail.example.com. A 192.0.2.2');

/** What the reader makes of the records. */
function read(own: number | undefined, records: ResourceRecord[]) {
  const reader = new TransferReader(APEX, own);
  const roles: RecordRole[] = [];
  for (const one of records) reader.push(one, (role) => roles.push(role));
  return { form: reader.form, isDone: reader.isDone, roles: roles.join(' ') };
}

describe('the reader of transfers', () => {
  it('reads a whole zone from its first to its last SOA', () => {
    expect(read(undefined, [soa(7), WWW, MAIL, soa(7)])).toEqual({
      form: 'whole',
      isDone: true,
      roles: 'content content content closing',
    });
  });

  it('reads a zone that has nothing but its SOA', () => {
    expect(read(undefined, [soa(7), soa(7)])).toEqual({
      form: 'whole',
      isDone: true,
      roles: 'content closing',
    });
  });

  it('reads the steps of an incremental transfer', () => {
    const records = [soa(9), soa(7), WWW, soa(8), MAIL, soa(8), MAIL, soa(9), WWW, soa(9)];
    expect(read(7, records)).toEqual({
      form: 'steps',
      isDone: true,
      roles: 'removed removed added added removed removed added added closing',
    });
  });

  it('takes the whole zone where differences were asked for', () => {
    expect(read(7, [soa(9), WWW, soa(9)])).toMatchObject({ form: 'whole', isDone: true });
    expect(read(7, [soa(9), soa(9)])).toMatchObject({ form: 'whole', isDone: true });
  });

  it('knows by the first SOA that there is nothing newer', () => {
    expect(read(7, [soa(7)])).toEqual({ form: 'current', isDone: true, roles: '' });
    expect(read(7, [soa(6)])).toMatchObject({ form: 'current', isDone: true });
    expect(read(0xffff_ffff, [soa(1)])).toMatchObject({ form: undefined, isDone: false });
  });

  it('refuses steps that do not join', () => {
    expect(() => read(7, [soa(9), soa(7), soa(8), soa(7)])).toThrow(/do not join/);
    expect(() => read(7, [soa(9), soa(7), soa(6)])).toThrow(/do not join/);
    expect(() => read(7, [soa(9), soa(7), soa(7)])).toThrow(/do not join/);
  });

  it('refuses what no transfer has', () => {
    const refusals: [ResourceRecord[], RegExp][] = [
      [[WWW], /begins with www\.example\.com\. A/],
      [[soa(7), WWW, soa(8)], /begins with serial 7 and ends with 8/],
      [[soa(7), record('www.example.org. A 192.0.2.1')], /not in the zone/],
      [[soa(7), record('www.example.com. A 192.0.2.1', 3)], /class 3/],
      [[soa(7), record('www.example.com. SOA a. b. 7 1 1 1 1')], /SOA at its apex/],
      [[soa(7), { ...WWW, type: 250 }], /no record that a zone may have/],
      [[soa(7), { ...WWW, type: 0 }], /no record that a zone may have/],
      [[soa(7), soa(7), WWW], /behind the end/],
    ];
    for (const [records, message] of refusals) {
      expect(() => read(undefined, records)).toThrow(message);
    }
  });
});
