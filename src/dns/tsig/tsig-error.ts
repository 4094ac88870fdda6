/**
 * What goes wrong with signatures (RFC 8945), as codes that carry the RFC's own names. The client's
 * side raises them, whether it found the fault in a reply or the other end says so of our request:
 * the message tells which. The server's side answers with rcodes instead (tsig-request.ts).
 */
import { CodedError } from '#base/coded-error.ts';

export type TsigErrorCode =
  /** Unknown key, or another key or algorithm than was asked with (RFC 8945 section 5.2.1). */
  | 'TSIG_BADKEY'
  /** The MAC is not the one that our secret gives (section 5.2.2). */
  | 'TSIG_BADSIG'
  /** Signed too long ago, or in the future (section 5.2.3). */
  | 'TSIG_BADTIME'
  /** The MAC is cut shorter than is taken here (section 5.2.4). */
  | 'TSIG_BADTRUNC'
  /** The TSIG record is malformed, misplaced or not the only one (section 5.2). */
  | 'TSIG_FORMERR'
  /** A reply is not signed that must be (sections 5.3.1 and 5.4). */
  | 'TSIG_MISSING'
  /** A key as people write it has an unknown algorithm or a bad secret. */
  | 'TSIG_KEY_INVALID';

export class TsigError extends CodedError {
  override readonly code: TsigErrorCode;

  constructor(code: TsigErrorCode, message: string) {
    super(code, message);
    this.code = code;
  }
}
