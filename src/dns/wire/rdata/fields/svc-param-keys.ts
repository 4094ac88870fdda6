/**
 * The service parameters of SVCB and HTTPS (IANA "Service Parameter Keys (SvcParamKeys)"): per key
 * its value's text and wire form. Values come here with the escapes of the character-string already
 * resolved (RFC 9460 appendix A); lists are separated by commas, and only strings may escape one.
 *
 * A key that is not here, or is written `keyNNNNN`, has its value as plain octets.
 */
import { asBuffer, formatBase64, latin1, parseBase64 } from '#base/bytes.ts';
import { readU16 } from '#dns/wire/header.ts';
import { formatIpv4, formatIpv6, parseIpv4Into, parseIpv6Into } from '../address-text.ts';

export interface SvcParamKey {
  readonly code: number;
  readonly mnemonic: string;
  /** Value octets of the resolved text; `undefined` when it is not this key's. */
  parse(text: Uint8Array): Uint8Array | undefined;
  /** The value's text: octets are printed escaped and in quotes, a string as it is. */
  format(value: Uint8Array): Uint8Array | string;
  /** True when the octets are a value of this key. */
  isValid(value: Uint8Array): boolean;
}

export const SVC_KEY = {
  MANDATORY: 0,
  ALPN: 1,
  NO_DEFAULT_ALPN: 2,
  PORT: 3,
  IPV4HINT: 4,
  ECH: 5,
  IPV6HINT: 6,
  DOHPATH: 7,
  OHTTP: 8,
  TLS_SUPPORTED_GROUPS: 9,
  DOCPATH: 10,
  PVD: 11,
} as const;

const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const EMPTY = new Uint8Array(0);

/** Keys that say all by being there (no-default-alpn, ohttp, pvd). */
function flag(code: number, mnemonic: string): SvcParamKey {
  return {
    code,
    mnemonic,
    parse: (text) => (text.length === 0 ? EMPTY : undefined),
    format: () => '',
    isValid: (value) => value.length === 0,
  };
}

/** RFC 9460 section 8: the keys that a client must understand, ascending, each once. */
const mandatory: SvcParamKey = {
  code: SVC_KEY.MANDATORY,
  mnemonic: 'mandatory',
  parse(text) {
    const codes: number[] = [];
    for (const item of latin1(text).split(',')) {
      const code = svcKeyOfText(item);
      if (code === undefined) return undefined;
      codes.push(code);
    }
    const value = u16List(codes.toSorted((a, b) => a - b));
    return mandatory.isValid(value) ? value : undefined;
  },
  format: (value) => numbersOf(value).map(formatSvcKey).join(','),
  isValid(value) {
    if (value.length === 0 || value.length % 2 !== 0) return false;
    const codes = numbersOf(value);
    return codes.every((code, index) => code > (index === 0 ? 0 : codes[index - 1]));
  },
};

/** A list of strings of 1 to 255 octets, each behind its length; commas inside are escaped. */
function stringList(code: number, mnemonic: string, countMin: number): SvcParamKey {
  return {
    code,
    mnemonic,
    parse(text) {
      const out: number[] = [];
      for (const item of text.length === 0 ? [] : splitEscapedList(text)) {
        if (item.length === 0 || item.length > 255) return undefined;
        out.push(item.length, ...item);
      }
      return Uint8Array.from(out);
    },
    format(value) {
      const out: number[] = [];
      for (let at = 0; at < value.length; at += 1 + value[at]) {
        if (at > 0) out.push(COMMA);
        for (const octet of value.subarray(at + 1, at + 1 + value[at])) {
          if (octet === COMMA || octet === BACKSLASH) out.push(BACKSLASH);
          out.push(octet);
        }
      }
      return Uint8Array.from(out);
    },
    isValid(value) {
      let at = 0;
      let count = 0;
      for (; at < value.length && value[at] > 0; at += 1 + value[at]) count += 1;
      return count >= countMin && at === value.length;
    },
  };
}

/** RFC 9460 section 7.2. */
const port: SvcParamKey = {
  code: SVC_KEY.PORT,
  mnemonic: 'port',
  parse(text) {
    const number = numberOf(latin1(text));
    return number === undefined ? undefined : u16List([number]);
  },
  format: (value) => String(readU16(value, 0)),
  isValid: (value) => value.length === 2,
};

/** RFC 9460 section 7.3: one address or more. */
function addressHint(
  code: number,
  mnemonic: string,
  size: number,
  parseInto: typeof parseIpv4Into,
  format: typeof formatIpv4,
): SvcParamKey {
  return {
    code,
    mnemonic,
    parse(text) {
      const items = splitList(text);
      const value = new Uint8Array(items.length * size);
      const good = items.every((item, index) =>
        parseInto(item, 0, item.length, value, index * size),
      );
      return good ? value : undefined;
    },
    format(value) {
      const addresses: string[] = [];
      for (let at = 0; at < value.length; at += size) addresses.push(format(value, at));
      return addresses.join(',');
    },
    isValid: (value) => value.length > 0 && value.length % size === 0,
  };
}

/** RFC 9848: an ECHConfigList, in base 64. */
const ech: SvcParamKey = {
  code: SVC_KEY.ECH,
  mnemonic: 'ech',
  parse(text) {
    const value = parseBase64(latin1(text));
    return value === undefined || value.length === 0 ? undefined : value;
  },
  format: formatBase64,
  isValid: (value) => value.length > 0,
};

/** RFC 9461 section 5: a relative URI template in UTF-8 with the variable `dns`. */
const dohpath: SvcParamKey = {
  code: SVC_KEY.DOHPATH,
  mnemonic: 'dohpath',
  parse: (text) => (dohpath.isValid(text) ? text : undefined),
  format: (value) => value,
  isValid: (value) => value.length > 0,
};

/** Key shares that the server takes: TLS named groups, each once, as decimal numbers. */
const tlsSupportedGroups: SvcParamKey = {
  code: SVC_KEY.TLS_SUPPORTED_GROUPS,
  mnemonic: 'tls-supported-groups',
  parse(text) {
    const groups: number[] = [];
    for (const item of latin1(text).split(',')) {
      const group = numberOf(item);
      if (group === undefined) return undefined;
      groups.push(group);
    }
    const value = u16List(groups);
    return tlsSupportedGroups.isValid(value) ? value : undefined;
  },
  format: (value) => numbersOf(value).join(','),
  isValid: (value) =>
    value.length > 0 &&
    value.length % 2 === 0 &&
    new Set(numbersOf(value)).size === value.length / 2,
};

/** By their numbers, which have no gap. */
const KEYS: readonly SvcParamKey[] = [
  mandatory,
  // RFC 9460 section 7.1: protocol ids, one or more.
  stringList(SVC_KEY.ALPN, 'alpn', 1),
  flag(SVC_KEY.NO_DEFAULT_ALPN, 'no-default-alpn'),
  port,
  addressHint(SVC_KEY.IPV4HINT, 'ipv4hint', 4, parseIpv4Into, formatIpv4),
  ech,
  addressHint(SVC_KEY.IPV6HINT, 'ipv6hint', 16, parseIpv6Into, formatIpv6),
  dohpath,
  flag(SVC_KEY.OHTTP, 'ohttp'),
  tlsSupportedGroups,
  // RFC 9953 section 3.1: the segments of a path, none for the root.
  stringList(SVC_KEY.DOCPATH, 'docpath', 0),
  // draft-ietf-intarea-proxy-config: the host describes its provisioning domain.
  flag(SVC_KEY.PVD, 'pvd'),
];

const CODES: ReadonlyMap<string, number> = new Map(KEYS.map((key) => [key.mnemonic, key.code]));

/** What we know of a key; `undefined` for one whose value is plain octets. */
export function findSvcKey(code: number): SvcParamKey | undefined {
  return KEYS[code];
}

/** The number of `alpn` or `key1`; 65535 is reserved as the invalid key. */
export function svcKeyOfText(text: string): number | undefined {
  const known = CODES.get(text);
  if (known !== undefined) return known;
  if (!/^key(0|[1-9]\d{0,4})$/.test(text)) return undefined;
  const code = Number(text.slice(3));
  return code < 0xffff ? code : undefined;
}

/** `alpn`, or `key667` for a key that we do not know. */
export function formatSvcKey(code: number): string {
  return KEYS[code]?.mnemonic ?? `key${code}`;
}

/** The numbers of a value that is a list of 16-bit numbers. */
export function numbersOf(value: Uint8Array): number[] {
  const numbers: number[] = [];
  for (let at = 0; at + 1 < value.length; at += 2) numbers.push(readU16(value, at));
  return numbers;
}

function u16List(numbers: readonly number[]): Uint8Array {
  const value = new Uint8Array(numbers.length * 2);
  numbers.forEach((number, index) => asBuffer(value).writeUInt16BE(number, index * 2));
  return value;
}

function numberOf(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 0xffff ? Number(text) : undefined;
}

function splitList(text: Uint8Array): Uint8Array[] {
  const items: Uint8Array[] = [];
  let startAt = 0;
  for (let at = 0; at <= text.length; at++) {
    if (at < text.length && text[at] !== COMMA) continue;
    items.push(text.subarray(startAt, at));
    startAt = at + 1;
  }
  return items;
}

/** RFC 9460 appendix A.1: `\,` and `\\` stand for a comma and a backslash inside an item. */
function splitEscapedList(text: Uint8Array): number[][] {
  const items: number[][] = [[]];
  for (let at = 0; at < text.length; at++) {
    if (text[at] === COMMA) {
      items.push([]);
      continue;
    }
    const escapes =
      text[at] === BACKSLASH && (text[at + 1] === COMMA || text[at + 1] === BACKSLASH);
    if (escapes) at += 1;
    items[items.length - 1].push(text[at]);
  }
  return items;
}
