/**
 * Commands on domains and what they bring (RFC 5731 section 3, RFC 5910, RFC 3915, RFC 8748). EPP
 * frames are decoded into these and their data encoded from them; the operator's API makes the
 * same.
 */
import type { ContactRole, DomainContact, DsData, Money, RgpStatus } from './domain.ts';
import type { DomainStatus, SetStatus, ShownDomainStatus } from './status.ts';
import type { Transfer, TransferOperation } from './transfer.ts';

/** Years; RFC 5731 also has months, of which only multiples of twelve are accepted. */
export type Years = number;

export type FeeCommandName = 'create' | 'renew' | 'transfer' | 'restore' | 'delete' | 'update';

/** `<fee:check>` (RFC 8748 section 5.1.1). */
export interface FeeQuery {
  /** Absent: the TLD's. */
  currency?: string;
  commands: { name: FeeCommandName; years?: Years }[];
}

/** What the client says it is ready to pay (RFC 8748 section 5.2): must be what it costs. */
export interface FeeOffer {
  currency?: string;
  /** Sum of all `<fee:fee>`. */
  amount: Money;
}

/** What a command cost or would cost. */
export interface FeeData {
  currency: string;
  amount: Money;
  /** Left after it; absent in checks. */
  balance?: Money;
  credit?: Money;
  /** Days in which a deletion gives it back (RFC 8748 section 3.4.2); absent: none. */
  graceDays?: number;
}

export interface DomainCheck {
  kind: 'domain:check';
  names: string[];
  fee?: FeeQuery;
}
export interface DomainAvailability {
  /** As asked. */
  name: string;
  available: boolean;
  /** Why not. */
  reason?: string;
  /** One for each command asked for; `reason` where the command is not possible. */
  fees?: {
    command: FeeCommandName;
    years: Years;
    fee?: FeeData;
    class?: 'premium';
    reason?: string;
  }[];
}
export interface DomainChecked {
  kind: 'domain:check';
  domains: DomainAvailability[];
}

export interface DomainInfo {
  kind: 'domain:info';
  name: string;
  hosts: 'all' | 'del' | 'sub' | 'none';
  /** Absent: none given. */
  authInfo?: string;
}
export interface DomainInformation {
  kind: 'domain:info';
  /** What follows is left out for others than the sponsor who show no valid authInfo: see flow. */
  name: string;
  roid: string;
  statuses: SetStatus<ShownDomainStatus>[];
  registrant?: string;
  contacts: DomainContact[];
  nameservers: string[];
  /** Hosts that lie under it. */
  subordinates: string[];
  sponsor: string;
  createdBy?: string;
  createdAtMs?: number;
  updatedBy?: string;
  updatedAtMs?: number;
  transferredAtMs?: number;
  expiresAtMs?: number;
  ds: DsData[];
  rgp: RgpStatus[];
}

export interface DomainCreate {
  kind: 'domain:create';
  name: string;
  /** Absent: one. */
  years?: Years;
  nameservers: string[];
  registrant?: string;
  contacts: DomainContact[];
  authInfo: string;
  ds: DsData[];
  fee?: FeeOffer;
}
export interface DomainCreated {
  kind: 'domain:create';
  name: string;
  createdAtMs: number;
  expiresAtMs: number;
  fee: FeeData;
}

/** RFC 5910 section 5.2.5: `remove` first, then `add`. */
export interface DsChange {
  remove: 'all' | DsData[];
  add: DsData[];
}

export interface RestoreReport {
  preData: string;
  postData: string;
  deletedAt: string;
  restoredAt: string;
  reason: string;
  statements: string[];
  other?: string;
}

export interface DomainUpdate {
  kind: 'domain:update';
  name: string;
  add: {
    nameservers: string[];
    contacts: DomainContact[];
    statuses: SetStatus<DomainStatus>[];
  };
  remove: {
    nameservers: string[];
    contacts: { role: ContactRole; id: string }[];
    statuses: DomainStatus[];
  };
  change: {
    /** `null`: takes it away. */
    registrant?: string | null;
    /** `null` or empty: takes it away, so that no value opens it (RFC 9154 section 4.2). */
    authInfo?: string | null;
  };
  ds?: DsChange;
  restore?: { operation: 'request' } | { operation: 'report'; report: RestoreReport };
  fee?: FeeOffer;
}
export interface DomainUpdated {
  kind: 'domain:update';
  name: string;
  /** After a restore. */
  rgp?: RgpStatus[];
  fee?: FeeData;
}

export interface DomainDelete {
  kind: 'domain:delete';
  name: string;
}
export interface DomainDeleted {
  kind: 'domain:delete';
  name: string;
  /** Done at once, within the add period; else it waits in redemption (result 1001). */
  purged: boolean;
  /** What was given back. */
  refund?: FeeData;
}

export interface DomainRenew {
  kind: 'domain:renew';
  name: string;
  /** `YYYY-MM-DD`, must be the day on which it expires (UTC). */
  currentExpiryDate: string;
  years?: Years;
  fee?: FeeOffer;
}
export interface DomainRenewed {
  kind: 'domain:renew';
  name: string;
  expiresAtMs: number;
  fee: FeeData;
}

export interface DomainTransfer {
  kind: 'domain:transfer';
  operation: TransferOperation;
  name: string;
  /** Added with the transfer; absent: one. */
  years?: Years;
  authInfo?: string;
  /** Roid of the contact that the authInfo belongs to, if not the domain's. */
  authRoid?: string;
  fee?: FeeOffer;
}
export interface DomainTransferred {
  kind: 'domain:transfer';
  name: string;
  transfer: Transfer;
  fee?: FeeData;
}

export type DomainCommand =
  | DomainCheck
  | DomainInfo
  | DomainCreate
  | DomainUpdate
  | DomainDelete
  | DomainRenew
  | DomainTransfer;
export type DomainData =
  | DomainChecked
  | DomainInformation
  | DomainCreated
  | DomainUpdated
  | DomainDeleted
  | DomainRenewed
  | DomainTransferred;
