// Messages into octets: compression, limits, and going back.
import { describe, expect, it } from 'vitest';
import { formatHex } from '#base/bytes.ts';
import { FLAG_QR, FLAG_TC, OPCODE, RCODE } from '#dns/wire/header.ts';
import type { Message } from '#dns/wire/message.ts';
import { readMessage } from '#dns/wire/message-reader.ts';
import { MessageWriter } from '#dns/wire/message-writer.ts';
import { parseName } from '#dns/wire/name.ts';
import { parseRdataText } from '#dns/wire/rdata/rdata-text.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { ResourceRecord } from '#dns/wire/record.ts';
import { writeMessage } from '#dns/wire/write-message.ts';

function recordOf(owner: string, type: number, content: string): ResourceRecord {
  return {
    owner: parseName(owner),
    type,
    class: 1,
    ttl: 300,
    rdata: parseRdataText(type, content),
  };
}

function started(sizeMax?: number): MessageWriter {
  const writer = new MessageWriter();
  writer.start({ id: 1, flags: FLAG_QR, opcode: OPCODE.QUERY, sizeMax });
  return writer;
}

describe('MessageWriter', () => {
  it('compresses owners and the RDATA names of RFC 1035, whatever their case', () => {
    const writer = started();
    writer.writeQuestion({ name: parseName('Example.com.'), type: TYPE.MX, class: 1 });
    writer.writeRecord('answer', recordOf('eXAMPLE.com.', TYPE.MX, '10 mail.EXAMPLE.COM.'));
    writer.writeRecord('additional', recordOf('MAIL.example.com.', TYPE.A, '192.0.2.1'));
    expect(formatHex(writer.finish(RCODE.NOERROR))).toBe(
      [
        '000180000001000100000001',
        '074578616d706c6503636f6d00000f0001',
        'c00c000f00010000012c0009000a046d61696cc00c',
        'c02b000100010000012c0004c0000201',
      ].join(''),
    );
  });

  it('keeps the case of names where that is wanted', () => {
    const writer = new MessageWriter();
    writer.start({ id: 1, flags: FLAG_QR, opcode: OPCODE.QUERY, keepsCase: true });
    const records = [
      recordOf('example.com.', TYPE.MX, '10 Mail.example.com.'),
      recordOf('mail.Example.com.', TYPE.MX, '10 Mail.example.com.'),
      recordOf('mail.example.com.', TYPE.MX, '10 mail.Example.com.'),
    ];
    for (const record of records) writer.writeRecord('answer', record);
    const message = writer.finish(RCODE.NOERROR);
    expect(readMessage(message).answer).toEqual(records);
    expect(message.length, 'what is the same is written once').toBeLessThan(130);
  });

  it('does not compress RDATA names of later types, nor point at them', () => {
    const writer = started();
    writer.writeRecord('answer', recordOf('a.', TYPE.SRV, '0 0 0 srv.a.'));
    writer.writeRecord('answer', recordOf('srv.a.', TYPE.NS, 'srv.a.'));
    expect(formatHex(writer.finish(0)).slice(24)).toBe(
      '016100002100010000012c000d00000000000003737276016100' +
        '03737276c00c000200010000012c0002c026',
    );
  });

  it('leaves no trace of a record that does not fit', () => {
    const writer = started(64);
    const small = recordOf('a.example.', TYPE.A, '192.0.2.1');
    expect(writer.writeRecord('answer', small)).toBe(true);
    const before = writer.size;
    expect(writer.writeRecord('answer', recordOf('b.test.', TYPE.TXT, `"${'x'.repeat(60)}"`))).toBe(
      false,
    );
    expect(writer.size).toBe(before);
    // The ending test. must not be known from the record that is gone.
    expect(writer.writeRecord('answer', recordOf('c.test.', TYPE.A, '192.0.2.2'))).toBe(true);
    const { answer } = readMessage(writer.finish(0));
    expect(answer).toEqual([small, recordOf('c.test.', TYPE.A, '192.0.2.2')]);
  });

  it('goes back to a mark with counts and names', () => {
    const writer = started();
    writer.writeRecord('answer', recordOf('a.example.', TYPE.A, '192.0.2.1'));
    const mark = writer.mark();
    writer.writeRecord('authority', recordOf('b.test.', TYPE.NS, 'c.test.'));
    writer.writeEdns({ payloadSize: 1232, version: 0, flags: 0, options: [] });
    writer.rollback(mark);
    writer.writeRecord('answer', recordOf('b.test.', TYPE.NS, 'c.test.'));
    const message = readMessage(writer.finish(0));
    expect(message.answer).toHaveLength(2);
    expect(message.authority).toEqual([]);
    expect(message.edns).toBeUndefined();
  });

  it('keeps reserved octets free', () => {
    const record = recordOf('abcdefghij.', TYPE.A, '192.0.2.1');
    const writer = started(12 + 26);
    writer.reserve(1);
    expect(writer.writeRecord('answer', record)).toBe(false);
    writer.reserve(0);
    expect(writer.writeRecord('answer', record)).toBe(true);
    expect(writer.size).toBe(12 + 26);
  });

  it('points no further than 14 bits reach', () => {
    const writer = started();
    const filler = recordOf('.', TYPE.TXT, `"${'x'.repeat(255)}"`);
    while (writer.size <= 0x3fff) writer.writeRecord('answer', filler);
    const late = recordOf('late.example.', TYPE.NS, 'late.example.');
    writer.writeRecord('answer', late);
    writer.writeRecord('answer', late);
    const { answer } = readMessage(writer.finish(0));
    expect(answer.slice(-2)).toEqual([late, late]);
  });

  it('puts the high bits of an rcode into the OPT record, and refuses them without', () => {
    const writer = started();
    writer.writeEdns({ payloadSize: 1232, version: 0, flags: 0x8000, options: [] });
    expect(readMessage(writer.finish(RCODE.BADVERS)).rcode).toBe(RCODE.BADVERS);
    expect(() => started().finish(RCODE.BADVERS)).toThrow(/needs an OPT record/);
  });

  it('demands the sections in their order', () => {
    const writer = started();
    const record = recordOf('a.', TYPE.A, '192.0.2.1');
    writer.writeRecord('authority', record);
    expect(() => writer.writeRecord('answer', record)).toThrow(/answer section/);
  });
});

describe('writeMessage', () => {
  const message: Message = {
    id: 7,
    flags: FLAG_QR,
    opcode: OPCODE.QUERY,
    rcode: RCODE.NOERROR,
    question: { name: parseName('a.example.'), type: TYPE.TXT, class: 1 },
    answer: [
      recordOf('a.example.', TYPE.TXT, `"${'x'.repeat(200)}"`),
      recordOf('a.example.', TYPE.TXT, `"${'y'.repeat(200)}"`),
      recordOf('a.example.', TYPE.TXT, `"${'z'.repeat(200)}"`),
    ],
    authority: [],
    additional: [recordOf('b.example.', TYPE.A, '192.0.2.1')],
    edns: { payloadSize: 1232, version: 0, flags: 0, options: [] },
  };

  it('leaves an RRset out whole, says TC and keeps question and OPT', () => {
    const cut = readMessage(writeMessage(message, 512));
    expect(cut.flags).toBe(FLAG_QR | FLAG_TC);
    expect(cut.answer).toEqual([]);
    expect(cut.additional).toEqual([]);
    expect(cut.question).toEqual(message.question);
    expect(cut.edns).toEqual(message.edns);
  });

  it('leaves additional records out without a word', () => {
    const whole = writeMessage(message);
    const cut = readMessage(writeMessage(message, whole.length - 1));
    expect(cut.flags).toBe(FLAG_QR);
    expect(cut.answer).toHaveLength(3);
    expect(cut.additional).toEqual([]);
  });

  it('writes the empty RDATA of an UPDATE', () => {
    const gone = { ...recordOf('a.example.', TYPE.MX, '0 .'), rdata: new Uint8Array(0) };
    const update: Message = {
      ...message,
      opcode: OPCODE.UPDATE,
      answer: [{ ...gone, class: 255 }],
      authority: [{ ...gone, class: 255, type: TYPE.NS }],
    };
    const read = readMessage(writeMessage(update));
    expect(read.answer).toEqual(update.answer);
    expect(read.authority).toEqual(update.authority);
  });

  it('raises WIRE_TOO_LONG when the question does not fit', () => {
    expect(() => writeMessage(message, 20)).toThrow(
      expect.objectContaining({ code: 'WIRE_TOO_LONG' }),
    );
  });
});
