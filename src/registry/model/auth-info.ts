/**
 * The secret that lets another registrar take an object over. Only its digest is kept (RFC 9154
 * section 4.3); setting an empty one takes the old one away, and no value matches then.
 */

/** As kept. */
export interface AuthInfo {
  /** SHA-256 of the UTF-8 text, lower-case hex. */
  sha256: string;
  /** When it stops being valid; absent: not by time. */
  expiresAtMs?: number;
}
