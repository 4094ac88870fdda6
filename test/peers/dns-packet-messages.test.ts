// Messages against dns-packet, which shares no code with us: each reads what the other writes.
import * as dnsPacket from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { EDNS_FLAG_DO, EDNS_OPTION } from '#dns/wire/edns.ts';
import { FLAG_AA, FLAG_QR, OPCODE, RCODE } from '#dns/wire/header.ts';
import { readMessage } from '#dns/wire/message-reader.ts';
import { formatName, parseName } from '#dns/wire/name.ts';
import { parseRdataText } from '#dns/wire/rdata/rdata-text.ts';
import { formatRdata, formatTypeCode } from '#dns/wire/rdata/registry.ts';
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

describe('messages and dns-packet', () => {
  it('ours are read by dns-packet', () => {
    const octets = writeMessage({
      id: 4711,
      flags: FLAG_QR | FLAG_AA,
      opcode: OPCODE.QUERY,
      rcode: RCODE.NXDOMAIN,
      question: { name: parseName('www.example.com.'), type: TYPE.MX, class: 1 },
      answer: [
        recordOf('www.example.com.', TYPE.MX, '10 mail.example.com.'),
        recordOf('www.example.com.', TYPE.SRV, '1 2 3 sip.example.com.'),
        recordOf('www.example.com.', TYPE.CAA, '0 issue "ca.example"'),
        recordOf('www.example.com.', TYPE.TXT, '"a" "b"'),
      ],
      authority: [recordOf('example.com.', TYPE.SOA, 'ns.example.com. h.example.com. 1 2 3 4 5')],
      additional: [recordOf('mail.example.com.', TYPE.AAAA, '2001:db8::1')],
      edns: {
        payloadSize: 1232,
        version: 0,
        flags: EDNS_FLAG_DO,
        options: [{ code: EDNS_OPTION.NSID, data: Uint8Array.of(0x6e, 0x73) }],
      },
    });
    const theirs = dnsPacket.decode(Buffer.from(octets));
    expect(theirs).toMatchObject({
      id: 4711,
      type: 'response',
      rcode: 'NXDOMAIN',
      flag_aa: true,
      questions: [{ name: 'www.example.com', type: 'MX', class: 'IN' }],
      answers: [
        {
          name: 'www.example.com',
          ttl: 300,
          data: { preference: 10, exchange: 'mail.example.com' },
        },
        { data: { priority: 1, weight: 2, port: 3, target: 'sip.example.com' } },
        { data: { flags: 0, tag: 'issue', value: 'ca.example' } },
        { data: [Buffer.from('a'), Buffer.from('b')] },
      ],
      authorities: [
        {
          data: {
            mname: 'ns.example.com',
            rname: 'h.example.com',
            serial: 1,
            refresh: 2,
            minimum: 5,
          },
        },
      ],
      additionals: [
        { name: 'mail.example.com', data: '2001:db8::1' },
        { type: 'OPT', udpPayloadSize: 1232, flag_do: true, options: [{ code: 3 }] },
      ],
    });
  });

  it('theirs are read by us', () => {
    const octets = dnsPacket.encode({
      id: 99,
      type: 'response',
      flags: dnsPacket.AUTHORITATIVE_ANSWER,
      questions: [{ name: 'example.com', type: 'A' }],
      answers: [
        { name: 'example.com', type: 'A', ttl: 60, data: '192.0.2.1' },
        { name: 'example.com', type: 'NS', ttl: 60, data: 'ns1.example.com' },
        {
          name: 'example.com',
          type: 'MX',
          ttl: 60,
          data: { preference: 5, exchange: 'mx.example.com' },
        },
      ],
      additionals: [
        {
          name: '.',
          type: 'OPT',
          udpPayloadSize: 4096,
          flags: dnsPacket.DNSSEC_OK,
          options: [],
        } as never,
      ],
    });
    const message = readMessage(octets);
    expect(message.flags).toBe(FLAG_QR | FLAG_AA);
    expect(
      message.answer.map(
        ({ owner, type, rdata }) =>
          `${formatName(owner)} ${formatTypeCode(type)} ${formatRdata(type, rdata)}`,
      ),
    ).toEqual([
      'example.com. A 192.0.2.1',
      'example.com. NS ns1.example.com.',
      'example.com. MX 5 mx.example.com.',
    ]);
    expect(message.edns).toMatchObject({ payloadSize: 4096, flags: EDNS_FLAG_DO });
  });
});
