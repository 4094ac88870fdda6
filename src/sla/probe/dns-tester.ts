/**
 * The DNS test (biz-2013 3.3, 3.4, 3.7, 3.9): one question, asked without recursion of one address
 * over one transport, its contents and signatures checked. Says what was seen; whether it was fast
 * enough is the scorer's business. The time limit is a little beyond five times the SLR, from where
 * on an answer is none. What is asked besides, for keys and references, is outside the stopwatch.
 */
import type { Clock } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import type { ListenAddress } from '#net/listen-address.ts';
import type { Test } from '#sla/measurement/measurement.ts';
import { encodeQuestion, type Question, readSoaReply } from './dns-message.ts';
import type { Exchange, Transport } from './exchange.ts';
import { isInternalCode, type ProbeErrorCode } from './probe-error.ts';
import { readQuestionReply } from './question-reply.ts';
import type { ReferenceAnswers } from './reference-answers.ts';
import type { SerialWatch } from './serial-watch.ts';
import type { SignatureCheck } from './signature-check.ts';
import type { StallWatch } from './stall-watch.ts';
import { exchangeTcp } from './tcp-exchange.ts';
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

export type DnsTest = Extract<Test, { service: 'dns' }>;
export type DnsTestSeen = Pick<DnsTest, 'outcome' | 'rttUs' | 'error' | 'dnssec'>;

const ID_LIMIT = 0x1_0000;
/** Less than a test waits beyond the last moment at which an answer would still count. */
const STALL_IN_SILENCE_MAX_US = 250_000;

/** What is said when the time is up. */
const IN_VAIN: readonly ProbeErrorCode[] = ['timeout', 'connection-kept-open'];

export class DnsTester {
  readonly #parts: DnsTesterParts;

  constructor(parts: DnsTesterParts) {
    this.#parts = parts;
  }

  /** Makes one test now; without `question`, of the zone's SOA. Never rejects. */
  async test(
    { server }: DnsTarget,
    transport: Transport,
    question?: Question,
  ): Promise<DnsTestSeen> {
    const { zone, timeouts, clock, random, stalls, signatures, signal } = this.#parts;
    const asked = question ?? { name: zone, type: 'SOA' };
    const query = encodeQuestion(asked, random.below(ID_LIMIT), signatures !== undefined);
    const exchange = transport === 'udp' ? exchangeUdp : exchangeTcp;
    const endWatch = stalls.begin();
    const seen = await exchange({ server, query, timeoutMs: timeouts[transport], clock, signal });
    const stalledUs = endWatch();
    if ('failure' in seen && seen.failure === 'stopped') return outcomeOf('stopped');
    if (isSpoilt(seen, stalledUs)) return outcomeOf('loop-stalled', seen.rttUs);
    if ('failure' in seen) return outcomeOf(seen.failure, seen.rttUs);
    const judged = await this.#judge(seen.reply, server, question);
    return signal.aborted ? outcomeOf('stopped') : { rttUs: seen.rttUs, ...judged };
  }

  /** In this order: is it a reply of this server, is it signed, are its contents right. */
  async #judge(
    reply: Uint8Array,
    server: ListenAddress,
    question: Question | undefined,
  ): Promise<DnsTestSeen> {
    const { zone, clock, serials, signatures, references } = this.#parts;
    const asked = question ?? { name: zone, type: 'SOA' };
    const read =
      question === undefined ? readSoaReply(reply, zone) : readQuestionReply(reply, question);
    if ('failure' in read) return outcomeOf(read.failure);
    const signed = await signatures?.check(reply, asked, server);
    const dnssec = signed && { dnssec: signed.dnssec };
    if (signed?.error !== undefined) return { ...outcomeOf(signed.error), ...dnssec };
    if ('serial' in read) {
      const isStale = serials.isStale(read.serial, clock.nowMs());
      return { ...(isStale ? outcomeOf('stale-serial') : ANSWERED), ...dnssec };
    }
    const compared = await references?.compare(asked, read.message);
    return { ...(compared === undefined ? ANSWERED : COMPARED[compared]), ...dnssec };
  }
}

const ANSWERED: DnsTestSeen = { outcome: 'answered' };

const COMPARED: Readonly<Record<string, DnsTestSeen>> = {
  right: ANSWERED,
  wrong: outcomeOf('wrong-content'),
  silent: outcomeOf('reference-silent'),
  moving: outcomeOf('reference-moving'),
};

/**
 * A stall makes a measured time too long, so it spoils every test that it overlaps but those that
 * waited in vain, for an answer or for the end of the connection. What comes during a stall is read
 * after it, and a short one in seconds of waiting hides nothing; were it to excuse the server, a
 * busy probe would never see an outage (docs/adr/0007-stalls-and-silence.md).
 */
function isSpoilt(seen: Exchange, stalledUs: number): boolean {
  const isInVain = 'failure' in seen && IN_VAIN.includes(seen.failure);
  return stalledUs > (isInVain ? STALL_IN_SILENCE_MAX_US : 0);
}

function outcomeOf(error: ProbeErrorCode, rttUs?: number): DnsTestSeen {
  return {
    outcome: isInternalCode(error) ? 'internal' : 'unanswered',
    error,
    ...(rttUs !== undefined && { rttUs }),
  };
}
