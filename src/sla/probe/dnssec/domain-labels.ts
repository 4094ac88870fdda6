/**
 * Domain names as DNSSEC compares them (RFC 4034 section 6.1): labels in lower case, one character
 * an octet, the leftmost first, the root an empty list. dns-packet gives names as text in which a
 * dot inside a label, or an octet that is no UTF-8, cannot be told; a signature can.
 */
import { createHash } from 'node:crypto';
import { formatBase32Hex } from '#base/bytes.ts';

export type Labels = readonly string[];

const LABEL_SIZE_MAX = 63;
const ROOT: Labels = [];

/** From master-file text, with or without its final dot; `undefined` if it is no name. */
export function parseLabels(text: string): Labels | undefined {
  if (text === '.') return ROOT;
  const labels = [''];
  for (const [piece, escaped, plain] of text
    .replace(/\.$/, '')
    .matchAll(/\\(\d{3}|[^\d])|([^\\])/gs)) {
    if (piece === '.') labels.push('');
    else labels[labels.length - 1] += plain ?? unescape(escaped ?? '');
  }
  const isName = labels.every((label) => label !== '' && label.length <= LABEL_SIZE_MAX);
  return isName ? labels.map(lowerAscii) : undefined;
}

function unescape(escaped: string): string {
  return escaped.length === 3 ? String.fromCharCode(Number(escaped) & 0xff) : escaped;
}

/** With its final dot; for messages and keys of maps. */
export function formatLabels(labels: Labels): string {
  const parts = labels.map((label) =>
    label.replace(/[.\\]/g, '\\$&').replace(/[^!-~]/g, (octet) => {
      return `\\${String(octet.charCodeAt(0)).padStart(3, '0')}`;
    }),
  );
  return `${parts.join('.')}.`;
}

/** The wire form, uncompressed: what is hashed and signed. */
export function wireOf(labels: Labels): Buffer {
  const parts = labels.map((label) => `${String.fromCharCode(label.length)}${label}`);
  return Buffer.from(`${parts.join('')}\0`, 'latin1');
}

export function isSameLabels(a: Labels, b: Labels): boolean {
  return a.length === b.length && isAtOrBelow(a, b);
}

/** True for the name itself too. */
export function isAtOrBelow(name: Labels, ancestor: Labels): boolean {
  const above = name.length - ancestor.length;
  return above >= 0 && ancestor.every((label, at) => label === name[above + at]);
}

/** Canonical order (RFC 4034 6.1): from the rightmost label on, octet by octet. */
export function compareLabels(a: Labels, b: Labels): number {
  for (let back = 1; back <= Math.min(a.length, b.length); back++) {
    const left = a[a.length - back] ?? '';
    const right = b[b.length - back] ?? '';
    if (left !== right) return left < right ? -1 : 1;
  }
  return a.length - b.length;
}

/** How many labels the two have in common at their right ends. */
export function commonLabels(a: Labels, b: Labels): number {
  let count = 0;
  while (
    count < Math.min(a.length, b.length) &&
    a[a.length - 1 - count] === b[b.length - 1 - count]
  ) {
    count += 1;
  }
  return count;
}

/** A to Z only: other octets are compared as they are (RFC 4343). */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** The hash of RFC 5155 section 5 with SHA-1, in lower-case base 32 (extended hex). */
export function nsec3Hash(name: Labels, salt: Uint8Array, iterations: number): string {
  let digest = createHash('sha1').update(wireOf(name)).update(salt).digest();
  for (let turn = 0; turn < iterations; turn++) {
    digest = createHash('sha1').update(digest).update(salt).digest();
  }
  return base32HexOf(digest);
}

/** Lower-case base 32 (extended hex), whose order is that of the octets. */
export function base32HexOf(octets: Uint8Array): string {
  return formatBase32Hex(octets).toLowerCase();
}
