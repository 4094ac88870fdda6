/**
 * Whether a response of a directory service is about the object that was asked for and contains
 * what the register has of it (biz-2013 4.6). "No match for EXAMPLE.COM" contains the name too, so
 * each interface has a sign of its own that the object was found, and all must contain the texts
 * that the configuration expects.
 */
import type { ProbeErrorCode } from '../probe-error.ts';

export type RddsInterface = 'whois' | 'web' | 'rdap';

/** An object that exists in the register. */
export interface RddsObject {
  /** A domain name without its final dot. */
  name: string;
  /** Texts that every response about it contains, compared without regard to case. */
  expect: readonly string[];
}

/** What is wrong with the response; `undefined` if nothing is. */
export function faultOf(
  asked: RddsInterface,
  text: string,
  object: RddsObject,
): ProbeErrorCode | undefined {
  const lower = text.toLowerCase();
  if (asked === 'rdap') {
    const fault = faultOfRdap(text, object.name);
    if (fault !== undefined) return fault;
  } else if (asked === 'whois' && !isWhoisAbout(lower, object.name.toLowerCase())) {
    return 'wrong-content';
  }
  const isWhole = object.expect.every((each) => lower.includes(each.toLowerCase()));
  return isWhole ? undefined : 'wrong-content';
}

/** A line `Domain Name: NAME` or `domain: NAME`. */
function isWhoisAbout(lower: string, name: string): boolean {
  return lower.split(/\r?\n/).some((line) => {
    const [key = '', ...value] = line.split(':');
    const isDomain = ['domain', 'domain name'].includes(key.trim());
    return isDomain && value.join(':').trim().replace(/\.$/, '') === name;
  });
}

/** RFC 9083 section 5.3: an object of class domain with this name. */
function faultOfRdap(text: string, name: string): ProbeErrorCode | undefined {
  let object: unknown;
  try {
    object = JSON.parse(text);
  } catch {
    return 'malformed';
  }
  if (typeof object !== 'object' || object === null) return 'malformed';
  const { objectClassName, ldhName } = object as Record<string, unknown>;
  if (objectClassName !== 'domain' || typeof ldhName !== 'string') return 'wrong-content';
  return ldhName.toLowerCase().replace(/\.$/, '') === name.toLowerCase()
    ? undefined
    : 'wrong-content';
}
