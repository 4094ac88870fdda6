/**
 * DNSSEC of one reply, in the words of a measurement:
 *
 *   secure         everything that the zone has to sign in this reply is, up to the trust anchor
 *   insecure       a parent proves that the zone is not signed
 *   bogus          not so, and the code says why: the test counts as unanswered (biz-2013 3.7)
 *   indeterminate  the probe cannot tell: the test counts nowhere
 *
 * A failure is looked at twice before it is said, the second time with keys asked for anew: zones
 * change their keys.
 */
import type { Clock } from '#base/clock.ts';
import type { ListenAddress } from '#net/listen-address.ts';
import { QUESTION_TYPES, type Question } from './dns-message.ts';
import { checkAnswer } from './dnssec/answer-check.ts';
import { parseLabels } from './dnssec/domain-labels.ts';
import { readRawMessage } from './dnssec/raw-message.ts';
import type { Verdict } from './dnssec/rrset.ts';
import type { TrustChain, ZoneTrust } from './dnssec/trust-chain.ts';
import type { ProbeErrorCode } from './probe-error.ts';

export interface SignatureSeen {
  dnssec: 'secure' | 'insecure' | 'bogus' | 'indeterminate' | undefined;
  error?: ProbeErrorCode;
}

export class SignatureCheck {
  readonly #chain: TrustChain;
  readonly #clock: Clock;

  constructor(chain: TrustChain, clock: Clock) {
    this.#chain = chain;
    this.#clock = clock;
  }

  /** @param server which gave the reply */
  async check(
    reply: Uint8Array,
    question: Question,
    server: ListenAddress,
  ): Promise<SignatureSeen> {
    const first = await this.#check(reply, question, server, false);
    return first.dnssec === 'bogus' ? this.#check(reply, question, server, true) : first;
  }

  async #check(
    reply: Uint8Array,
    question: Question,
    server: ListenAddress,
    isAgain: boolean,
  ): Promise<SignatureSeen> {
    const trust = await this.#chain.keysAt(server, isAgain);
    if (trust.status !== 'trusted') return seenOfTrust(trust);
    const message = readRawMessage(reply);
    const name = parseLabels(question.name);
    if (message === undefined || name === undefined) {
      return { dnssec: undefined, error: 'malformed' };
    }
    const asked = { name, type: QUESTION_TYPES[question.type] };
    const nowS = Math.floor(this.#clock.nowMs() / 1000);
    return seenOf(checkAnswer(message, asked, trust.trusted, nowS));
  }
}

function seenOf(verdict: Verdict): SignatureSeen {
  if (verdict.status === 'secure') return { dnssec: 'secure' };
  const dnssec = verdict.status === 'bogus' ? 'bogus' : 'indeterminate';
  return { dnssec, error: verdict.code };
}

/** An address that answers but hides its keys has not shown that its answers are signed. */
function seenOfTrust(trust: Exclude<ZoneTrust, { status: 'trusted' }>): SignatureSeen {
  if (trust.status === 'insecure') return { dnssec: 'insecure' };
  if (trust.status !== 'missing') return seenOf(trust);
  const isParent = trust.code === 'dnssec-parent-silent';
  return { dnssec: isParent ? 'indeterminate' : undefined, error: trust.code };
}
