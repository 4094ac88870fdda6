/**
 * Places where a change has to appear: an address of a name server, or of WHOIS, web WHOIS or RDAP.
 * The change is a time that was written into a name, so each place says the latest it knows of.
 */
import type { Clock } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import type { EventOf } from '#sla/measurement/measurement.ts';
import { encodeQuestion, QUESTION_TYPES, type Question } from './dns-message.ts';
import type { DnsTarget } from './dns-tester.ts';
import { readRawMessage } from './dnssec/raw-message.ts';
import type { RddsTarget, RddsTester } from './rdds/rdds-tester.ts';
import { exchangeUdp } from './udp-exchange.ts';

export interface ServedPlace {
  where: Pick<EventOf<'update'>, 'service' | 'interface' | 'address'>;
  /** The latest time that the place shows, Unix milliseconds; `undefined` if none. */
  look: () => Promise<number | undefined>;
}

export interface AskingParts {
  clock: Clock;
  random: Random;
  signal: AbortSignal;
}

const ASK_TIMEOUT_MS = 2_000;
const ID_LIMIT = 0x1_0000;

/**
 * One place for each address of the name servers. `stampsIn` finds the times in the RDATA, as
 * Latin-1 text, of records of the question's type, in the answer or in a referral.
 */
export function dnsPlaces(
  targets: readonly DnsTarget[],
  question: Question,
  stampsIn: (rdata: string) => readonly number[],
  { clock, random, signal }: AskingParts,
): ServedPlace[] {
  return targets.map(({ server }) => ({
    where: { service: 'dns', address: server.address },
    look: async () => {
      const query = encodeQuestion(question, random.below(ID_LIMIT));
      const seen = await exchangeUdp({ server, query, timeoutMs: ASK_TIMEOUT_MS, clock, signal });
      const message = 'reply' in seen ? readRawMessage(seen.reply) : undefined;
      if (message === undefined || message.rcode !== 0) return undefined;
      const records = [...message.answers, ...message.authorities];
      const stamps = records
        .filter(({ type }) => type === QUESTION_TYPES[question.type])
        .flatMap(({ rdata }) => stampsIn(rdata.toString('latin1')));
      return latest(stamps);
    },
  }));
}

/** One place for each address of the directory services that vote or are shown. */
export function rddsPlaces(
  targets: readonly RddsTarget[],
  name: string,
  stampsIn: (text: string) => readonly number[],
  tester: RddsTester,
): ServedPlace[] {
  return targets.flatMap((target) =>
    target.addresses.map((server) => ({
      where: { service: 'rdds' as const, interface: target.interface, address: server.address },
      look: async () => {
        const seen = await tester.ask(target, server, name);
        return 'text' in seen ? latest(stampsIn(seen.text)) : undefined;
      },
    })),
  );
}

function latest(stamps: readonly number[]): number | undefined {
  return stamps.length === 0 ? undefined : Math.max(...stamps);
}
