/**
 * What the packet threads make their answerers from, as the configuration has it.
 */
import type { NameserverConfiguration } from '#app/config/configuration.ts';
import { utf8 } from '#base/bytes.ts';
import type { Random } from '#base/random.ts';
import type { AnswerOptions } from '#dns/answer/answerer.ts';
import type { ImageHandle } from '#dns/image/arena.ts';
import type { AnswererStart } from '#dns/packet/open-answerer.ts';
import { makeRateLimits, type RateLimitStart } from '#dns/packet/rate-limiter.ts';
import { isWildcard } from '#net/listen-address.ts';

const SEED_LIMIT = 0x1_0000_0000;

/** What answers say beside what the zones say, for every thread alike. */
export function makeAnswerOptions(
  { identity, chaos }: NameserverConfiguration,
  cookieSecrets: SharedArrayBuffer | undefined,
): AnswerOptions {
  return {
    nsid: optional(identity),
    cookieSecrets,
    chaos: { version: optional(chaos?.version), identity: optional(chaos?.identity) },
  };
}

export function makeAnswererStart(
  nameserver: NameserverConfiguration,
  image: ImageHandle,
  cookieSecrets: SharedArrayBuffer | undefined,
  random: Random,
): AnswererStart {
  const { rateLimit, listen } = nameserver;
  const own = listen.filter((each) => !isWildcard(each)).map(({ address }) => address);
  return {
    image,
    options: makeAnswerOptions(nameserver, cookieSecrets),
    rateLimit: rateLimit && startOf(rateLimit, own, random),
  };
}

function optional(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : utf8(text);
}

function startOf(
  limit: NonNullable<NameserverConfiguration['rateLimit']>,
  own: readonly string[],
  random: Random,
): RateLimitStart {
  const perSecond = {
    positive: limit.positivePerSecond,
    referral: limit.referralPerSecond,
    nodata: limit.nodataPerSecond,
    nxdomain: limit.nxdomainPerSecond,
    error: limit.errorPerSecond,
  };
  const exempt = [...limit.exempt, ...own];
  return makeRateLimits({ perSecond, slip: limit.slip, exempt }, random.below(SEED_LIMIT));
}
