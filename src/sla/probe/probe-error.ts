/**
 * What a probe says about a test that was not answered well: short codes that go into the
 * measurement line and the ledger. They are stable; docs/reference/probe-errors.md explains each,
 * and a test holds that page against these lists.
 */

/** The server's side: the test counts as unanswered. */
export const UNANSWERED_CODES = [
  'timeout',
  'connection-refused',
  'connection-reset',
  'connection-closed',
  'connection-kept-open',
  'unreachable',
  'malformed',
  'truncated',
  'rcode-formerr',
  'rcode-servfail',
  'rcode-nxdomain',
  'rcode-notimp',
  'rcode-refused',
  'rcode-other',
  'not-authoritative',
  'wrong-question',
  'no-answer-record',
  'wrong-owner',
  'wrong-record',
  'stale-serial',
  'wrong-content',
  'response-too-long',
  'http-status',
  'tls-failed',
  'epp-login-refused',
  'epp-command-failed',
  'dnssec-unsigned',
  'dnssec-key-unknown',
  'dnssec-key-untrusted',
  'dnssec-signature-invalid',
  'dnssec-signature-expired',
  'dnssec-signature-early',
  'dnssec-denial-missing',
  'dnssec-keys-missing',
] as const;

/** The probe's own fault: the test counts nowhere. */
export const INTERNAL_CODES = [
  'loop-stalled',
  'loop-lagging',
  'clock-off',
  'no-socket',
  'no-credentials',
  'reference-silent',
  'reference-moving',
  'dnssec-algorithm',
  'dnssec-iterations',
  'dnssec-parent-silent',
  'stopped',
] as const;

export type UnansweredCode = (typeof UNANSWERED_CODES)[number];
export type InternalCode = (typeof INTERNAL_CODES)[number];
export type ProbeErrorCode = UnansweredCode | InternalCode;

/** True for a fault of the probe itself. */
export function isInternalCode(code: ProbeErrorCode): code is InternalCode {
  return (INTERNAL_CODES as readonly string[]).includes(code);
}

/** The code for a socket's error, by Node's error code. */
export function socketErrorCode(systemCode: string | undefined): ProbeErrorCode {
  switch (systemCode) {
    case 'ECONNREFUSED':
      return 'connection-refused';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'connection-reset';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
      return 'unreachable';
    case 'ETIMEDOUT':
      return 'timeout';
    default:
      // No descriptor, no port, no such address family, not permitted: nothing left this machine.
      return 'no-socket';
  }
}
