/**
 * A domain as the register keeps it (RFC 5731, with RFC 5910 and RFC 3915). Names are A-labels in
 * lower case without a trailing dot everywhere in the register.
 */
import type { AuthInfo } from './auth-info.ts';
import type { Refund } from './refund.ts';
import type { DomainStatus, SetStatus } from './status.ts';
import type { Transfer } from './transfer.ts';

export type ContactRole = 'admin' | 'billing' | 'tech';

export interface DomainContact {
  role: ContactRole;
  /** Contact id. */
  id: string;
}

/** Data of one DS record (RFC 5910 section 4.1). */
export interface DsData {
  /** 0-65535. */
  keyTag: number;
  /** IANA's number of the key's algorithm. */
  algorithm: number;
  /** IANA's number of the digest's algorithm. */
  digestType: number;
  /** Upper-case hex. */
  digest: string;
}

/** What a registrar may still take back, and what comes after a deletion (RFC 3915 section 3.1). */
export type RgpStatus =
  | 'addPeriod'
  | 'autoRenewPeriod'
  | 'renewPeriod'
  | 'transferPeriod'
  | 'redemptionPeriod'
  | 'pendingRestore'
  | 'pendingDelete';

/** A period that runs: ends are exclusive. */
export interface RgpPeriod {
  status: RgpStatus;
  endsAtMs: number;
  /** What goes back to the registrar when the command is undone within the period. */
  refund?: Refund;
  /** Of `renewPeriod`, `autoRenewPeriod` and `transferPeriod`: years that were added. */
  years?: number;
}

/** Hundredths of the TLD's currency, a whole number. */
export type Money = number;

export interface Domain {
  /** Repository object id, for ever (RFC 5730 section 2.8). */
  roid: string;
  name: string;
  /** The registry's zone that it lies in. */
  tld: string;
  /** Contact id; absent where the TLD wants none. */
  registrant?: string;
  contacts: DomainContact[];
  /** Host names, in the order of octets. */
  nameservers: string[];
  ds: DsData[];
  statuses: SetStatus<DomainStatus>[];
  periods: RgpPeriod[];
  /** Registrar ids. */
  sponsor: string;
  createdBy: string;
  createdAtMs: number;
  updatedBy?: string;
  updatedAtMs?: number;
  transferredAtMs?: number;
  expiresAtMs: number;
  /** Absent: no value opens it. */
  authInfo?: AuthInfo;
  transfer?: Transfer;
  /** The command that put it into redemption, for the message that tells how it ended. */
  deletion?: { atMs: number; clTrid?: string; svTrid: string };
  /** Unicode form, where the registrar's label was an IDN; for showing. */
  unicodeName?: string;
}
