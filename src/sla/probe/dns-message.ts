/**
 * What a probe asks and what it makes of the reply, with dns-packet alone: the server's own codec
 * is what is being judged, so it must not judge itself. Questions are non-recursive. A reply counts
 * only if it is authoritative, has no error, repeats the question and holds exactly the record
 * asked for; everything else is a code of probe-error.ts.
 */
import { type DecodedPacket, decode, encode } from 'dns-packet';
import { asBuffer } from '#base/bytes.ts';
import type { UnansweredCode } from './probe-error.ts';

export interface Question {
  /** With its final dot. */
  name: string;
  type: 'SOA' | 'TXT';
}

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

/** The query's octets; `id` is 16 random bits. */
export function encodeQuestion({ name, type }: Question, id: number): Uint8Array {
  const questions = [{ name: wireName(name), type, class: CLASS_IN } as const];
  return new Uint8Array(encode({ type: 'query', id, flags: 0, questions }));
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

/** The strings of the name's TXT records, each record's joined; or why there are none. */
export function readTxtReply(
  octets: Uint8Array,
  name: string,
): { texts: string[] } | { failure: UnansweredCode } {
  const read = readReply(octets, { name, type: 'TXT' });
  if ('failure' in read) return read;
  const texts = (read.message.answers ?? []).flatMap((answer) =>
    answer.type === 'TXT' && isSameName(answer.name, name) ? [joinText(answer.data)] : [],
  );
  return texts.length === 0 ? { failure: 'no-answer-record' } : { texts };
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
  if (rcode !== 0) return { failure: RCODES[rcode] ?? 'rcode-other' };
  if (message.flag_tc) return { failure: 'truncated' };
  const [asked, ...more] = message.questions ?? [];
  if (asked === undefined || more.length > 0 || asked.type !== type) {
    return { failure: 'wrong-question' };
  }
  if (!isSameName(asked.name, name)) return { failure: 'wrong-question' };
  if (!message.flag_aa) return { failure: 'not-authoritative' };
  return { message };
}

/** dns-packet writes and gives names without the final dot. */
function wireName(name: string): string {
  return name === '.' ? '.' : name.replace(/\.$/, '');
}

function isSameName(a: string, b: string): boolean {
  return wireName(a).toLowerCase() === wireName(b).toLowerCase();
}

function joinText(data: string | Buffer | (string | Buffer)[]): string {
  const parts = Array.isArray(data) ? data : [data];
  return parts.map((part) => part.toString()).join('');
}
