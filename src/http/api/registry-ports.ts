/**
 * What the admin API needs of the register of names, as types: accounts of registrars, TLDs and
 * their rules, reserved names, locks, notices, and what is in it. Money is in whole hundredths and
 * instants are Unix milliseconds here; the resources write them as decimals and RFC 3339. Refusals
 * are the errors of api-error.ts, with the register's own code and reason.
 */

/** Who asks, for the register's journal. */
export interface RegistryContext {
  /** As in the journal of zones and the audit log: `admin-key`, `token:NAME`. */
  actor: string;
  /** The client's IP address. */
  address: string;
  /** Becomes the command's server transaction id. */
  requestId: string;
  receivedAtMs: number;
  /** Why, where the resource asks for it. */
  reason?: string;
}

export interface RegistrarProfile {
  name: string;
  ianaId?: number;
  url?: string;
  whoisServer?: string;
  email?: string;
  voice?: string;
  abuseEmail?: string;
  abuseVoice?: string;
  certificates: string[];
  networks: string[];
  tlds: string[];
  state: 'active' | 'suspended';
  testing: boolean;
  /** By currency. */
  credit: Record<string, number>;
}

/** What is absent stays; `null` goes. */
export type RegistrarChange = {
  [Field in keyof RegistrarProfile]?:
    | RegistrarProfile[Field]
    | (undefined extends RegistrarProfile[Field] ? null : never);
};

export interface RegistrarView extends RegistrarProfile {
  id: string;
  /** By currency. */
  balance: Record<string, number>;
}

export interface PriceList {
  create: number;
  renew: number;
  transfer: number;
  restore: number;
}

export interface TldRules {
  repositoryId: string;
  currency: string;
  prices: PriceList;
  premium: Record<string, Partial<PriceList>>;
  grace: {
    add: number;
    renew: number;
    transfer: number;
    autoRenew: number;
    redemption: number;
    pendingDelete: number;
  };
  periodMin: number;
  periodMax: number;
  transferDays: number;
  authInfoDays: number;
  labelMin: number;
  contacts: 'thick' | 'none';
  nameserversMax: number;
  dsMax: number;
  ttl: { ns: number; ds: number; glue: number };
  scripts: string[];
  brakeShare: number;
}

export interface TldView extends TldRules {
  name: string;
}

/** What has a usual value may be left out. */
export type NewTld = Pick<TldView, 'name' | 'repositoryId' | 'currency' | 'prices'> &
  Partial<TldRules>;

export interface ReservedNameView {
  tld: string;
  label: string;
  reason: string;
  /** Registrars that may register it all the same. */
  allow: string[];
}

export const LOCKS = [
  'serverDeleteProhibited',
  'serverHold',
  'serverRenewProhibited',
  'serverTransferProhibited',
  'serverUpdateProhibited',
] as const;
export type Lock = (typeof LOCKS)[number];

export interface NewNotice {
  id?: string;
  operation: 'create' | 'update' | 'delete' | 'courtesy' | 'end';
  systems: { name: string; impact: 'full' | 'partial' | 'none'; host?: string }[];
  environment: 'production' | 'ote' | 'staging' | 'dev';
  fromMs: number;
  toMs: number;
  reason: 'planned' | 'emergency';
  description: string;
  tlds: string[];
}

export interface TransactionView {
  registrar: string;
  tld: string;
  /** As `domain:create`. */
  command: string;
  count: number;
}

/** An object with its fields as the register keeps them, instants as RFC 3339, without secrets. */
export type ObjectDocument = Record<string, unknown>;

/** A command in the journal of the register, with its changes as the register keeps them. */
export interface RegisterRecord extends ObjectDocument {
  /** Counts commands, without gaps. */
  sequence: number;
  /** As registrars are told: a registrar's id, OPERATOR or REGISTER. */
  who: string;
  /** As the journal of zones says it: `admin-key`, `token:NAME`, or as `who`. */
  actor: string;
}

export interface RegistryPort {
  registrars(): Promise<RegistrarView[]>;
  findRegistrar(id: string): Promise<RegistrarView | undefined>;
  /** The password is given here and never again. */
  createRegistrar(
    id: string,
    profile: RegistrarProfile,
    context: RegistryContext,
  ): Promise<{ registrar: RegistrarView; password: string }>;
  changeRegistrar(
    id: string,
    change: RegistrarChange,
    context: RegistryContext,
  ): Promise<RegistrarView>;
  /** A new password in place of the old one. */
  resetPassword(id: string, context: RegistryContext): Promise<string>;
  moveBalance(
    id: string,
    move: { currency: string; amount: number },
    context: RegistryContext,
  ): Promise<RegistrarView>;
  /** Of one that is suspended and has nothing left. */
  deleteRegistrar(id: string, context: RegistryContext): Promise<void>;
  tlds(): TldView[];
  createTld(tld: NewTld, context: RegistryContext): Promise<TldView>;
  /** What is absent stays. */
  changeTld(name: string, change: Partial<TldRules>, context: RegistryContext): Promise<TldView>;
  /** Of one in which no names lie. */
  deleteTld(name: string, context: RegistryContext): Promise<void>;
  /** Of a TLD that is there. */
  reservedNames(tld: string): ReservedNameView[];
  putReservedName(
    name: ReservedNameView,
    context: RegistryContext,
  ): Promise<{ name: ReservedNameView; isNew: boolean }>;
  deleteReservedName(tld: string, label: string, context: RegistryContext): Promise<void>;
  findObject(type: 'domain' | 'host' | 'contact', key: string): Promise<ObjectDocument | undefined>;
  /** Makes these the locks of a domain, and no others. */
  lockDomain(
    name: string,
    locks: readonly Lock[],
    context: RegistryContext,
  ): Promise<ObjectDocument>;
  announceMaintenance(
    notice: NewNotice,
    context: RegistryContext,
  ): Promise<{ notice: ObjectDocument; registrarCount: number }>;
  /** @param month `YYYY-MM`, UTC */
  transactions(month: string): Promise<TransactionView[]>;
  /**
   * Commands after a number, oldest first; from the oldest kept when it is absent. Raises
   * `cursorUnknown`.
   */
  journal(after: string | undefined, limit: number): Promise<RegisterRecord[]>;
  /**
   * Commands after a number that were committed from one instant to before another, oldest first.
   * Raises `cursorUnknown` at once.
   */
  exportJournal(
    after: string | undefined,
    fromMs: number,
    toMs: number,
  ): AsyncIterable<RegisterRecord>;
}
