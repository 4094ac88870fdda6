/**
 * A question that is no test: keys of a zone, what the reference says. Over UDP, and over TCP when
 * the answer is truncated or does not come, as a resolver asks. What was asked is timed nowhere.
 */
import type { Clock } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import type { ListenAddress } from '#net/listen-address.ts';
import { encodeQuestion, QUESTION_TYPES, type Question } from './dns-message.ts';
import { isSameLabels, parseLabels } from './dnssec/domain-labels.ts';
import { type RawMessage, readRawMessage } from './dnssec/raw-message.ts';
import { exchangeTcp } from './tcp-exchange.ts';
import { exchangeUdp } from './udp-exchange.ts';

const ASK_TIMEOUT_MS = 2_000;
const ID_LIMIT = 0x1_0000;

export interface AskParts {
  clock: Clock;
  random: Random;
  signal: AbortSignal;
}

export interface AskOptions {
  server: ListenAddress;
  question: Question;
  /** Signatures too (DO). */
  withSignatures: boolean;
}

/** The reply to this question, whatever it says; `undefined` if none came. Never rejects. */
export async function askServer(
  { server, question, withSignatures }: AskOptions,
  { clock, random, signal }: AskParts,
): Promise<RawMessage | undefined> {
  for (const exchange of [exchangeUdp, exchangeTcp]) {
    const query = encodeQuestion(question, random.below(ID_LIMIT), withSignatures);
    const seen = await exchange({ server, query, timeoutMs: ASK_TIMEOUT_MS, clock, signal });
    const message = 'reply' in seen ? readRawMessage(seen.reply) : undefined;
    if (message === undefined || message.isTruncated) continue;
    if (isReplyAbout(message, question)) return message;
  }
  return undefined;
}

/** True if the message repeats the question, and no other. */
export function isReplyAbout({ questions }: RawMessage, { name, type }: Question): boolean {
  const [asked, ...more] = questions;
  const labels = parseLabels(name);
  if (asked === undefined || labels === undefined || more.length > 0) return false;
  return asked.type === QUESTION_TYPES[type] && isSameLabels(asked.name, labels);
}
