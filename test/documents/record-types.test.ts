// docs/reference/record-types.md lists the types of the code: which have a text form, and what
// becomes of names in their data.
import { readFile } from 'node:fs/promises';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findType } from '#dns/wire/rdata/registry.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { ARBITRARY_RDATA } from '../kit/arbitrary-records.ts';

interface Row {
  mnemonic: string;
  code: number;
  names: string;
}

/** The rows of the table under a heading of the page. */
async function rowsOf(heading: string): Promise<Row[]> {
  const page = await readFile('docs/reference/record-types.md', 'utf8');
  const from = page.indexOf(`\n## ${heading}\n`);
  const next = page.indexOf('\n## ', from + 1);
  const part = page.slice(from, next < 0 ? undefined : next);
  return [...part.matchAll(/^\| ([A-Z0-9-]+) \| (\d+) \|(.*)\|$/gm)].map(
    ([, mnemonic = '', code = '', rest = '']) => ({
      mnemonic,
      code: Number(code),
      names: rest.split('|').at(-1)?.trim() ?? '',
    }),
  );
}

const ALL = new Map(Object.entries(TYPE));

/** What the page should say of a type's names, seen from samples of its data. */
function namesOf(code: number): string {
  const arbitrary = ARBITRARY_RDATA.get(code);
  const type = findType(code);
  if (arbitrary === undefined || type === undefined) return 'no sample';
  const samples = fc.sample(arbitrary, { numRuns: 60, seed: 1 });
  const names = samples.flatMap((rdata) => type.names(rdata));
  if (names.length === 0) return '';
  if (names.some(({ compressible }) => compressible)) return 'compressed, folded';
  return type.foldsNames ? 'folded' : 'as they are';
}

describe('the page of record types', () => {
  it('has each type once, with its number', async () => {
    const headings = ['With a text form', 'Only in the generic form', 'Never in a zone'];
    const rows = (await Promise.all(headings.map(rowsOf))).flat();
    expect(new Map(rows.map(({ mnemonic, code }) => [mnemonic, code]))).toEqual(ALL);
    expect(rows).toHaveLength(ALL.size);
  });

  it('says which have a text form', async () => {
    const rows = await rowsOf('With a text form');
    const known = [...ALL.values()].filter((code) => findType(code) !== undefined);
    expect(rows.map(({ code }) => code)).toEqual(known);
  });

  it('says what becomes of names in the data', async () => {
    const rows = await rowsOf('With a text form');
    expect(rows.map(({ mnemonic, names }) => [mnemonic, names])).toEqual(
      rows.map(({ mnemonic, code }) => [mnemonic, namesOf(code)]),
    );
  });
});
