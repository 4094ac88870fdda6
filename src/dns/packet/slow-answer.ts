/**
 * What the slow lane answers where nothing else is configured: no. Transfers, UPDATE and NOTIFY are
 * denied by default (REFUSED with extended error 18, RFC 8914), a TSIG of a key that we do not have
 * gets NOTAUTH with BADKEY, unsigned (RFC 8945 section 5.2.1), and what is no query at all FORMERR.
 */
import { buildExtendedError, EDNS_FLAG_DO, EXTENDED_ERROR } from '#dns/wire/edns.ts';
import { FLAG_QR, FLAG_RD, HEADER_SIZE, RCODE } from '#dns/wire/header.ts';
import type { Message } from '#dns/wire/message.ts';
import { readMessage } from '#dns/wire/message-reader.ts';
import { behindName } from '#dns/wire/name-wire.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { ResourceRecord } from '#dns/wire/record.ts';
import { WireError } from '#dns/wire/wire-error.ts';
import { writeMessage } from '#dns/wire/write-message.ts';
import type { SlowHandler } from './slow-lane.ts';

/** What we take over UDP, as the answer path says it. */
const PAYLOAD_SIZE = 1232;

/** Refuses whatever comes: see the head of this file. */
export const refuseSlowRequest: SlowHandler = async (request, replies) => {
  const refusal = buildRefusal(request.bytes);
  if (refusal !== undefined) await replies.send(refusal);
};

/** The refusal of a query, or `undefined` for octets that deserve no answer. */
export function buildRefusal(query: Uint8Array): Uint8Array | undefined {
  if (query.length < HEADER_SIZE || (query[2] & 0x80) !== 0) return undefined;
  try {
    return refuse(readMessage(query));
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return buildFormerr(query);
  }
}

function refuse(query: Message): Uint8Array {
  const signature = query.additional.at(-1);
  const isSigned = signature?.type === TYPE.TSIG;
  const isOtherVersion = query.edns !== undefined && query.edns.version > 0;
  const rcode = isSigned ? RCODE.NOTAUTH : isOtherVersion ? RCODE.BADVERS : RCODE.REFUSED;
  const isProhibited = rcode === RCODE.REFUSED;
  const edns = query.edns && {
    payloadSize: PAYLOAD_SIZE,
    version: 0,
    flags: query.edns.flags & EDNS_FLAG_DO,
    options: isProhibited
      ? [buildExtendedError({ infoCode: EXTENDED_ERROR.PROHIBITED, text: '' })]
      : [],
  };
  return writeMessage({
    id: query.id,
    flags: FLAG_QR | (query.flags & FLAG_RD),
    opcode: query.opcode,
    rcode,
    question: query.question,
    answer: [],
    authority: [],
    additional: isSigned ? [rejectSignature(signature)] : [],
    edns,
  });
}

/**
 * The TSIG record of a refusal (RFC 8945 section 4.2): as it came, without MAC, with BADKEY.
 *
 *     algorithm | time 6 | fudge 2 | MAC size 2 | MAC | original id 2 | error 2 | other size 2
 */
function rejectSignature(signature: ResourceRecord): ResourceRecord {
  const { rdata } = signature;
  const timeAt = behindName(rdata, 0);
  const macSizeAt = timeAt + 8;
  const idAt = macSizeAt + 2 + ((rdata[macSizeAt] << 8) | rdata[macSizeAt + 1]);
  if (idAt + 2 > rdata.length) throw new WireError('WIRE_TRUNCATED', 'TSIG ends inside its MAC');
  const rejected = new Uint8Array(macSizeAt + 8);
  rejected.set(rdata.subarray(0, macSizeAt));
  rejected.set(rdata.subarray(idAt, idAt + 2), macSizeAt + 2);
  rejected[macSizeAt + 5] = RCODE.BADKEY;
  return { ...signature, rdata: rejected };
}

/** A bare header: id, opcode and RD of the query, FORMERR. */
function buildFormerr(query: Uint8Array): Uint8Array {
  const reply = new Uint8Array(HEADER_SIZE);
  reply.set(query.subarray(0, 2));
  reply[2] = 0x80 | (query[2] & 0x79);
  reply[3] = RCODE.FORMERR;
  return reply;
}
