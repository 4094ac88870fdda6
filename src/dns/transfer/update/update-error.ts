/**
 * Why an UPDATE is not made, with what its sender is told: an RCODE (RFC 2136 section 2.2) and, for
 * clients with EDNS, a text. The codes go to the log and the audit log:
 *
 *     UPDATE_FORMERR   the message is not what RFC 2136 allows
 *     UPDATE_NOTAUTH   its zone is not one of this server
 *     UPDATE_NOTZONE   a name in it is not in its zone
 *     UPDATE_PREREQ    a prerequisite fails: YXDOMAIN, NXDOMAIN, YXRRSET or NXRRSET
 *     UPDATE_REFUSED   its sender may not do that, or the zone cannot take it
 *     UPDATE_FAILED    the server could not do it now
 */
import { CodedError } from '#base/coded-error.ts';
import { EXTENDED_ERROR, type ExtendedError } from '#dns/wire/edns.ts';
import { RCODE } from '#dns/wire/header.ts';

export type UpdateErrorCode =
  | 'UPDATE_FORMERR'
  | 'UPDATE_NOTAUTH'
  | 'UPDATE_NOTZONE'
  | 'UPDATE_PREREQ'
  | 'UPDATE_REFUSED'
  | 'UPDATE_FAILED';

/** The message is for the log; `told` is for the sender. */
export class UpdateError extends CodedError {
  override readonly code: UpdateErrorCode;
  readonly rcode: number;
  /** What the reply says beside its RCODE. */
  readonly told: ExtendedError | undefined;

  constructor(
    code: UpdateErrorCode,
    rcode: number,
    message: string,
    told?: ExtendedError,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
    this.code = code;
    this.rcode = rcode;
    this.told = told;
  }
}

/** The message breaks a rule of RFC 2136. @param message says which, and where */
export function malformed(message: string): UpdateError {
  const told = { infoCode: EXTENDED_ERROR.OTHER, text: message };
  return new UpdateError('UPDATE_FORMERR', RCODE.FORMERR, message, told);
}

/** A name that is neither the zone's apex nor below it. */
export function outOfZone(message: string): UpdateError {
  const told = { infoCode: EXTENDED_ERROR.OTHER, text: message };
  return new UpdateError('UPDATE_NOTZONE', RCODE.NOTZONE, message, told);
}
