/**
 * The keys of `nameserver` that say how queries are answered, beside what the zones say: cookies,
 * what the server tells of itself, rate limits, and whose PROXY headers count.
 */
import { z } from 'zod';
import { RATE_MAX } from '#dns/packet/rate-limiter.ts';
import { checkAddressRange } from '#net/address-ranges.ts';
import { CORES_MAX } from '#net/thread-cores.ts';
import { path, reading, section, uniqueList } from './schema-parts.ts';

/** One string of a TXT record. */
const CHAOS_TEXT_MAX = 255;
const SLIP_MAX = 100;
/** Nobody can forge queries from there. */
const LOOPBACK = ['127.0.0.0/8', '::1'];

export function cookiesSection(folder: string) {
  return section({
    enabled: z
      .boolean({ error: 'write true or false' })
      .default(true)
      .describe('Whether server cookies (RFC 7873, 9018) are given to clients that ask for them.'),
    secretFile: path(folder)
      .optional()
      .describe(
        'File of one to three secrets, a line of 32 hexadecimal digits each: the first makes ' +
          'cookies, all check them. For servers that share an address; read again on SIGHUP. ' +
          'None: a random one, new at each start.',
      ),
  });
}

/** Which threads keep to which processor cores. */
export function coresSection() {
  return section({
    packets: coreList().describe(
      'Cores of the packet threads, one each in turn; `threads` then defaults to their number.',
    ),
    others: coreList()
      .optional()
      .describe('Cores of all other threads: changes, TCP, TLS, API. None: all cores.'),
  });
}

function coreList() {
  const core = z
    .int({ error: 'write the number of a core, from 0' })
    .min(0)
    .max(CORES_MAX - 1);
  return uniqueList(core, String).pipe(z.array(z.custom<number>()).min(1));
}

export function chaosSection() {
  return section({
    version: shortText(CHAOS_TEXT_MAX)
      .optional()
      .describe('Answer to `version.bind` and `version.server`. None: refused.'),
    identity: shortText(CHAOS_TEXT_MAX)
      .optional()
      .describe('Answer to `id.server` and `hostname.bind`. None: refused.'),
  });
}

/** A text of at least one octet, and at most `sizeMax`. */
export function shortText(sizeMax: number) {
  const message = `write a text of at most ${sizeMax} octets`;
  return z
    .string({ error: message })
    .min(1)
    .refine((text) => Buffer.byteLength(text) <= sizeMax, { error: message });
}

export function rateLimitSection() {
  return section({
    positivePerSecond: rate(200).describe(
      'Answers with data a second to one IPv4 /24 or IPv6 /56. 0: no limit, here and below.',
    ),
    referralPerSecond: rate(200).describe('Referrals.'),
    nodataPerSecond: rate(200).describe('Answers that a name has nothing of the type.'),
    nxdomainPerSecond: rate(100).describe('Answers that a name does not exist.'),
    errorPerSecond: rate(50).describe('Errors: REFUSED, FORMERR and others.'),
    slip: z
      .int({ error: 'write a whole number' })
      .min(0)
      .max(SLIP_MAX)
      .default(2)
      .describe('Every which refused answer is sent truncated. 1: all of them, 0: none.'),
    exempt: addressRanges(LOOPBACK).describe(
      'Addresses and networks (`192.0.2.0/24`) without limits; the server’s own, from which it ' +
        'watches itself, have none in any case. None: loopback.',
    ),
  });
}

function rate(perSecond: number) {
  return z.int({ error: 'write a whole number' }).min(0).max(RATE_MAX).default(perSecond);
}

/** A list of addresses and networks. */
export function addressRanges(fallback: string[] = []) {
  return uniqueList(reading('an address or a network', checkAddressRange), (range) => range)
    .pipe(z.array(z.string()))
    .default(fallback);
}
