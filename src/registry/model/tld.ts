/** A registry zone and its rules. Second-level registries (`co.example`) are TLDs here as well. */
import type { Money } from './domain.ts';

/** Prices a year, or once. */
export interface Prices {
  create: Money;
  renew: Money;
  transfer: Money;
  restore: Money;
}

/** Days. */
export interface GracePeriods {
  add: number;
  renew: number;
  transfer: number;
  autoRenew: number;
  redemption: number;
  pendingDelete: number;
}

export interface Tld {
  /** Without a trailing dot: `tld`, `co.example`. */
  name: string;
  /** Suffix of roids: IANA's repository id, 1-8 letters and digits. */
  repositoryId: string;
  /** ISO 4217. */
  currency: string;
  prices: Prices;
  /** Names with a price of their own (premium), by the label in front of the TLD. */
  premium: Record<string, Partial<Prices>>;
  grace: GracePeriods;
  /** Years. */
  periodMin: number;
  periodMax: number;
  /** Days until a transfer that nobody decides is approved. */
  transferDays: number;
  /** Days after which authorisation information ends; 0: not by time (RFC 9154 section 5.1). */
  authInfoDays: number;
  /** Of the label in front of the TLD, in characters of the A-label. */
  labelMin: number;
  /** Contacts that a domain must have. */
  contacts: 'thick' | 'none';
  /** 0: a domain may be without name servers. */
  nameserversMax: number;
  /** DS records at most. */
  dsMax: number;
  /** Seconds: TTLs of NS, DS and glue in the zone. */
  ttl: { ns: number; ds: number; glue: number };
  /** Scripts (Unicode script names, as `Latin`) of which an IDN label may be; empty: no IDNs. */
  scripts: string[];
  /** Highest share of delegations that one batch may take out of the zone, in (0, 1]. */
  brakeShare: number;
}

/** A label that nobody may register in a TLD, or only with the operator's leave. */
export interface ReservedName {
  tld: string;
  /** A-label in front of the TLD. */
  label: string;
  /** Shown to registrars in `<reason>`. */
  reason: string;
  /** Registrars that may register it all the same. */
  allow: string[];
}
