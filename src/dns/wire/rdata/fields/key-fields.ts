/**
 * The fields of KEY and RKEY (RFC 2535 section 3 and 7.1, RFC 3445), whose flags and protocol have
 * mnemonics in text. Printed as numbers, as dig does.
 */
import { readU16 } from '#dns/wire/header.ts';
import { optionalBase64 } from './binary-fields.ts';
import { algorithm } from './dnssec-fields.ts';
import type { Field } from './field.ts';
import { namedU8 } from './named-numbers.ts';
import { u16 } from './number-fields.ts';

/** Both bits of the flags' type field: there is no key (RFC 2535 section 3.1.2). */
const NO_KEY = 0xc000;

/** Flags by their mnemonics (RFC 2535 section 7.1); several are joined with `|`. */
const FLAGS: ReadonlyMap<string, number> = new Map([
  ['NOAUTH', 0x8000],
  ['NOCONF', 0x4000],
  ['NOKEY', NO_KEY],
  ['FLAG2', 0x2000],
  ['EXTEND', 0x1000],
  ['FLAG4', 0x0800],
  ['FLAG5', 0x0400],
  ['USER', 0x0000],
  ['ZONE', 0x0100],
  ['HOST', 0x0200],
  ['ENTITY', 0x0200],
  ['NTYP3', 0x0300],
  ['FLAG8', 0x0080],
  ['FLAG9', 0x0040],
  ['FLAG10', 0x0020],
  ['FLAG11', 0x0010],
  ...Array.from({ length: 16 }, (_, signatory): [string, number] => [`SIG${signatory}`, signatory]),
]);

const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['NONE', 0],
  ['TLS', 1],
  ['EMAIL', 2],
  ['DNSSEC', 3],
  ['IPSEC', 4],
  ['ALL', 255],
]);

const number = u16('key flags');

const flags: Field = {
  ...number,
  parse(tokens, out) {
    const { position } = tokens;
    const mnemonics = tokens.atEnd ? [] : tokens.text(position).toUpperCase().split('|');
    const values = mnemonics.map((mnemonic) => FLAGS.get(mnemonic) ?? -1);
    if (values.length === 0 || values.includes(-1)) return number.parse(tokens, out);
    tokens.seek(position + 1);
    return out.u16(values.reduce((all, value) => all | value, 0));
  },
};

export const keyFields: readonly Field[] = [
  flags,
  namedU8('a protocol', PROTOCOLS),
  algorithm,
  optionalBase64('a public key'),
];

/** `check` of KEY and RKEY: the key is there unless the flags say that there is none. */
export function checkKeyPresence(rdata: Uint8Array): string | undefined {
  const announcesKey = (readU16(rdata, 0) & NO_KEY) !== NO_KEY;
  if (announcesKey === rdata.length > 4) return undefined;
  return announcesKey ? 'a public key is missing' : 'the flags say that there is no key';
}
