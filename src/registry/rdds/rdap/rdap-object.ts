/**
 * The JSON of RDAP (RFC 9083) as far as a name registry speaks it, with the conformance that each
 * response announces and the members that every object has.
 */
import type { RgpStatus } from '#registry/model/domain.ts';
import type { ShownDomainStatus, ShownHostStatus } from '#registry/model/status.ts';
import { shownInstant } from '../shown-instant.ts';

/** gTLD profile of February 2024 and redaction (RFC 9537); not a promise but what we do. */
export const CONFORMANCE = [
  'rdap_level_0',
  'icann_rdap_technical_implementation_guide_1',
  'icann_rdap_response_profile_1',
  'redacted',
] as const;

export const RDAP_TYPE = 'application/rdap+json';

export interface RdapLink {
  value: string;
  rel: string;
  href: string;
  type?: string;
}

export interface RdapEvent {
  eventAction: string;
  eventDate: string;
}

/** RFC 9083 section 4.3. */
export interface RdapNotice {
  title: string;
  description: string[];
  links?: RdapLink[];
}

export type RdapObject = { objectClassName: string } & Record<string, unknown>;

/** Where responses say that they come from. */
export interface RdapPlace {
  /** URL of the service, without a final slash: `https://rdap.example/rdap`. */
  base: string;
  /** URL of the request. */
  asked: string;
}

export function selfLink({ base, asked }: RdapPlace, path: string): RdapLink {
  return { value: asked, rel: 'self', href: `${base}/${path}`, type: RDAP_TYPE };
}

/** The dates that objects have, and as of when the object is so. */
export function rdapEvents(
  dates: {
    createdAtMs?: number;
    updatedAtMs?: number | undefined;
    transferredAtMs?: number | undefined;
    expiresAtMs?: number | undefined;
  },
  asOfMs: number,
): RdapEvent[] {
  const { createdAtMs, updatedAtMs, transferredAtMs, expiresAtMs } = dates;
  return [
    ...(createdAtMs === undefined ? [] : [event('registration', createdAtMs)]),
    ...(expiresAtMs === undefined ? [] : [event('expiration', expiresAtMs)]),
    ...(updatedAtMs === undefined ? [] : [event('last changed', updatedAtMs)]),
    ...(transferredAtMs === undefined ? [] : [event('transfer', transferredAtMs)]),
    event('last update of RDAP database', asOfMs),
  ];
}

function event(eventAction: string, ms: number): RdapEvent {
  return { eventAction, eventDate: shownInstant(ms) };
}

/**
 * RFC 8056 section 2: EPP's words set apart by blanks, except two. `linked` (associated) is never
 * asked for: database B does not keep who uses what.
 */
export function rdapStatus(status: ShownDomainStatus | ShownHostStatus | RgpStatus): string {
  if (status === 'ok') return 'active';
  if (status === 'linked') return 'associated';
  return status.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
