/**
 * Authorisation information (RFC 9154): whoever shows it may take the object over. It is a secret
 * that a registrar makes for one transfer; the register keeps its digest, for as long as the TLD
 * allows, and forgets it with the transfer. An empty one takes the old one away.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { parseHex, utf8 } from '#base/bytes.ts';
import type { AuthInfo } from '#registry/model/auth-info.ts';
import { type Offender, RESULT, RegistryError } from '#registry/model/result.ts';
import { DAY_MS } from './calendar.ts';

/** Characters; RFC 9154 section 4.1 wants 20 of them. */
export const AUTH_INFO_SIZE_MAX = 255;

/**
 * What is kept of a secret; `undefined`: nothing opens the object.
 * @param text as the registrar sent it
 * @param days that it is good for; 0: not limited by time
 * @throws RegistryError 2306 when it is too long
 */
export function makeAuthInfo(
  text: string,
  days: number,
  nowMs: number,
  element: string,
): AuthInfo | undefined {
  if (text === '') return undefined;
  if (text.length > AUTH_INFO_SIZE_MAX) {
    // The secret itself is left out: what a refusal tells stands in logs.
    const offender = { element, text: '' };
    const why = `authorisation information has at most ${AUTH_INFO_SIZE_MAX} characters`;
    throw new RegistryError(RESULT.policy, why, offender);
  }
  const sha256 = createHash('sha256').update(text, 'utf8').digest('hex');
  return days === 0 ? { sha256 } : { sha256, expiresAtMs: nowMs + days * DAY_MS };
}

/** Whether `text` opens what is kept; takes as long whatever differs. */
export function isAuthInfo(kept: AuthInfo | undefined, text: string, nowMs: number): boolean {
  const given = createHash('sha256').update(utf8(text)).digest();
  const wanted = parseHex(kept?.sha256 ?? '');
  if (kept === undefined || wanted?.length !== given.length || text === '') return false;
  return timingSafeEqual(wanted, given) && nowMs < (kept.expiresAtMs ?? Number.POSITIVE_INFINITY);
}

/**
 * What others than the parties of an object must show.
 * @param name of the object
 * @throws RegistryError 2003 where none was given, 2202 where it is wrong
 */
export function demandAuthInfo(
  kept: AuthInfo | undefined,
  given: string | undefined,
  nowMs: number,
  { name, element }: { name: string; element: string },
): void {
  const offender = { element, text: '' };
  if (given === undefined) {
    const why = 'authorisation information is needed from others than the sponsor';
    throw new RegistryError(RESULT.missingParameter, why, offender);
  }
  if (!isAuthInfo(kept, given, nowMs)) throw notOpened(name, offender);
}

/** The refusal of authorisation information that is not the object's. */
export function notOpened(name: string, offender: Offender): RegistryError {
  const why = `the authorisation information does not open ${name}`;
  return new RegistryError(RESULT.authInfo, why, offender);
}
