/** A transfer of an object to another registrar (RFC 5730 section 2.9.3.4). */
import type { Refund } from './refund.ts';

export type TransferStatus =
  | 'pending'
  | 'clientApproved'
  | 'clientCancelled'
  | 'clientRejected'
  | 'serverApproved'
  | 'serverCancelled';

/** The transfer under way, or the last one. */
export interface Transfer {
  status: TransferStatus;
  /** Registrar ids. */
  gaining: string;
  requestedAtMs: number;
  losing: string;
  /** While pending: when it is approved by itself; afterwards: when it was decided. */
  actsAtMs: number;
  /** Of a domain: when it expires once the transfer is done. */
  expiresAtMs?: number;
  /** Of a domain, while pending: what the gaining registrar has paid, given back if it fails. */
  refund?: Refund;
}

export type TransferOperation = 'request' | 'query' | 'approve' | 'reject' | 'cancel';
