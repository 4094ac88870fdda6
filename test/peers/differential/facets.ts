/**
 * A reply cut into facets that can be compared one by one: where all peers agree on a facet, ours
 * has to be the same. What servers may choose freely is left out:
 *   - optional additional data: only the glue that a referral needs counts (RFC 9471);
 *   - the sections of a truncated reply: only that it is truncated;
 *   - which RRsets an answer to ANY holds (RFC 8482): only that ours are among the peers';
 *   - the order of records, and the case of letters in names.
 * Authority and glue follow from the answer: where the peers' answers differ, so may theirs.
 */
import { type Name, parseName } from '#dns/wire/name.ts';
import { type Reply, readReply } from '../../kit/dns-reply.ts';
import type { Question } from './questions.ts';

export type Facets = Readonly<Partial<Record<string, string>>>;

const TYPE_ANY = 255;
const FOLLOWING = new Set(['authority', 'glue']);

export function facetsOf(question: Question, message: Uint8Array | undefined): Facets {
  if (message === undefined) return { reply: 'none' };
  let reply: Reply;
  try {
    reply = readReply(message, true);
  } catch (error) {
    return { reply: `unreadable: ${String(error)}` };
  }
  const isTruncated = reply.flags.includes('tc');
  const { edns } = reply;
  return {
    reply: 'some',
    rcode: String(reply.rcode),
    flags: reply.flags.join(' '),
    edns: edns === undefined ? 'none' : `version ${edns.version} do ${edns.dnssecOk}`,
    ...(!isTruncated && {
      ...(question.type !== TYPE_ANY && { answer: inOrder(reply.answer) }),
      authority: inOrder(reply.authority),
      glue: inOrder(requiredGlue(reply)),
    }),
  };
}

/** What a server did wrong by itself, whatever the others say; empty if nothing. */
export function faultsOf(query: Uint8Array, question: Question, message: Uint8Array): string[] {
  const reply = readReply(message);
  const faults: string[] = [];
  const asked = query.subarray(12, 12 + reply.question.length);
  if (reply.question.length === 0 || Buffer.compare(asked, reply.question) !== 0) {
    faults.push('the question is not repeated octet by octet');
  }
  const doubles = [reply.answer, reply.authority, reply.additional].find(
    (records) => new Set(records).size !== records.length,
  );
  if (doubles !== undefined) faults.push('a record stands twice in a section');
  const sizeMax = Math.min(Math.max(512, question.edns?.payloadSize ?? 512), 1232);
  if (!question.isTcp && message.length > sizeMax) faults.push(`more than ${sizeMax} octets`);
  if (question.isTcp && reply.flags.includes('tc')) faults.push('truncated over TCP');
  return faults;
}

/** Facets on which all `peers` agree and `ours` differs, as lines to read. */
export function disagreements(ours: Facets, peers: readonly Facets[]): string[] {
  const [first, ...others] = peers;
  if (first === undefined) return [];
  const isAgreed = (facet: string): boolean => others.every((peer) => peer[facet] === first[facet]);
  return Object.keys(first)
    .filter((facet) => isAgreed(facet) && (!FOLLOWING.has(facet) || isAgreed('answer')))
    .filter((facet) => facet in ours && ours[facet] !== first[facet])
    .map((facet) => `${facet}:\n    ours  ${ours[facet]}\n    peers ${first[facet]}`);
}

/** True if all were cut short: ours may hold more than theirs where it is whole in fewer octets. */
export function areTruncated(peers: readonly Facets[]): boolean {
  return peers.every((peer) => peer['flags']?.includes('tc') === true);
}

function inOrder(records: readonly string[]): string {
  return records.toSorted().join('\n          ');
}

/** Addresses of a referral's name servers at or below the cut. */
function requiredGlue(reply: Reply): string[] {
  const servers = reply.authority.filter((record) => record.split(' ')[2] === 'NS');
  const isReferral = !reply.flags.includes('aa') && servers.length > 0;
  if (!isReferral) return [];
  const inDomain = new Set(
    servers
      .map((record) => ({ cut: record.split(' ')[0] ?? '', server: record.split(' ')[3] ?? '' }))
      .filter(({ cut, server }) => isAtOrBelow(parseName(server), parseName(cut)))
      .map(({ server }) => server),
  );
  return reply.additional.filter((record) => inDomain.has(record.split(' ')[0] ?? ''));
}

function isAtOrBelow(name: Name, ancestor: Name): boolean {
  const from = name.length - ancestor.length;
  return from >= 0 && Buffer.compare(name.subarray(from), ancestor) === 0;
}
