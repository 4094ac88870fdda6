/**
 * What the codec says when octets from the network are not what the RFCs want. A server answers a
 * query that raises one with FORMERR; a transfer that raises one is broken off. No octets make the
 * readers of this folder throw anything else.
 */
import { CodedError } from '#base/coded-error.ts';

export type WireErrorCode =
  /** The message ends inside something: header, question, record. */
  | 'WIRE_TRUNCATED'
  /** A name with a forward or circular pointer, an unknown label type, or over 255 octets. */
  | 'WIRE_NAME'
  /** More than one question (RFC 9619). */
  | 'WIRE_QUESTION'
  /** RDATA that its type does not allow. */
  | 'WIRE_RDATA'
  /** A misplaced, second or malformed OPT record (RFC 6891 section 6.1.1). */
  | 'WIRE_EDNS'
  /** Octets behind the last record. */
  | 'WIRE_TRAILING'
  /** What is to be written has no room in a message of 65,535 octets. */
  | 'WIRE_TOO_LONG';

export class WireError extends CodedError {
  override readonly code: WireErrorCode;

  constructor(code: WireErrorCode, message: string) {
    super(code, message);
    this.code = code;
  }
}
