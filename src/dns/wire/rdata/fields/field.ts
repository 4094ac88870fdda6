/**
 * Fields: what RDATA is made of. Each knows its own text and wire form, and a record type is a list
 * of them (`defineType`). A field looks at one place of the octets and never at its neighbours;
 * what holds between fields is the type's `check`.
 *
 * The fields by family: number-fields, named-numbers, name-field, address-fields, string-fields,
 * binary-fields, identifier-fields, flat-bitmap, type-bitmap, dnssec-fields, key-fields,
 * variant-field, gateway-field, address-prefixes, host-identity, svc-params, location-fields.
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
  /** Where the domain names of the field at `at` of valid RDATA stand; without it, none do. */
  names?(rdata: Uint8Array, at: number): readonly number[];
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
  /** False for valid RDATA whose only text is the generic one. Default: it has its own. */
  hasText?: (rdata: Uint8Array) => boolean;
}

const NO_NAMES: RdataName[] = [];

/** Builds a type out of its fields. */
export function defineType(definition: TypeDefinition): RdataType {
  const { code, mnemonic, fields, check } = definition;
  const compressible = definition.names === 'compressed';
  const hasNames = fields.some((field) => field.names !== undefined);
  const verdict = (out: RdataWriter): string | undefined =>
    check === undefined ? undefined : check(out.buffer.subarray(0, out.size));
  return {
    code,
    mnemonic,
    foldsNames: definition.names !== undefined,
    hasText: definition.hasText ?? (() => true),
    parse(tokens, out) {
      for (const field of fields) field.parse(tokens, out);
      const wrong = verdict(out);
      if (wrong !== undefined) tokens.fail(`${mnemonic}: ${wrong}`);
    },
    format: (rdata) => formatFields(fields, rdata, 0),
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

/** The text of fields that follow each other from `at` on, with one blank between them. */
export function formatFields(fields: readonly Field[], rdata: Uint8Array, at: number): string {
  let text = '';
  let next = at;
  for (const field of fields) {
    const part = field.format(rdata, next);
    if (part !== '') text += text === '' ? part : ` ${part}`;
    next += field.size(rdata, next);
  }
  return text;
}

/** Octets that fields take which follow each other from `at` on. */
export function sizeOfFields(fields: readonly Field[], rdata: Uint8Array, at: number): number {
  let next = at;
  for (const field of fields) next += field.size(rdata, next);
  return next - at;
}

function findNames(
  fields: readonly Field[],
  rdata: Uint8Array,
  compressible: boolean,
): RdataName[] {
  const names: RdataName[] = [];
  let at = 0;
  for (const field of fields) {
    for (const nameAt of field.names?.(rdata, at) ?? []) names.push({ at: nameAt, compressible });
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
