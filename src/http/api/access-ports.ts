/**
 * What the admin API needs to know and keep about who may do what: tokens and the audit log. Texts
 * as in ports.ts; the same rules hold.
 */

/** A scope as the API writes it: what is absent does not narrow. */
export interface ScopeText {
  zones?: readonly string[];
  /** Names at or below these. */
  suffixes?: readonly string[];
  types?: readonly string[];
  write: boolean;
  /** Addresses and networks that requests come from. */
  networks?: readonly string[];
  /** Unix milliseconds. */
  expiresAtMs?: number;
}

export interface TokenSummary {
  id: string;
  name: string;
  scope: ScopeText;
  createdAtMs: number;
}

export interface TokenPort {
  /** The oldest first. */
  list(): TokenSummary[];
  find(id: string): TokenSummary | undefined;
  /** The secret is given here and never again. Raises `tokenRefused`. */
  create(name: string, scope: ScopeText): Promise<{ token: TokenSummary; secret: string }>;
  /** False when there is none such. */
  revoke(id: string): Promise<boolean>;
}

/** What somebody did, or was refused. */
export interface AuditRecord {
  atMs: number;
  actor: string;
  /** The client's IP address. */
  address: string;
  /** Method and path of the route. */
  action: string;
  zone?: string;
  outcome: 'done' | 'refused' | 'failed';
  /** HTTP status. */
  status: string;
  /** What the principal's scope lacks. */
  detail?: string;
  receipt?: string;
  requestId: string;
}

export interface AuditPort {
  /** Takes the record at once and writes it soon; never throws. */
  append(record: AuditRecord): void;
  /**
   * Records of every door after the cursor, oldest first, at most `limit`; from the oldest kept
   * when the cursor is absent. Raises `cursorUnknown`.
   */
  read(after: string | undefined, limit: number): Promise<AuditPage>;
}

export interface AuditPage {
  records: (AuditRecord & { door: string })[];
  /** Cursor to continue after; the same as asked when there was nothing new. */
  next: string;
}
