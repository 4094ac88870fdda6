/**
 * What a record type knows about its RDATA. RDATA is held everywhere as uncompressed wire octets;
 * there is no object form. A type is one file that builds an `RdataType` from fields
 * (`fields/field.ts`) and one line in `registry.ts`.
 */
import type { RdataWriter } from './rdata-writer.ts';
import type { Tokens } from './tokens.ts';

/** A place of a domain name inside uncompressed RDATA. */
export interface RdataName {
  at: number;
  /** May be compressed in a message: only the types of RFC 1035 (RFC 3597 section 4). */
  compressible: boolean;
}

export interface RdataType {
  /** The IANA number. */
  readonly code: number;
  readonly mnemonic: string;
  /** Case of embedded names is folded in canonical form (RFC 4034 section 6.2, RFC 6840 5.1). */
  readonly foldsNames: boolean;
  /** Text to wire. @throws RdataTextError */
  parse(tokens: Tokens, out: RdataWriter): void;
  /** False for valid octets that only the generic text form can show: `format` is not for them. */
  hasText(rdata: Uint8Array): boolean;
  /** Wire to canonical text: one blank between fields, absolute names. The octets must be valid. */
  format(rdata: Uint8Array): string;
  /**
   * Reads RDATA out of a message, following compression pointers, and checks it.
   * @param message the whole message; @param at first octet; @param end first octet behind it
   * @throws WireError WIRE_RDATA when the octets are not what the type says
   */
  read(message: Uint8Array, at: number, end: number, out: RdataWriter): void;
  /** Where the domain names stand in valid uncompressed RDATA, in order. */
  names(rdata: Uint8Array): RdataName[];
}
