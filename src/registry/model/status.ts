/**
 * Statuses of objects (RFC 5731-5733 section 2.x). An object keeps what somebody set and what is
 * pending; `ok`, `inactive` and `linked` follow from the rest and are never kept.
 */

/** What a registrar may set and remove. */
export type ClientDomainStatus =
  | 'clientDeleteProhibited'
  | 'clientHold'
  | 'clientRenewProhibited'
  | 'clientTransferProhibited'
  | 'clientUpdateProhibited';

/** What only the operator may set and remove. */
export type ServerDomainStatus =
  | 'serverDeleteProhibited'
  | 'serverHold'
  | 'serverRenewProhibited'
  | 'serverTransferProhibited'
  | 'serverUpdateProhibited';

/** What a command that is not finished leaves. */
export type PendingDomainStatus =
  | 'pendingCreate'
  | 'pendingDelete'
  | 'pendingRenew'
  | 'pendingTransfer'
  | 'pendingUpdate';

/** What a domain keeps. */
export type DomainStatus = ClientDomainStatus | ServerDomainStatus | PendingDomainStatus;
/** What a domain shows. */
export type ShownDomainStatus = DomainStatus | 'ok' | 'inactive';

/** What a host keeps. */
export type HostStatus =
  | 'clientDeleteProhibited'
  | 'clientUpdateProhibited'
  | 'serverDeleteProhibited'
  | 'serverUpdateProhibited'
  | 'pendingCreate'
  | 'pendingDelete'
  | 'pendingTransfer'
  | 'pendingUpdate';
export type ShownHostStatus = HostStatus | 'ok' | 'linked';

/** What a contact keeps. */
export type ContactStatus = HostStatus | 'clientTransferProhibited' | 'serverTransferProhibited';
export type ShownContactStatus = ContactStatus | 'ok' | 'linked';

/** A status as it is kept, with the remark that whoever set it may give. */
export interface SetStatus<Status extends string> {
  status: Status;
  /** Human-readable; empty: none. */
  remark: string;
  /** Language of the remark, BCP 47; `en` where none was said. */
  language: string;
}
