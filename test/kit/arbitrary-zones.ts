/**
 * Small random zones in which everything meets: a parent, its child and a neighbour, with names of
 * few labels so that cuts, DNAMEs, wildcards, empty non-terminals and chains run into each other.
 */
import * as fc from 'fast-check';
import { parseName } from '#dns/wire/name.ts';
import { parseRdataText } from '#dns/wire/rdata/rdata-text.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { Rrset } from '#dns/zone/rrset.ts';
import { buildRrset } from '#dns/zone/rrset-builder.ts';

export const APEXES = ['x.', 'a.x.', 'y.'] as const;
export const QTYPES = [
  TYPE.A,
  TYPE.AAAA,
  TYPE.NS,
  TYPE.CNAME,
  TYPE.SOA,
  TYPE.MX,
  TYPE.TXT,
  TYPE.DNAME,
  TYPE.DS,
  TYPE.ANY,
];

const label = fc.constantFrom('a', 'b', 'c', '*');
const relative = fc.array(label, { maxLength: 4 }).map((labels) => labels.join('.'));

/** A name in or near the zones. */
export const nearName: fc.Arbitrary<string> = fc
  .tuple(relative, fc.constantFrom(...APEXES, 'z.'))
  .map(([name, apex]) => (name === '' ? apex : `${name}.${apex}`));

export function makeRrset(owner: string, type: number, texts: string[], ttl = 3600): Rrset {
  const rdatas = texts.map((text) => parseRdataText(type, text));
  return buildRrset(
    parseName(owner),
    type,
    rdatas.map(() => ttl),
    rdatas,
  ).rrset;
}

const names = fc.array(nearName, { minLength: 1, maxLength: 3 });

/** RDATA texts of one type. */
const CONTENT: [number, fc.Arbitrary<string[]>][] = [
  [TYPE.A, fc.constantFrom(['192.0.2.1'], ['192.0.2.2', '192.0.2.3'])],
  [TYPE.AAAA, fc.constant(['2001:db8::1'])],
  [TYPE.NS, names],
  [TYPE.CNAME, nearName.map((name) => [name])],
  [TYPE.MX, names.map((all) => all.map((name, index) => `${index} ${name}`))],
  [TYPE.TXT, fc.constantFrom(['"one"'], ['"one"', '"two"'])],
  [TYPE.DNAME, nearName.map((name) => [name])],
  [TYPE.DS, fc.constant([`1 13 2 ${'ab'.repeat(32)}`])],
];

export function soaOf(apex: string, serial: number, minimum = 300): Rrset {
  return makeRrset(apex, TYPE.SOA, [
    `ns.${apex} host.c.${apex} ${serial} 7200 1800 99999 ${minimum}`,
  ]);
}

/** An RRset of a zone, or that there be none of its type. */
export interface RrsetDraft {
  owner: string;
  type: number;
  texts: string[];
}

export function arbitraryRrset(apex: string): fc.Arbitrary<RrsetDraft> {
  const owner = relative.map((name) => (name === '' ? apex : `${name}.${apex}`));
  const content = fc.oneof(
    ...CONTENT.map(([type, texts]) => texts.map((all) => ({ type, texts: all }))),
  );
  return fc
    .tuple(owner, content)
    .map(([name, { type, texts }]) => ({ owner: name, type, texts }))
    .filter(({ owner: name, type }) => name !== apex || (type !== TYPE.CNAME && type !== TYPE.DS));
}
