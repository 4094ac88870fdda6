/** Commands on contacts and what they bring (RFC 5733 section 3). */
import type { Contact, Disclosure, PostalInfo, PostalType, Telephone } from './contact.ts';
import type { ContactStatus, SetStatus, ShownContactStatus } from './status.ts';
import type { Transfer, TransferOperation } from './transfer.ts';

export interface ContactCheck {
  kind: 'contact:check';
  ids: string[];
}
export interface ContactChecked {
  kind: 'contact:check';
  contacts: { id: string; available: boolean; reason?: string }[];
}

export interface ContactInfo {
  kind: 'contact:info';
  id: string;
  authInfo?: string;
}
export interface ContactInformation {
  kind: 'contact:info';
  contact: Contact;
  statuses: SetStatus<ShownContactStatus>[];
  /** False: only what everybody may know is to be shown (RFC 5733 section 3.1.2). */
  isWhole: boolean;
}

export interface ContactCreate {
  kind: 'contact:create';
  id: string;
  postal: PostalInfo[];
  voice?: Telephone;
  fax?: Telephone;
  email: string;
  authInfo: string;
  disclosure?: Disclosure;
}
export interface ContactCreated {
  kind: 'contact:create';
  id: string;
  createdAtMs: number;
}

/** What is absent stays as it is. */
export interface PostalChange extends Partial<Omit<PostalInfo, 'type'>> {
  type: PostalType;
}

export interface ContactUpdate {
  kind: 'contact:update';
  id: string;
  add: { statuses: SetStatus<ContactStatus>[] };
  remove: { statuses: ContactStatus[] };
  /** Absent: stays; `null`: goes. */
  change: {
    postal?: PostalChange[];
    voice?: Telephone | null;
    fax?: Telephone | null;
    email?: string;
    authInfo?: string | null;
    disclosure?: Disclosure;
  };
}
export interface ContactUpdated {
  kind: 'contact:update';
  id: string;
}

export interface ContactDelete {
  kind: 'contact:delete';
  id: string;
}
export interface ContactDeleted {
  kind: 'contact:delete';
  id: string;
}

export interface ContactTransfer {
  kind: 'contact:transfer';
  operation: TransferOperation;
  id: string;
  authInfo?: string;
}
export interface ContactTransferred {
  kind: 'contact:transfer';
  id: string;
  transfer: Transfer;
}

export type ContactCommand =
  | ContactCheck
  | ContactInfo
  | ContactCreate
  | ContactUpdate
  | ContactDelete
  | ContactTransfer;
export type ContactData =
  | ContactChecked
  | ContactInformation
  | ContactCreated
  | ContactUpdated
  | ContactDeleted
  | ContactTransferred;
