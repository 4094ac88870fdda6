/**
 * What a reply says, in a form that can be compared: which records answer, to whom it refers, or
 * that there is nothing. TTLs, the order of records, signatures and the SOA of a negative answer
 * (its serial runs ahead at one server before it does at another) are not part of it.
 */
import { formatHex } from '#base/bytes.ts';
import { formatLabels } from './dnssec/domain-labels.ts';
import { type RawMessage, type RawRecord, TYPE } from './dnssec/raw-message.ts';

const RCODE_NXDOMAIN = 3;

/** Equal texts are equal answers; `undefined` for a reply that is neither an answer nor none. */
export function contentOf(message: RawMessage): string | undefined {
  const { rcode, answers, authorities } = message;
  if (rcode !== 0 && rcode !== RCODE_NXDOMAIN) return undefined;
  const records = answers.filter(({ type }) => type !== TYPE.rrsig);
  if (records.length > 0) return `answer ${rcode}\n${textOf(records)}`;
  if (rcode === RCODE_NXDOMAIN) return 'nxdomain';
  const referral = authorities.filter(({ type }) => type === TYPE.ns);
  const hasCut = referral.length > 0 && !authorities.some(({ type }) => type === TYPE.soa);
  return hasCut ? `referral\n${textOf(referral)}` : 'nodata';
}

/** True if the reply hands the question on to the zone below. */
export function isReferral(message: RawMessage): boolean {
  return contentOf(message)?.startsWith('referral') ?? false;
}

function textOf(records: readonly RawRecord[]): string {
  const lines = records.map(
    ({ owner, type, rdata }) => `${formatLabels(owner)} ${type} ${formatHex(rdata)}`,
  );
  return [...new Set(lines)].sort().join('\n');
}
