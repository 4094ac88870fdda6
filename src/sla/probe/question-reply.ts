/**
 * Whether a reply to a configured question is one at all: it repeats the question, is whole, and
 * comes from a server that has the zone. That a name does not exist may be the right answer, and a
 * referral is not authoritative; whether they are right is for the comparison to say.
 */
import { contentOf, isReferral } from './answer-content.ts';
import { isReplyAbout } from './ask-server.ts';
import { type Question, rcodeFailure } from './dns-message.ts';
import { type RawMessage, readRawMessage } from './dnssec/raw-message.ts';
import type { UnansweredCode } from './probe-error.ts';

export function readQuestionReply(
  octets: Uint8Array,
  question: Question,
): { message: RawMessage } | { failure: UnansweredCode } {
  const message = readRawMessage(octets);
  if (message === undefined) return { failure: 'malformed' };
  if (contentOf(message) === undefined) {
    return { failure: rcodeFailure(message.rcode) ?? 'rcode-other' };
  }
  if (message.isTruncated) return { failure: 'truncated' };
  if (!isReplyAbout(message, question)) return { failure: 'wrong-question' };
  if (!message.isAuthoritative && !isReferral(message)) return { failure: 'not-authoritative' };
  return { message };
}
