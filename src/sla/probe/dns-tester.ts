/**
 * The DNS test (biz-2013 3.3, 3.4, 3.7, 3.9): one question, asked without recursion of one address
 * over one transport, its contents and signatures checked. Says what was seen; whether it was fast
 * enough is the scorer's business. The time limit is a little beyond five times the SLR, from where
 * on an answer is none. What is asked besides, for keys and references, is outside the stopwatch.
 */
import type { Clock } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import type { ListenAddress } from '#net/listen-address.ts';
import { encodeQuestion, type Question, readSoaReply } from './dns-message.ts';
import type { Transport } from './exchange.ts';
import { readQuestionReply } from './question-reply.ts';
import type { ReferenceAnswers } from './reference-answers.ts';
import type { SerialWatch } from './serial-watch.ts';
import type { SignatureCheck } from './signature-check.ts';
import type { StallWatch } from './stall-watch.ts';
import { exchangeTcp } from './tcp-exchange.ts';
import { isSpoilt, seenOf } from './test-outcome.ts';
import type { TestSeen } from './test-plan.ts';
import { exchangeUdp } from './udp-exchange.ts';

/** An address of a name server under test. */
export interface DnsTarget {
  /** With its final dot. */
  nameserver: string;
  server: ListenAddress;
}

/** Milliseconds from when on a test is given up, by transport. */
export type TestTimeouts = Readonly<Record<Transport, number>>;

export interface DnsTesterParts {
  zone: string;
  timeouts: TestTimeouts;
  clock: Clock;
  random: Random;
  stalls: StallWatch;
  serials: SerialWatch;
  /** Absent: signatures are not asked for. */
  signatures?: SignatureCheck | undefined;
  /** Absent: only the SOA is asked for. */
  references?: ReferenceAnswers | undefined;
  signal: AbortSignal;
}

const ID_LIMIT = 0x1_0000;
export class DnsTester {
  readonly #parts: DnsTesterParts;

  constructor(parts: DnsTesterParts) {
    this.#parts = parts;
  }

  /** Makes one test now; without `question`, of the zone's SOA. Never rejects. */
  async test({ server }: DnsTarget, transport: Transport, question?: Question): Promise<TestSeen> {
    const { zone, timeouts, clock, random, stalls, signatures, signal } = this.#parts;
    const asked = question ?? { name: zone, type: 'SOA' };
    const query = encodeQuestion(asked, random.below(ID_LIMIT), signatures !== undefined);
    const exchange = transport === 'udp' ? exchangeUdp : exchangeTcp;
    const endWatch = stalls.begin();
    const seen = await exchange({ server, query, timeoutMs: timeouts[transport], clock, signal });
    const stalledUs = endWatch();
    if ('failure' in seen && seen.failure === 'stopped') return seenOf('stopped');
    if (isSpoilt('failure' in seen ? seen.failure : undefined, stalledUs))
      return seenOf('loop-stalled', seen.rttUs);
    if ('failure' in seen) return seenOf(seen.failure, seen.rttUs);
    const judged = await this.#judge(seen.reply, server, question);
    return signal.aborted ? seenOf('stopped') : { rttUs: seen.rttUs, ...judged };
  }

  /** In this order: is it a reply of this server, is it signed, are its contents right. */
  async #judge(
    reply: Uint8Array,
    server: ListenAddress,
    question: Question | undefined,
  ): Promise<TestSeen> {
    const { zone, clock, serials, signatures, references } = this.#parts;
    const asked = question ?? { name: zone, type: 'SOA' };
    const read =
      question === undefined ? readSoaReply(reply, zone) : readQuestionReply(reply, question);
    if ('failure' in read) return seenOf(read.failure);
    const signed = await signatures?.check(reply, asked, server);
    const dnssec = signed && { dnssec: signed.dnssec };
    if (signed?.error !== undefined) return { ...seenOf(signed.error), ...dnssec };
    if ('serial' in read) {
      const isStale = serials.isStale(read.serial, clock.nowMs());
      return { ...(isStale ? seenOf('stale-serial') : ANSWERED), ...dnssec };
    }
    const compared = await references?.compare(asked, read.message);
    return { ...(compared === undefined ? ANSWERED : COMPARED[compared]), ...dnssec };
  }
}

const ANSWERED: TestSeen = { outcome: 'answered' };

const COMPARED: Readonly<Record<string, TestSeen>> = {
  right: ANSWERED,
  wrong: seenOf('wrong-content'),
  silent: seenOf('reference-silent'),
  moving: seenOf('reference-moving'),
};
