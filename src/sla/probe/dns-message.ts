/**
 * What a probe asks and what it makes of the reply, with dns-packet alone: the server's own codec
 * is what is being judged, so it must not judge itself. Questions are non-recursive. A reply counts
 * only if it is authoritative, has no error, repeats the question and holds exactly the record
 * asked for; everything else is a code of probe-error.ts.
 */
import { type DecodedPacket, decode, encode, type OptAnswer } from 'dns-packet';
import { asBuffer } from '#base/bytes.ts';
import type { UnansweredCode } from './probe-error.ts';

/** A question without its class, which is IN. */
export interface Question {
  /** With its final dot. */
  name: string;
  type: QuestionType;
}

/** Types that can be asked for, by their number. */
export const QUESTION_TYPES = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  DNAME: 39,
  DS: 43,
  DNSKEY: 48,
  TLSA: 52,
  CAA: 257,
} as const;

export type QuestionType = keyof typeof QUESTION_TYPES;

/** Octets of UDP that need no fragments on any usual path (RFC 9715). */
const UDP_SIZE = 1232;
/** The DO bit (RFC 3225): send signatures too. */
const OPT: OptAnswer = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: UDP_SIZE,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0x8000,
  flag_do: true,
  options: [],
};

const CLASS_IN = 'IN';
const RCODE_MASK = 0x0f;
const RCODES: readonly (UnansweredCode | undefined)[] = [
  undefined,
  'rcode-formerr',
  'rcode-servfail',
  'rcode-nxdomain',
  'rcode-notimp',
  'rcode-refused',
];

/** The query's octets; `id` is 16 random bits. `withSignatures` asks for DNSSEC records too. */
export function encodeQuestion(
  { name, type }: Question,
  id: number,
  withSignatures = false,
): Uint8Array {
  const questions = [{ name: wireName(name), type, class: CLASS_IN } as const];
  const additionals = withSignatures ? [OPT] : [];
  return new Uint8Array(encode({ type: 'query', id, flags: 0, questions, additionals }));
}

/** The serial of the zone's SOA, or why the reply is no right answer. */
export function readSoaReply(
  octets: Uint8Array,
  zone: string,
): { serial: number } | { failure: UnansweredCode } {
  const read = readReply(octets, { name: zone, type: 'SOA' });
  if ('failure' in read) return read;
  const { answers = [] } = read.message;
  const found = answers.filter((answer) => answer.type === 'SOA');
  const [soa] = found;
  if (soa === undefined) return { failure: 'no-answer-record' };
  if (!isSameName(soa.name, zone)) return { failure: 'wrong-owner' };
  if (found.length > 1 || soa.data.serial === undefined) return { failure: 'wrong-record' };
  return { serial: soa.data.serial };
}

function readReply(
  octets: Uint8Array,
  { name, type }: Question,
): { message: DecodedPacket } | { failure: UnansweredCode } {
  let message: DecodedPacket;
  try {
    message = decode(asBuffer(octets));
  } catch {
    return { failure: 'malformed' };
  }
  const rcode = (octets[3] ?? 0) & RCODE_MASK;
  const failed = rcodeFailure(rcode);
  if (failed !== undefined) return { failure: failed };
  if (message.flag_tc) return { failure: 'truncated' };
  const [asked, ...more] = message.questions ?? [];
  if (asked === undefined || more.length > 0 || asked.type !== type) {
    return { failure: 'wrong-question' };
  }
  if (!isSameName(asked.name, name)) return { failure: 'wrong-question' };
  if (!message.flag_aa) return { failure: 'not-authoritative' };
  return { message };
}

/** The code for a reply with an error; none for NOERROR. */
export function rcodeFailure(rcode: number): UnansweredCode | undefined {
  return rcode === 0 ? undefined : (RCODES[rcode] ?? 'rcode-other');
}

/** dns-packet writes and gives names without the final dot. */
function wireName(name: string): string {
  return name === '.' ? '.' : name.replace(/\.$/, '');
}

function isSameName(a: string, b: string): boolean {
  return wireName(a).toLowerCase() === wireName(b).toLowerCase();
}
