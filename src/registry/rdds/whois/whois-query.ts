/**
 * What a line of WHOIS asks for. The gTLD agreement (specification 4, section 1) has a bare name
 * for a domain, and the keywords `domain`, `nameserver` and `registrar` in front of the rest;
 * people also type addresses, registrars' numbers, and what clients of other registries put there.
 */
import { readAddress, readName } from '../directory-query.ts';

export type WhoisQuery =
  | { kind: 'domain'; name: string }
  /** A bare name: a domain, or else a name server. */
  | { kind: 'name'; name: string }
  | { kind: 'nameserver'; name: string }
  | { kind: 'address'; address: string }
  | { kind: 'registrar'; text: string };

const KEYWORDS = /^(?:(domain|nameserver|name server|host|registrar)\b[\s=:]*|=)/i;

/** @returns `undefined` for what no object can be called */
export function readWhoisQuery(line: string): WhoisQuery | undefined {
  const text = line.trim();
  const [whole = '', keyword] = KEYWORDS.exec(text) ?? [];
  const rest = text.slice(whole.length).trim();
  // `registrar` alone could be a label, and is no query with a keyword.
  if (keyword === undefined || rest === '') return bareQuery(whole === '=' ? rest : text);
  switch (keyword.toLowerCase()) {
    case 'registrar':
      return { kind: 'registrar', text: rest };
    case 'domain': {
      const name = readName(rest);
      return name === undefined ? undefined : { kind: 'domain', name };
    }
    default:
      return hostQuery(rest);
  }
}

function bareQuery(text: string): WhoisQuery | undefined {
  const address = readAddress(text);
  if (address !== undefined) return { kind: 'address', address };
  const name = readName(text);
  return name === undefined ? undefined : { kind: 'name', name };
}

function hostQuery(text: string): WhoisQuery | undefined {
  // `nameserver (192.0.2.1)` is how the agreement writes it.
  const address = readAddress(text.replace(/^\((.*)\)$/, '$1'));
  if (address !== undefined) return { kind: 'address', address };
  const name = readName(text);
  return name === undefined ? undefined : { kind: 'nameserver', name };
}
