/**
 * What the admin API needs to set transfers between name servers up: TSIG keys and autoprimaries.
 * Texts as in ports.ts; the same rules hold.
 */

/** A TSIG key (RFC 8945) in text. */
export interface TsigKeyText {
  /** Canonical, with the final dot. */
  name: string;
  /** As in `hmac-sha256`. */
  algorithm: string;
  /** Base64. */
  secret: string;
}

/** What of a key changes. */
export interface TsigKeyChange {
  name?: string;
  /** Any spelling: case, final dot, and MD5's whole name do not matter. */
  algorithm?: string;
  secret?: string;
}

export interface TsigKeyPort {
  /** In the order of their names. */
  list(): Promise<TsigKeyText[]>;
  find(name: string): Promise<TsigKeyText | undefined>;
  /**
   * On disk when it resolves. Without a secret one is made, as long as the algorithm's MAC.
   * Raises `tsigKeyExists`, and `tsigKeyRefused` for an algorithm or secret that is none.
   */
  create(key: Omit<TsigKeyText, 'secret'> & { secret?: string }): Promise<TsigKeyText>;
  /** Raises `tsigKeyMissing`, `tsigKeyConfigured`, and as `create`. */
  change(name: string, change: TsigKeyChange): Promise<TsigKeyText>;
  /** Raises `tsigKeyMissing`, `tsigKeyConfigured`. */
  remove(name: string): Promise<void>;
}

/** A primary whose NOTIFY for a zone that is not here makes a secondary of it. */
export interface AutoprimaryText {
  /** Without a port. */
  ip: string;
  nameserver: string;
  account: string;
}

export interface AutoprimaryPort {
  list(): Promise<AutoprimaryText[]>;
  /** On disk when it resolves. Raises `autoprimaryExists`, `invalidRequest`. */
  add(autoprimary: AutoprimaryText): Promise<void>;
  /** Done when it resolves, also when there was none such. */
  remove(ip: string, nameserver: string): Promise<void>;
}
