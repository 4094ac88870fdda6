/**
 * Fields: what RDATA is made of. Each knows its own text and wire form, and a record type is a list
 * of them (`defineType`). A field looks at one place of the octets and never at its neighbours;
 * what holds between fields is the type's `check`.
 *
 * The fields by family: number-fields, name-field, address-fields, string-fields, binary-fields,
 * dnssec-fields, type-bitmap, svc-params, location-fields.
 */

import { WireError } from '#dns/wire/wire-error.ts';
import type { RdataName, RdataType } from '../rdata-type.ts';
import type { RdataWriter } from '../rdata-writer.ts';
import type { Tokens } from '../tokens.ts';

export interface Field {
  /** Text to wire: takes its token or tokens. @throws RdataTextError */
  parse(tokens: Tokens, out: RdataWriter): void;
  /** Wire to text: the field at `at` of valid RDATA; '' for nothing to print. */
  format(rdata: Uint8Array, at: number): string;
  /**
   * Reads the field at `at` of a message, checks and copies it.
   * @param end first octet behind the RDATA
   * @returns offset of the next field, at most `end`
   * @throws WireError WIRE_RDATA, or of a name WIRE_NAME and WIRE_TRUNCATED
   */
  read(message: Uint8Array, at: number, end: number, out: RdataWriter): number;
  /** Octets that the field at `at` of valid RDATA takes. */
  size(rdata: Uint8Array, at: number): number;
  /** True for a domain name. */
  readonly isName?: boolean;
}

export interface TypeDefinition {
  code: number;
  mnemonic: string;
  fields: readonly Field[];
  /**
   * `compressed`: a type of RFC 1035, whose names are compressed in messages and folded in
   * canonical form. `folded`: only folded (RFC 4034 section 6.2). Default: neither.
   */
  names?: 'compressed' | 'folded';
  /** What is wrong between the fields, as a text; `undefined` if nothing is. */
  check?: (rdata: Uint8Array) => string | undefined;
}

const NO_NAMES: RdataName[] = [];

/** Builds a type out of its fields. */
export function defineType(definition: TypeDefinition): RdataType {
  const { code, mnemonic, fields, check } = definition;
  const compressible = definition.names === 'compressed';
  const hasNames = fields.some((field) => field.isName === true);
  const verdict = (out: RdataWriter): string | undefined =>
    check === undefined ? undefined : check(out.buffer.subarray(0, out.size));
  return {
    code,
    mnemonic,
    foldsNames: definition.names !== undefined,
    parse(tokens, out) {
      for (const field of fields) field.parse(tokens, out);
      const wrong = verdict(out);
      if (wrong !== undefined) tokens.fail(`${mnemonic}: ${wrong}`);
    },
    format(rdata) {
      let text = '';
      let at = 0;
      for (const field of fields) {
        const part = field.format(rdata, at);
        if (part !== '') text += text === '' ? part : ` ${part}`;
        at += field.size(rdata, at);
      }
      return text;
    },
    read(message, at, end, out) {
      let next = at;
      for (const field of fields) next = field.read(message, next, end, out);
      if (next !== end) {
        throw new WireError('WIRE_RDATA', `${mnemonic} RDATA has ${end - next} octets too many`);
      }
      const wrong = verdict(out);
      if (wrong !== undefined) throw new WireError('WIRE_RDATA', `${mnemonic}: ${wrong}`);
    },
    names(rdata) {
      return hasNames ? findNames(fields, rdata, compressible) : NO_NAMES;
    },
  };
}

function findNames(
  fields: readonly Field[],
  rdata: Uint8Array,
  compressible: boolean,
): RdataName[] {
  const names: RdataName[] = [];
  let at = 0;
  for (const field of fields) {
    if (field.isName === true) names.push({ at, compressible });
    at += field.size(rdata, at);
  }
  return names;
}

/** Demands that `count` octets lie before `end`, and copies them. @returns the offset behind */
export function copyOctets(
  message: Uint8Array,
  at: number,
  count: number,
  end: number,
  out: RdataWriter,
  what: string,
): number {
  if (at + count > end) throw shortRdata(what);
  out.range(message, at, at + count);
  return at + count;
}

/** The RDATA ends inside a field. */
export function shortRdata(what: string): WireError {
  return new WireError('WIRE_RDATA', `RDATA ends where ${what} is expected`);
}
