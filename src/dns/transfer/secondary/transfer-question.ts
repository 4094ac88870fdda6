/**
 * What a secondary asks: for the SOA, for the differences since a version (RFC 1995 section 3), or
 * for the whole zone (RFC 5936 section 2.1), each with the option that asks how long the primary
 * itself may serve the zone (RFC 7314). And what any answer must be before its records count.
 */
import type { Random } from '#base/random.ts';
import { EDNS_OPTION, type Edns } from '#dns/wire/edns.ts';
import { FLAG_QR, FLAG_TC, formatRcode, OPCODE, RCODE, readU32 } from '#dns/wire/header.ts';
import type { Message } from '#dns/wire/message.ts';
import { equalNames, formatName, type Name } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { CLASS_IN, type ResourceRecord } from '#dns/wire/record.ts';
import { writeMessage } from '#dns/wire/write-message.ts';
import { TransferError } from './transfer-error.ts';

/** No answer to an SOA question is larger where it matters. */
const UDP_PAYLOAD_SIZE = 1232;

export type TransferType = typeof TYPE.SOA | typeof TYPE.AXFR | typeof TYPE.IXFR;

export interface TransferQuestion {
  id: number;
  apex: Name;
  type: TransferType;
  octets: Uint8Array;
}

/**
 * @param own of IXFR: the SOA of the version that is here, wire form
 * @param hasEdns false for primaries that do not know EDNS
 */
export function writeTransferQuestion(
  apex: Name,
  type: TransferType,
  own: Uint8Array | undefined,
  hasEdns: boolean,
  random: Random,
): TransferQuestion {
  const id = random.below(0x1_0000);
  const expire = { code: EDNS_OPTION.EXPIRE, data: new Uint8Array(0) };
  const edns: Edns = { payloadSize: UDP_PAYLOAD_SIZE, version: 0, flags: 0, options: [expire] };
  const octets = writeMessage({
    id,
    flags: 0,
    opcode: OPCODE.QUERY,
    rcode: RCODE.NOERROR,
    question: { name: apex, type, class: CLASS_IN },
    answer: [],
    authority: own === undefined ? [] : [soaRecord(apex, own)],
    additional: [],
    edns: hasEdns ? edns : undefined,
  });
  return { id, apex, type, octets };
}

function soaRecord(owner: Name, rdata: Uint8Array): ResourceRecord {
  return { owner, type: TYPE.SOA, class: CLASS_IN, ttl: 0, rdata };
}

/** True if the message is a reply to this question; anybody can send others over UDP. */
export function isReplyTo(question: TransferQuestion, message: Message): boolean {
  if (message.id !== question.id || (message.flags & FLAG_QR) === 0) return false;
  return message.question === undefined || isSameQuestion(question, message);
}

function isSameQuestion({ apex, type }: TransferQuestion, { question }: Message): boolean {
  if (question === undefined) return false;
  const { name, type: asked, class: rrclass } = question;
  return asked === type && rrclass === CLASS_IN && equalNames(name, apex);
}

/**
 * @param isFirst the first message of a reply must repeat the question, others may (RFC 5936
 *   section 2.2.1)
 * @throws TransferError TRANSFER_MALFORMED, TRANSFER_REFUSED
 */
export function checkReply(
  question: TransferQuestion,
  message: Message,
  isFirst: boolean,
  where: string,
): void {
  const { rcode, flags, opcode } = message;
  const malformed = (what: string): TransferError =>
    new TransferError('TRANSFER_MALFORMED', `${where}: the reply ${what}`);
  if (message.id !== question.id) throw malformed('has another id than the question');
  if ((flags & FLAG_QR) === 0) throw malformed('is a question itself');
  if (opcode !== OPCODE.QUERY) throw malformed(`has opcode ${opcode}`);
  if (rcode !== RCODE.NOERROR) {
    const zone = formatName(question.apex);
    const text = `${where}: ${zone} is answered ${formatRcode(rcode)}; ask its operator`;
    throw new TransferError('TRANSFER_REFUSED', text, { rcode });
  }
  if ((flags & FLAG_TC) !== 0 && question.type !== TYPE.SOA) throw malformed('is truncated');
  if (message.question === undefined ? isFirst : !isSameQuestion(question, message)) {
    throw malformed('is to another question');
  }
}

/** Seconds that the primary may still serve the zone (RFC 7314 section 3), if it says so. */
export function readExpireOption(message: Message): number | undefined {
  const option = message.edns?.options.find(({ code }) => code === EDNS_OPTION.EXPIRE);
  return option?.data.length === 4 ? readU32(option.data, 0) : undefined;
}

/** What a server that does not know EDNS says to it (RFC 6891 section 7). */
export function deniesEdns(error: unknown): boolean {
  if (!(error instanceof TransferError) || error.code !== 'TRANSFER_REFUSED') return false;
  return error.rcode === RCODE.FORMERR || error.rcode === RCODE.NOTIMP;
}
