/**
 * One RRset that a version of a zone changed, asked of a name server to see that it serves this
 * version and not only its SOA. Compared is what can be compared simply: the RRset at its own
 * owner, or that it is gone. What a wildcard, an alias or a delegation answers is left alone, which
 * is told by our own answer to the same question.
 */
import { FLAG_AA, FLAG_TC, RCODE } from '#dns/wire/header.ts';
import type { Message } from '#dns/wire/message.ts';
import { readMessage } from '#dns/wire/message-reader.ts';
import { equalNames, type Name } from '#dns/wire/name.ts';
import { CLASS_IN, type ResourceRecord } from '#dns/wire/record.ts';
import { WireError } from '#dns/wire/wire-error.ts';
import { compareRdatas } from '#dns/zone/canonical-order.ts';
import type { Rrset } from '#dns/zone/rrset.ts';

export interface ChangedRrset {
  owner: Name;
  /** IANA number of the type. */
  type: number;
  /** As the version serves it; `undefined`: the version removed it. */
  served: Pick<Rrset, 'ttl' | 'rdatas'> | undefined;
}

/** `unclear`: the answer is cut, and says nothing of the RRset. */
export type RrsetVerdict = 'served' | 'other' | 'unclear';

/** `undefined` for octets that are no answer to a question for the RRset. */
export function judgeAnswer(octets: Uint8Array, changed: ChangedRrset): RrsetVerdict | undefined {
  const message = readAnswer(octets, changed);
  if (message === undefined) return undefined;
  if ((message.flags & FLAG_TC) !== 0) return 'unclear';
  return isServedIn(message, changed) ? 'served' : 'other';
}

/**
 * True if an answer is authoritative, whole and nothing but the RRset, or nothing where it is gone:
 * asked of the version itself, whether other servers' answers can be held against it.
 */
export function isPlainAnswer(octets: Uint8Array, changed: ChangedRrset): boolean {
  const message = readAnswer(octets, changed);
  if (message === undefined || (message.flags & (FLAG_AA | FLAG_TC)) !== FLAG_AA) return false;
  const count = changed.served?.rdatas.length ?? 0;
  return message.answer.length === count && isServedIn(message, changed);
}

function readAnswer(octets: Uint8Array, { owner, type }: ChangedRrset): Message | undefined {
  try {
    const message = readMessage(octets);
    const { question } = message;
    if (question?.type !== type || !equalNames(question.name, owner)) return undefined;
    return message;
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

function isServedIn({ rcode, answer }: Message, { owner, type, served }: ChangedRrset): boolean {
  if (rcode !== RCODE.NOERROR && (rcode !== RCODE.NXDOMAIN || served !== undefined)) return false;
  const records = answer.filter(
    (record) =>
      record.type === type && record.class === CLASS_IN && equalNames(record.owner, owner),
  );
  if (served === undefined) return records.length === 0;
  return records.length === served.rdatas.length && hasEach(records, served);
}

function hasEach(
  records: readonly ResourceRecord[],
  { ttl, rdatas }: Pick<Rrset, 'ttl' | 'rdatas'>,
): boolean {
  return rdatas.every((rdata) =>
    records.some(
      (record) => record.ttl === ttl && compareRdatas(record.type, record.rdata, rdata) === 0,
    ),
  );
}
