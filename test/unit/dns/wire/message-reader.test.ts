// Whole messages out of octets: a real answer, and what is refused and why.
import { describe, expect, it } from 'vitest';
import { FLAG_AA, FLAG_QR, FLAG_RD, OPCODE, RCODE } from '#dns/wire/header.ts';
import { readMessage } from '#dns/wire/message-reader.ts';
import { formatName } from '#dns/wire/name.ts';
import { formatRdata } from '#dns/wire/rdata/registry.ts';

const QUESTION = '076578616d706c6503636f6d00 000f 0001';

function octetsOf(...hex: string[]): Uint8Array {
  return new Uint8Array(Buffer.from(hex.join('').replaceAll(' ', ''), 'hex'));
}

describe('readMessage', () => {
  it('reads an answer with compressed owner and RDATA, and its EDNS', () => {
    const message = readMessage(
      octetsOf(
        '1234 8500 0001 0001 0000 0002',
        QUESTION,
        'c00c 000f 0001 0000012c 0009 000a 046d61696c c00c',
        'c02b 0001 0001 ffffffff 0004 c0000201',
        '00 0029 04d0 01 00 8000 0007 0003 0003 6e7331',
      ),
    );
    expect(message.id).toBe(0x1234);
    expect(message.flags).toBe(FLAG_QR | FLAG_AA | FLAG_RD);
    expect(message.rcode).toBe(RCODE.BADVERS);
    expect(message.answer.map(({ type, rdata }) => formatRdata(type, rdata))).toEqual([
      '10 mail.example.com.',
    ]);
    expect(message.additional).toHaveLength(1);
    expect(formatName(message.additional[0].owner)).toBe('mail.example.com.');
    // RFC 2181 section 8.
    expect(message.additional[0].ttl).toBe(0);
    expect(message.edns).toEqual({
      payloadSize: 1232,
      version: 0,
      flags: 0x8000,
      options: [{ code: 3, data: new Uint8Array(Buffer.from('ns1')) }],
    });
  });

  it('reads only header and question when asked', () => {
    const octets = octetsOf('0001 0000 0001 ffff 0000 0000', QUESTION, 'ff');
    const message = readMessage(octets, { questionOnly: true });
    expect(message.question?.type).toBe(15);
    expect(message.answer).toEqual([]);
  });

  it('takes octets behind the last record only when asked', () => {
    const octets = octetsOf('0001 0000 0001 0000 0000 0000', QUESTION, 'ff');
    expect(() => readMessage(octets)).toThrow(expect.objectContaining({ code: 'WIRE_TRAILING' }));
    expect(readMessage(octets, { allowsTrailing: true }).question?.class).toBe(1);
  });

  it('takes the empty RDATA of an UPDATE, and of nothing else', () => {
    const rest = `${QUESTION} c00c 0006 00ff 00000000 0000`;
    const update = readMessage(octetsOf('0001 2800 0001 0000 0001 0000', rest));
    expect(update.opcode).toBe(OPCODE.UPDATE);
    expect(update.authority[0].rdata).toHaveLength(0);
    expect(() => readMessage(octetsOf('0001 0000 0001 0000 0001 0000', rest))).toThrow(
      expect.objectContaining({ code: 'WIRE_TRUNCATED' }),
    );
  });

  it('leaves RDATA of unknown types as it stands, pointers and all', () => {
    const octets = octetsOf('0001 8000 0000 0001 0000 0000', '00 ff00 0001 00000000 0002 c00c');
    expect(readMessage(octets).answer[0].rdata).toEqual(Uint8Array.of(0xc0, 0x0c));
  });

  it('reads no options of an EDNS version that it does not know', () => {
    const octets = octetsOf('0001 0000 0000 0000 0000 0001', '00 0029 0200 00 01 0000 0001 ff');
    expect(readMessage(octets).edns).toMatchObject({ version: 1, options: [] });
  });

  const OPT = '00 0029 0200 00000000 0000';
  it.each([
    ['11 octets', '0001 0000 0000 0000 0000 00', 'WIRE_TRUNCATED'],
    ['a question that is missing', '0001 0000 0001 0000 0000 0000', 'WIRE_TRUNCATED'],
    ['two questions', `0001 0000 0002 0000 0000 0000 ${QUESTION} ${QUESTION}`, 'WIRE_QUESTION'],
    ['half a question', '0001 0000 0001 0000 0000 0000 00 0001', 'WIRE_TRUNCATED'],
    ['a record that is missing', '0001 0000 0000 0001 0000 0000', 'WIRE_TRUNCATED'],
    [
      'RDATA that is cut off',
      '0001 0000 0000 0001 0000 0000 00 0001 0001 00000000 0004 c000',
      'WIRE_TRUNCATED',
    ],
    [
      'RDATA that is too short',
      '0001 0000 0000 0001 0000 0000 00 0001 0001 00000000 0003 c00002',
      'WIRE_RDATA',
    ],
    [
      'RDATA that is too long',
      '0001 0000 0000 0001 0000 0000 00 0001 0001 00000000 0005 c000020100',
      'WIRE_RDATA',
    ],
    [
      'a name that leaves its RDATA',
      '0001 0000 0000 0001 0000 0000 00 0002 0001 00000000 0001 01 6100',
      'WIRE_TRUNCATED',
    ],
    ['two OPT records', `0001 0000 0000 0000 0000 0002 ${OPT} ${OPT}`, 'WIRE_EDNS'],
    ['an OPT record in the answer', `0001 0000 0000 0001 0000 0000 ${OPT}`, 'WIRE_EDNS'],
    [
      'an OPT record with a name',
      '0001 0000 0000 0000 0000 0001 0161 00 0029 0200 00000000 0000',
      'WIRE_EDNS',
    ],
    [
      'an option that is cut off',
      '0001 0000 0000 0000 0000 0001 00 0029 0200 00000000 0005 0003 0002 61',
      'WIRE_EDNS',
    ],
    [
      'half an option',
      '0001 0000 0000 0000 0000 0001 00 0029 0200 00000000 0003 0003 00',
      'WIRE_EDNS',
    ],
  ])('refuses %s', (_, hex, code) => {
    expect(() => readMessage(octetsOf(hex))).toThrow(expect.objectContaining({ code }));
  });
});
