/**
 * NOTIFY as a primary sends it (RFC 1996 section 3): the zone as question, its SOA as a hint in the
 * answer section, and the reply that ends it.
 */
import { FLAG_AA, FLAG_QR, OPCODE, RCODE } from '#dns/wire/header.ts';
import { readMessage } from '#dns/wire/message-reader.ts';
import { equalNames, type Name } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { CLASS_IN } from '#dns/wire/record.ts';
import { WireError } from '#dns/wire/wire-error.ts';
import { writeMessage } from '#dns/wire/write-message.ts';

/** @param soa RDATA of the version that is told of, uncompressed */
export function writeNotify(id: number, apex: Name, soa: Uint8Array): Uint8Array {
  return writeMessage({
    id,
    flags: FLAG_AA,
    opcode: OPCODE.NOTIFY,
    rcode: RCODE.NOERROR,
    question: { name: apex, type: TYPE.SOA, class: CLASS_IN },
    answer: [{ owner: apex, type: TYPE.SOA, class: CLASS_IN, ttl: 0, rdata: soa }],
    authority: [],
    additional: [],
    edns: undefined,
  });
}

/** The rcode of a reply to NOTIFY for this zone; `undefined` for octets that are none. */
export function readNotifyReply(octets: Uint8Array, apex: Name): number | undefined {
  try {
    const { flags, opcode, rcode, question } = readMessage(octets, { questionOnly: true });
    if ((flags & FLAG_QR) === 0 || opcode !== OPCODE.NOTIFY) return undefined;
    // An error may come without its question.
    if (question !== undefined && !equalNames(question.name, apex)) return undefined;
    return question === undefined && rcode === RCODE.NOERROR ? undefined : rcode;
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
