// Messages: message -> wire -> message is the identity, and no octets make the reader throw
// anything but WireError, nor take long.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FLAG_TC, FLAGS_MASK } from '#dns/wire/header.ts';
import type { Message } from '#dns/wire/message.ts';
import { MessageReader } from '#dns/wire/message-reader.ts';
import { MessageWriter } from '#dns/wire/message-writer.ts';
import { lowerName } from '#dns/wire/name.ts';
import { canonicalRdata } from '#dns/wire/rdata/registry.ts';
import type { ResourceRecord } from '#dns/wire/record.ts';
import { WireError } from '#dns/wire/wire-error.ts';
import { writeMessage } from '#dns/wire/write-message.ts';
import { arbitraryName, arbitraryRecord } from '../../../kit/arbitrary-records.ts';
import { valueOrRefused } from '../../../kit/value-or-refused.ts';

const edns = fc.record({
  payloadSize: fc.nat(0xffff),
  version: fc.constant(0),
  flags: fc.nat(0xffff),
  options: fc.array(fc.record({ code: fc.nat(0xffff), data: fc.uint8Array({ maxLength: 20 }) }), {
    maxLength: 3,
  }),
});

const records = fc.array(arbitraryRecord, { maxLength: 6 });

const message: fc.Arbitrary<Message> = fc
  .record({
    id: fc.nat(0xffff),
    flags: fc.nat(0xffff).map((bits) => bits & FLAGS_MASK),
    opcode: fc.nat(15),
    rcode: fc.nat(0xfff),
    question: fc.option(
      fc.record({ name: arbitraryName, type: fc.nat(0xffff), class: fc.nat(0xffff) }),
      { nil: undefined },
    ),
    answer: records,
    authority: records,
    additional: records,
    edns: fc.option(edns, { nil: undefined }),
  })
  .map((some) => (some.edns === undefined ? { ...some, rcode: some.rcode & 0xf } : some));

/** Compression may lend a name the case of an earlier one; what is compared has none. */
function folded(some: Message): unknown {
  return {
    ...some,
    question: some.question && { ...some.question, name: new Uint8Array(some.question.name) },
    answer: some.answer.map(foldedRecord),
    authority: some.authority.map(foldedRecord),
    additional: some.additional.map(foldedRecord),
  };
}

function foldedRecord(record: ResourceRecord): unknown {
  const rdata = new Uint8Array(canonicalRdata(record.type, record.rdata));
  return { ...record, owner: lowerName(record.owner), rdata };
}

const reader = new MessageReader();
const writer = new MessageWriter();

describe('a message', () => {
  it('is the same after being written and read', () => {
    fc.assert(
      fc.property(message, (some) => {
        expect(folded(reader.read(writeMessage(some, 65_535, writer)))).toEqual(folded(some));
      }),
      { numRuns: 600 },
    );
  });

  it('never exceeds its size, keeps question and OPT, and says when it was cut', () => {
    fc.assert(
      fc.property(message, fc.integer({ min: 512, max: 1232 }), (some, sizeMax) => {
        const octets = writeMessage(some, sizeMax, writer);
        expect(octets.length).toBeLessThanOrEqual(sizeMax);
        const read = reader.read(octets);
        expect(read.edns).toEqual(some.edns);
        expect(read.question).toEqual(some.question);
        const isCut =
          read.answer.length + read.authority.length < some.answer.length + some.authority.length;
        expect(isCut && (read.flags & FLAG_TC) === 0).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});

/**
 * What the reader makes of the octets, and what it makes of that after it was written. Where it
 * refuses, or what it took does not fit a message uncompressed as it is, both are 'refused'.
 */
function readTwice(octets: Uint8Array): { once: unknown; twice: unknown } {
  const once = valueOrRefused(WireError, () => reader.read(octets, { allowsTrailing: true }));
  if (once === 'refused') return { once, twice: once };
  const rewritten = valueOrRefused(WireError, () => writeMessage(once, 65_535, writer));
  if (rewritten === 'refused') return { once: rewritten, twice: rewritten };
  return { once: folded(once), twice: folded(reader.read(rewritten)) };
}

describe('the reader', () => {
  it('refuses random octets with WireError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
        const { once, twice } = readTwice(octets);
        expect(twice).toEqual(once);
      }),
      { numRuns: 3000 },
    );
  });

  it('refuses mutated messages with WireError', () => {
    const edit = fc.record({ at: fc.nat(), kind: fc.nat(3), octet: fc.nat(255) });
    fc.assert(
      fc.property(message, fc.array(edit, { minLength: 1, maxLength: 6 }), (some, edits) => {
        let octets = [...writeMessage(some, 1232, writer)];
        for (const { at, kind, octet } of edits) {
          const place = at % octets.length;
          if (kind === 0) octets[place] = octet;
          else if (kind === 1) octets.splice(place, 1);
          else if (kind === 2) octets.splice(place, 0, octet);
          else octets = octets.slice(0, Math.max(1, place));
        }
        const { once, twice } = readTwice(Uint8Array.from(octets));
        expect(twice).toEqual(once);
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses games with compression pointers with WireError', () => {
    const soup = fc.array(
      fc.oneof(
        fc.tuple(fc.constantFrom(0xc0, 0xc1, 0xff), fc.nat(255)),
        fc.constantFrom([1, 0x61], [0], [63], [0x40], [0x80], [0, 1, 0, 1], [0, 6, 0, 1]),
      ),
      { minLength: 4, maxLength: 120 },
    );
    const counts = fc.tuple(fc.nat(2), fc.nat(20), fc.nat(20), fc.nat(20));
    fc.assert(
      fc.property(soup, counts, (parts, [qd, an, ns, ar]) => {
        const header = [0, 1, 0, 0, 0, qd, 0, an, 0, ns, 0, ar];
        const { once, twice } = readTwice(Uint8Array.from([...header, ...parts.flat()]));
        expect(twice).toEqual(once);
      }),
      { numRuns: 3000 },
    );
  });

  it('spends no more than its message is worth on nested pointers', () => {
    // Each label points to the one before: the last name has 127 labels, the next is too long.
    const octets = [0, 1, 0, 0, 0, 1, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 1, 0, 1];
    let target = 12;
    while (octets.length < 16_300) {
      const at = octets.length;
      octets.push(1, 0x61, 0xc0 | (target >>> 8), target & 0xff, 0, 16, 0, 1, 0, 0, 0, 0, 0, 1, 0);
      target = at;
    }
    expect(() => reader.read(Uint8Array.from(octets))).toThrow(
      expect.objectContaining({ code: 'WIRE_NAME' }),
    );
  });
});
