/** A person or organisation (RFC 5733). */
import type { AuthInfo } from './auth-info.ts';
import type { ContactStatus, SetStatus } from './status.ts';
import type { Transfer } from './transfer.ts';

/** `int`: ASCII only; `loc`: any Unicode. */
export type PostalType = 'int' | 'loc';

export interface PostalInfo {
  type: PostalType;
  name: string;
  organisation?: string;
  /** Up to three lines. */
  street: string[];
  city: string;
  province?: string;
  postalCode?: string;
  /** ISO 3166-1 alpha-2, upper case. */
  country: string;
}

/** `+CC.NUMBER` (E.164 in RFC 5733 section 2.5's form). */
export interface Telephone {
  number: string;
  extension?: string;
}

/** What the holder agrees or refuses to show (RFC 5733 section 2.9). */
export type DiscloseField =
  | 'name:int'
  | 'name:loc'
  | 'org:int'
  | 'org:loc'
  | 'addr:int'
  | 'addr:loc'
  | 'voice'
  | 'fax'
  | 'email';

export interface Disclosure {
  /** True: show these fields against the server's policy; false: hide them. */
  show: boolean;
  fields: DiscloseField[];
}

export interface Contact {
  /** The registrar's handle, unique in the register. */
  id: string;
  roid: string;
  /** One of each type at most, at least one. */
  postal: PostalInfo[];
  voice?: Telephone;
  fax?: Telephone;
  email: string;
  disclosure?: Disclosure;
  statuses: SetStatus<ContactStatus>[];
  /** Registrar ids. */
  sponsor: string;
  createdBy: string;
  createdAtMs: number;
  updatedBy?: string;
  updatedAtMs?: number;
  transferredAtMs?: number;
  authInfo?: AuthInfo;
  transfer?: Transfer;
}
