/**
 * Messages that wait for a registrar (RFC 5730 section 2.9.2.3). A message carries what it tells of
 * whole, so that it can be read after the object is gone.
 */
import type { Contact } from './contact.ts';
import type { ContactTransferred } from './contact-commands.ts';
import type { Domain } from './domain.ts';
import type { DomainTransferred } from './domain-commands.ts';
import type { Host } from './host.ts';

/** Outcome of a command that had been answered 1001 (RFC 5731 section 3.3). */
export interface PendingActionResult {
  kind: 'domain:pending-action';
  name: string;
  succeeded: boolean;
  clTrid?: string;
  svTrid: string;
  atMs: number;
}

/** A change that somebody else made to the registrar's object (RFC 8590). */
export interface ObjectChanged {
  kind: 'changed';
  operation:
    | 'create'
    | 'delete'
    | 'renew'
    | 'transfer'
    | 'update'
    | 'restore'
    | 'autoRenew'
    | 'autoDelete'
    | 'autoPurge';
  /** `before`: the object as it was, for deletions; else as it became. */
  state: 'before' | 'after';
  atMs: number;
  svTrid: string;
  /** Who: registrar id, OPERATOR or REGISTER. */
  who: string;
  reason?: string;
  object:
    | { type: 'domain'; value: Domain }
    | { type: 'host'; value: Host }
    | { type: 'contact'; value: Contact };
}

/** Planned work (RFC 9167). */
export interface MaintenanceNotice {
  kind: 'maintenance';
  id: string;
  operation: 'create' | 'update' | 'delete' | 'courtesy' | 'end';
  systems: { name: string; impact: 'full' | 'partial' | 'none'; host?: string }[];
  environment: 'production' | 'ote' | 'staging' | 'dev';
  fromMs: number;
  toMs: number;
  reason: 'planned' | 'emergency';
  description: string;
  tlds: string[];
  createdAtMs: number;
  updatedAtMs?: number;
}

export type PollData =
  | PendingActionResult
  | ObjectChanged
  | MaintenanceNotice
  | DomainTransferred
  | ContactTransferred;

export interface PollMessage {
  /** Ascending per registrar; opaque to clients. */
  id: number;
  registrar: string;
  queuedAtMs: number;
  /** For people. */
  text: string;
  data?: PollData;
}
