/**
 * Proofs of what does not exist, read from records as text (dns-reply.ts): which names NSEC and
 * NSEC3 records match and which they cover. The hash is node:crypto's, not the server's own.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compareNames, formatName, type Name, parseName } from '#dns/wire/name.ts';

const BASE32HEX = '0123456789abcdefghijklmnopqrstuv';

/** Master file text of a signed zone that the comparison with other servers uses too. */
export function signedZoneText(zone: string): string {
  const file = `../peers/differential/zones/${zone}zone`;
  return readFileSync(fileURLToPath(new URL(file, import.meta.url)), 'utf8');
}

export interface Denials {
  /** One of them is at the name. */
  matches(name: string): boolean;
  /** One of them spans the name. */
  covers(name: string): boolean;
  /** The types of the one at the name. */
  typesAt(name: string): string[];
}

/** @param records as `owner ttl TYPE data`, others than NSEC are passed over */
export function readNsec(records: readonly string[]): Denials {
  const spans = records
    .map((record) => record.split(' '))
    .filter(([, , type]) => type === 'NSEC')
    .map(([owner, , , next, ...types]) => ({ from: parseName(owner), to: parseName(next), types }));
  const at = (name: string) => spans.find(({ from }) => compareNames(from, parseName(name)) === 0);
  return {
    matches: (name) => at(name) !== undefined,
    covers: (name) => spans.some(({ from, to }) => isWithin(parseName(name), from, to)),
    typesAt: (name) => at(name)?.types ?? [],
  };
}

function isWithin(name: Name, from: Name, to: Name): boolean {
  const isBehind = compareNames(from, name) < 0;
  // The last one leads back to the apex.
  return compareNames(from, to) < 0
    ? isBehind && compareNames(name, to) < 0
    : isBehind || compareNames(name, to) < 0;
}

/** The same for NSEC3 (RFC 5155). */
export function readNsec3(records: readonly string[]): Denials {
  const spans = records
    .map((record) => record.split(' '))
    .filter(([, , type]) => type === 'NSEC3')
    .map(([owner, , , , , iterations, salt, next, ...types]) => {
      const hash = (name: string): string => hashName(name, Number(iterations), salt);
      return { from: owner.split('.')[0].toLowerCase(), to: next.toLowerCase(), hash, types };
    });
  const at = (name: string) => spans.find(({ from, hash }) => from === hash(name));
  return {
    matches: (name) => at(name) !== undefined,
    covers: (name) =>
      spans.some(({ from, to, hash }) => {
        const own = hash(name);
        return from < to ? from < own && own < to : from < own || own < to;
      }),
    typesAt: (name) => at(name)?.types ?? [],
  };
}

function hashName(name: string, iterations: number, saltText: string): string {
  const salt = Buffer.from(saltText === '-' ? '' : saltText, 'hex');
  let digest: Uint8Array = parseName(formatName(parseName(name)).toLowerCase());
  for (let round = 0; round <= iterations; round++) {
    digest = createHash('sha1').update(digest).update(salt).digest();
  }
  const bits = [...digest].map((octet) => octet.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{5}/g) ?? [];
  return groups.map((group) => BASE32HEX[Number.parseInt(group, 2)]).join('');
}
