/**
 * Strings of any octets (RFC 1035 section 3.3 and 5.1): the character-string with its length octet
 * in front, lists of them, and the long text of CAA and URI that runs to the end of the RDATA.
 * Printed in quotes; `"` and `\` escaped with a backslash, what is not printable ASCII as `\DDD`.
 */
import type { RdataWriter } from '../rdata-writer.ts';
import type { Tokens } from '../tokens.ts';
import { copyOctets, type Field, shortRdata } from './field.ts';

const STRING_SIZE_MAX = 255;
const BACKSLASH = 0x5c;
const QUOTE = 0x22;

/** One string of at most 255 octets, quoted or not. */
export function characterString(what: string): Field {
  return {
    parse(tokens, out) {
      writeCharacterString(tokens, tokens.take(what), false, out);
    },
    format: (rdata, at) => formatQuoted(rdata, at + 1, at + 1 + rdata[at]),
    read: (message, at, end, out) => readCharacterString(message, at, end, out, what),
    size: (rdata, at) => 1 + rdata[at],
  };
}

/** `characterString` at the end of the record, which may be left out. */
export function optionalString(what: string): Field {
  const string = characterString(what);
  return {
    parse(tokens, out) {
      if (!tokens.atEnd) string.parse(tokens, out);
    },
    format: (rdata, at) => (at === rdata.length ? '' : string.format(rdata, at)),
    read: (message, at, end, out) => (at === end ? at : string.read(message, at, end, out)),
    size: (rdata, at) => rdata.length - at,
  };
}

/** One or more strings, to the end of the record. */
export function characterStrings(what: string): Field {
  return {
    parse(tokens, out) {
      do writeCharacterString(tokens, tokens.take(what), tokens.splitsLongStrings, out);
      while (!tokens.atEnd);
    },
    format(rdata, at) {
      let text = '';
      for (let next = at; next < rdata.length; next += 1 + rdata[next]) {
        if (next !== at) text += ' ';
        text += formatQuoted(rdata, next + 1, next + 1 + rdata[next]);
      }
      return text;
    },
    read(message, at, end, out) {
      let next = at;
      do next = readCharacterString(message, next, end, out, what);
      while (next < end);
      return next;
    },
    size: (rdata, at) => rdata.length - at,
  };
}

/** Text without a length of its own, to the end of the RDATA; one token. */
export function longText(what: string, sizeMin: number): Field {
  return {
    parse(tokens, out) {
      const index = tokens.take(what);
      const before = out.size;
      writeUnescaped(tokens, index, out);
      if (out.size - before < sizeMin) tokens.fail(`expected ${what}`, index);
    },
    format: (rdata, at) => formatQuoted(rdata, at, rdata.length),
    read(message, at, end, out) {
      if (end - at < sizeMin) throw shortRdata(what);
      return copyOctets(message, at, end - at, end, out, what);
    },
    size: (rdata, at) => rdata.length - at,
  };
}

/** @param splits a quoted string that is too long may become several */
function writeCharacterString(
  tokens: Tokens,
  index: number,
  splits: boolean,
  out: RdataWriter,
): void {
  const lengthAt = out.size;
  out.u8(0);
  writeUnescaped(tokens, index, out);
  const size = out.size - lengthAt - 1;
  if (size <= STRING_SIZE_MAX) {
    out.buffer[lengthAt] = size;
    return;
  }
  if (!splits || !tokens.quoted[index]) {
    tokens.fail(`a string of ${size} octets; split it into strings of at most 255`, index);
  }
  const whole = out.buffer.slice(lengthAt + 1, out.size);
  out.size = lengthAt;
  for (let at = 0; at < size; at += STRING_SIZE_MAX) {
    const next = Math.min(at + STRING_SIZE_MAX, size);
    out.u8(next - at);
    out.range(whole, at, next);
  }
}

function readCharacterString(
  message: Uint8Array,
  at: number,
  end: number,
  out: RdataWriter,
  what: string,
): number {
  if (at >= end) throw shortRdata(what);
  return copyOctets(message, at, 1 + message[at], end, out, what);
}

/**
 * Writes the octets that a token stands for: `\DDD` and `\X` resolved.
 * @param from where in the source to begin, if not at the token's start
 */
export function writeUnescaped(
  tokens: Tokens,
  index: number,
  out: RdataWriter,
  from: number = tokens.starts[index],
): void {
  const { source } = tokens;
  const end = tokens.ends[index];
  let plainAt = from;
  for (let at = plainAt; at < end; at++) {
    if (source[at] !== BACKSLASH) continue;
    out.range(source, plainAt, at);
    const value = escapeValue(source, at, end);
    if (value < 0) tokens.fail('an escape that is not \\000 to \\255 or \\ and a character', index);
    out.u8(value);
    at += isDigit(source[at + 1]) ? 3 : 1;
    plainAt = at + 1;
  }
  out.range(source, plainAt, end);
}

/** The octet that the escape at `at` stands for, or -1. */
function escapeValue(source: Uint8Array, at: number, end: number): number {
  if (at + 1 >= end) return -1;
  if (!isDigit(source[at + 1])) return source[at + 1];
  if (at + 3 >= end || !isDigit(source[at + 2]) || !isDigit(source[at + 3])) return -1;
  const value =
    (source[at + 1] - 0x30) * 100 + (source[at + 2] - 0x30) * 10 + source[at + 3] - 0x30;
  return value <= 255 ? value : -1;
}

function isDigit(octet: number): boolean {
  return octet >= 0x30 && octet <= 0x39;
}

/** The octets `[at, end)` as a quoted string. */
export function formatQuoted(octets: Uint8Array, at: number, end: number): string {
  return `"${formatEscaped(octets, at, end)}"`;
}

/** The octets `[at, end)` as they stand between quotes. */
export function formatEscaped(octets: Uint8Array, at: number, end: number): string {
  let text = '';
  for (let next = at; next < end; next++) {
    const octet = octets[next];
    if (octet < 0x20 || octet >= 0x7f) text += `\\${String(octet).padStart(3, '0')}`;
    else if (octet === QUOTE || octet === BACKSLASH) text += `\\${String.fromCharCode(octet)}`;
    else text += String.fromCharCode(octet);
  }
  return text;
}
