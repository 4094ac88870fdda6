/** What look-ups come to, for counting. */

export const RDDS_SERVICES = ['whois', 'web', 'rdap'] as const;
export type RddsService = (typeof RDDS_SERVICES)[number];

/**
 * `refused`: no query that could be answered; `limited`: too many of them; `failed`: our own fault.
 */
export const LOOKUP_OUTCOMES = ['found', 'missing', 'refused', 'limited', 'failed'] as const;
export type LookupOutcome = (typeof LOOKUP_OUTCOMES)[number];

export type CountLookup = (service: RddsService, outcome: LookupOutcome) => void;
