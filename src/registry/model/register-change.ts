/**
 * What leaves the register: its objects as rows, and its commands as changes of rows, for database
 * B (WHOIS and RDAP) and for auditors. A row that leaves carries no secret: `outgoingRow` takes
 * authorisation information, passwords, certificates, networks and money out.
 */
import type { Contact } from './contact.ts';
import type { Domain } from './domain.ts';
import type { Host } from './host.ts';
import type { Registrar } from './registrar.ts';
import type { ReservedName, Tld } from './tld.ts';

/** What each type of row holds. */
export interface RegisterObjects {
  domain: Domain;
  host: Host;
  contact: Contact;
  registrar: Registrar;
  tld: Tld;
  reserved: ReservedName;
}

export type RegisterRowType = keyof RegisterObjects;

/** One object as it is after a change. */
export interface RegisterRow {
  type: RegisterRowType;
  /** Name or id; of a reserved name `LABEL.TLD`. */
  key: string;
  /** As in the model, without what `outgoingRow` takes out; `null`: it is gone. */
  value: object | null;
}

/** One committed command. */
export interface RegisterChange {
  /** Without gaps, from 1. */
  sequence: number;
  /** When it was committed. */
  atMs: number;
  svTrid: string;
  clTrid?: string;
  /** Registrar id, OPERATOR or REGISTER. */
  who: string;
  address?: string;
  /** As `domain:create`. */
  command: string;
  /** Why, in the operator's words. */
  reason?: string;
  rows: RegisterRow[];
}

/** What a command did to a registrar's money. */
export interface BalanceChange {
  registrar: string;
  /** ISO 4217. */
  currency: string;
  /** Hundredths. */
  before: number;
  after: number;
}

/** A change as auditors see it: by whom, what was there before, and the money that moved. */
export interface AuditedChange extends Omit<RegisterChange, 'rows'> {
  /**
   * As the journal of zones says it: `admin-key`, `token:NAME`, a registrar's id, or REGISTER;
   * OPERATOR where an older entry does not tell more.
   */
  actor: string;
  rows: (RegisterRow & { before: object | null })[];
  balances: BalanceChange[];
}

const WITHHELD: Readonly<Record<RegisterRowType, readonly string[]>> = {
  domain: ['authInfo', 'deletion'],
  host: [],
  contact: ['authInfo'],
  registrar: ['passwordHash', 'certificates', 'networks', 'balance', 'credit'],
  tld: [],
  reserved: [],
};

/** The object as it may leave. */
export function outgoingRow(type: RegisterRowType, value: object): object {
  const withheld = WITHHELD[type];
  const kept = Object.entries(value).filter(([name]) => !withheld.includes(name));
  if (type !== 'domain') return Object.fromEntries(kept);
  const { periods, transfer } = value as Partial<Domain>;
  const shown = {
    ...Object.fromEntries(kept),
    periods: (periods ?? []).map(({ status, endsAtMs }) => ({ status, endsAtMs })),
  };
  if (transfer?.refund === undefined) return shown;
  const { refund: _withheld, ...told } = transfer;
  return { ...shown, transfer: told };
}
