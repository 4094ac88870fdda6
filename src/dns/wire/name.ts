/**
 * Domain names (RFC 1035 section 3.1, 4.1.4; text form section 5.1; order RFC 4034 section 6.1).
 *
 * A Name is its uncompressed wire form: length-prefixed labels and the root's zero octet, at most
 * 255 octets, any octet in a label. Case is kept and never compared. `nameKey` gives the string
 * that stands for a name in Maps; `sortKey` gives octets whose plain order is canonical order.
 */
import { CodedError } from '#base/coded-error.ts';

export type Name = Uint8Array;

export const NAME_SIZE_MAX = 255;
export const LABEL_SIZE_MAX = 63;
export const ROOT: Name = Uint8Array.of(0);

/** Raised by `parseName` as NAME_INVALID; the message says what was wrong with the text. */
export class NameError extends CodedError {
  constructor(message: string) {
    super('NAME_INVALID', message);
  }
}

const DOT = 0x2e;
const BACKSLASH = 0x5c;

/** ASCII lower case of one octet. */
export function lowerOctet(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
}

/**
 * Reads the text form: `\DDD` and `\X` escapes, a final dot for an absolute name, `@` is not
 * special here. Non-ASCII characters become their UTF-8 octets.
 * @param origin what a name without final dot is completed with; without it such a name is an error
 * @throws NameError NAME_INVALID
 */
export function parseName(text: string, origin?: Name): Name {
  return parseNameBytes(new TextEncoder().encode(text), origin);
}

/** `parseName` over octets. */
export function parseNameBytes(text: Uint8Array, origin?: Name): Name {
  const out = new Uint8Array(NAME_SIZE_MAX);
  return out.slice(0, parseNameInto(text, 0, text.length, origin, out, 0));
}

/**
 * `parseName` over the octets `text[start..end)`, written to `out` from `outAt` on, where there is
 * room for 255 octets. For loaders: it allocates nothing.
 * @returns the size of the name
 */
export function parseNameInto(
  text: Uint8Array,
  start: number,
  end: number,
  origin: Name | undefined,
  out: Uint8Array,
  outAt: number,
): number {
  if (start === end) throw new NameError('empty name');
  if (end === start + 1 && text[start] === DOT) {
    out[outAt] = 0;
    return 1;
  }
  let size = 1;
  let labelAt = 0;
  for (let at = start; at < end; at++) {
    let octet = text[at];
    if (octet === DOT) {
      if (size === labelAt + 1) throw emptyLabel(text, start, end);
      if (size - labelAt > LABEL_SIZE_MAX + 1) throw longLabel(text, start, end);
      out[outAt + labelAt] = size - labelAt - 1;
      if (size >= NAME_SIZE_MAX) throw tooLong(text, start, end);
      if (at === end - 1) {
        out[outAt + size] = 0;
        return size + 1;
      }
      labelAt = size;
      size += 1;
      continue;
    }
    if (octet === BACKSLASH) {
      octet = escapedOctet(text, at, start, end);
      at += isDigit(text[at + 1]) ? 3 : 1;
    }
    if (size >= NAME_SIZE_MAX) throw tooLong(text, start, end);
    out[outAt + size] = octet;
    size += 1;
  }
  if (size - labelAt > LABEL_SIZE_MAX + 1) throw longLabel(text, start, end);
  out[outAt + labelAt] = size - labelAt - 1;
  if (origin === undefined) {
    throw new NameError(`name '${shown(text, start, end)}' must end in a dot`);
  }
  if (size + origin.length > NAME_SIZE_MAX) throw tooLong(text, start, end);
  for (let at = 0; at < origin.length; at++) out[outAt + size + at] = origin[at];
  return size + origin.length;
}

/** The octet that the escape at `at` stands for. */
function escapedOctet(text: Uint8Array, at: number, start: number, end: number): number {
  if (at + 1 >= end) {
    throw new NameError(`name '${shown(text, start, end)}' ends in a backslash`);
  }
  const first = text[at + 1];
  if (!isDigit(first)) return first;
  const value = (first - 0x30) * 100 + (text[at + 2] - 0x30) * 10 + (text[at + 3] - 0x30);
  if (at + 3 >= end || !isDigit(text[at + 2]) || !isDigit(text[at + 3]) || value > 255) {
    const name = shown(text, start, end);
    throw new NameError(`name '${name}' has an escape that is not \\000 to \\255`);
  }
  return value;
}

function isDigit(octet: number): boolean {
  return octet >= 0x30 && octet <= 0x39;
}

function emptyLabel(text: Uint8Array, start: number, end: number): NameError {
  return new NameError(`name '${shown(text, start, end)}' has an empty label`);
}

function longLabel(text: Uint8Array, start: number, end: number): NameError {
  return new NameError(`name '${shown(text, start, end)}' has a label of over 63 octets`);
}

function tooLong(text: Uint8Array, start: number, end: number): NameError {
  return new NameError(`name '${shown(text, start, end)}' is longer than 255 octets`);
}

function shown(text: Uint8Array, start: number, end: number): string {
  const whole = Buffer.from(text.subarray(start, end)).toString('utf8');
  return whole.length <= 80 ? whole : `${whole.slice(0, 77)}...`;
}

/** Text form, absolute, with the escapes of RFC 1035 section 5.1; the root is `.`. */
export function formatName(name: Name): string {
  if (name[0] === 0) return '.';
  let text = '';
  for (let at = 0; name[at] !== 0; at += 1 + name[at]) {
    text += `${formatLabel(name, at)}.`;
  }
  return text;
}

/** The text of the one label whose length octet is at `at`. */
export function formatLabel(name: Name, at: number): string {
  let text = '';
  const end = at + 1 + name[at];
  for (let next = at + 1; next < end; next++) {
    const octet = name[next];
    if (octet <= 0x20 || octet >= 0x7f) text += `\\${String(octet).padStart(3, '0')}`;
    else if (SPECIAL.has(octet)) text += `\\${String.fromCharCode(octet)}`;
    else text += String.fromCharCode(octet);
  }
  return text;
}

/** Characters that a master file would read as something else: " $ ( ) . ; @ \ */
const SPECIAL = new Set([0x22, 0x24, 0x28, 0x29, 0x2e, 0x3b, 0x40, 0x5c]);

/** Offsets of the length octets of all labels, leftmost first, the root's not counted. */
export function labelOffsets(name: Name): number[] {
  const offsets: number[] = [];
  for (let at = 0; name[at] !== 0; at += 1 + name[at]) offsets.push(at);
  return offsets;
}

/** Number of labels, the root not counted (RFC 4034 section 3.1.3 counts so, wildcard apart). */
export function labelCount(name: Name): number {
  let count = 0;
  for (let at = 0; name[at] !== 0; at += 1 + name[at]) count += 1;
  return count;
}

/** A copy in ASCII lower case. */
export function lowerName(name: Name): Name {
  const lower = new Uint8Array(name);
  for (let at = 0; at < lower.length; at++) lower[at] = lowerOctet(lower[at]);
  return lower;
}

/** The string that stands for the name in a Map: lower case, one character per octet. */
export function nameKey(name: Name): string {
  let key = '';
  for (const octet of name) key += String.fromCharCode(lowerOctet(octet));
  return key;
}

/** Case-insensitive (RFC 4343). Length octets are below 64, so folding cannot touch them. */
export function equalNames(a: Name, b: Name): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) {
    if (a[at] !== b[at] && lowerOctet(a[at]) !== lowerOctet(b[at])) return false;
  }
  return true;
}

/** True if `name` is `ancestor` or below it. */
export function isAtOrBelow(name: Name, ancestor: Name): boolean {
  const from = name.length - ancestor.length;
  if (from < 0) return false;
  let at = 0;
  while (at < from) at += 1 + name[at];
  if (at !== from) return false;
  // No view of the end: making one costs ten times what the comparison does.
  for (let step = 0; step < ancestor.length; step++) {
    const octet = name[from + step];
    if (octet !== ancestor[step] && lowerOctet(octet) !== lowerOctet(ancestor[step])) return false;
  }
  return true;
}

/** True if `name` is below `ancestor` and not it. */
export function isBelow(name: Name, ancestor: Name): boolean {
  return name.length > ancestor.length && isAtOrBelow(name, ancestor);
}

/** The name without its leftmost label (a view); the root has no parent. */
export function parentName(name: Name): Name | undefined {
  return name[0] === 0 ? undefined : name.subarray(1 + name[0]);
}

/** True if the leftmost label is exactly `*` (RFC 4592 section 2.1.1). */
export function isWildcard(name: Name): boolean {
  return name[0] === 1 && name[1] === 0x2a;
}

/** `*.` in front of the name. @throws NameError if that would exceed 255 octets */
export function wildcardOf(name: Name): Name {
  if (name.length + 2 > NAME_SIZE_MAX) throw new NameError('wildcard longer than 255 octets');
  const wildcard = new Uint8Array(name.length + 2);
  wildcard[0] = 1;
  wildcard[1] = 0x2a;
  wildcard.set(name, 2);
  return wildcard;
}

/**
 * Octets whose unsigned lexicographic order is the canonical order of names, and in which an
 * ancestor's key is a prefix of its descendants': labels from the right, lower case, each ended
 * by 0x00; inside a label 0x00 becomes 01 01 and 0x01 becomes 01 02. The root's key is empty.
 * @param below leave out the labels of this ancestor (the key relative to a zone's apex)
 */
export function sortKey(name: Name, below?: Name): Uint8Array {
  const key = new Uint8Array(sortKeySize(name, below));
  writeSortKey(name, below, key);
  return key;
}

/** Octets of `sortKey`. */
function sortKeySize(name: Name, below: Name | undefined): number {
  let size = 0;
  let left = labelCount(name) - (below === undefined ? 0 : labelCount(below));
  for (let label = 0; left > 0; left--) {
    const next = label + 1 + name[label];
    size += next - label;
    for (let at = label + 1; at < next; at++) if (name[at] <= 1) size += 1;
    label = next;
  }
  return size;
}

/**
 * `sortKey` into memory that the caller keeps: as long as the key, or twice as long as a name may
 * be, which is always enough.
 * @returns its size
 */
export function writeSortKey(name: Name, below: Name | undefined, key: Uint8Array): number {
  let left = labelCount(name) - (below === undefined ? 0 : labelCount(below));
  // Filled from the back, as the labels come from the left.
  let at = key.length;
  for (let label = 0; left > 0; left--) {
    const next = label + 1 + name[label];
    at -= 1;
    key[at] = 0;
    for (let from = next - 1; from > label; from--) {
      const octet = lowerOctet(name[from]);
      at -= 1;
      key[at] = octet <= 1 ? octet + 1 : octet;
      if (octet > 1) continue;
      at -= 1;
      key[at] = 1;
    }
    label = next;
  }
  const size = key.length - at;
  if (at > 0) key.copyWithin(0, at);
  return size;
}

/** The name whose `sortKey` this is (in lower case). The key must be one that `sortKey` made. */
export function nameOfSortKey(key: Uint8Array, below: Name = ROOT): Name {
  const labels: number[][] = [];
  let label: number[] = [];
  for (let at = 0; at < key.length; at++) {
    const octet = key[at];
    if (octet === 0) {
      labels.push(label);
      label = [];
    } else if (octet === 1) {
      at += 1;
      label.push(key[at] - 1);
    } else label.push(octet);
  }
  const out: number[] = [];
  for (let index = labels.length - 1; index >= 0; index--) {
    out.push(labels[index].length, ...labels[index]);
  }
  const name = new Uint8Array(out.length + below.length);
  name.set(out);
  name.set(below, out.length);
  return name;
}

/** Canonical order (RFC 4034 section 6.1): negative, zero or positive. */
export function compareNames(a: Name, b: Name): number {
  const aOffsets = labelOffsets(a);
  const bOffsets = labelOffsets(b);
  const shared = Math.min(aOffsets.length, bOffsets.length);
  for (let depth = 1; depth <= shared; depth++) {
    const order = compareLabels(
      a,
      aOffsets[aOffsets.length - depth],
      b,
      bOffsets[bOffsets.length - depth],
    );
    if (order !== 0) return order;
  }
  return aOffsets.length - bOffsets.length;
}

function compareLabels(a: Name, aAt: number, b: Name, bAt: number): number {
  const shared = Math.min(a[aAt], b[bAt]);
  for (let step = 1; step <= shared; step++) {
    const order = lowerOctet(a[aAt + step]) - lowerOctet(b[bAt + step]);
    if (order !== 0) return order;
  }
  return a[aAt] - b[bAt];
}
