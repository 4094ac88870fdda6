import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes, concatBytes } from '#base/bytes.ts';
import { CodedError } from '#base/coded-error.ts';
import { emptyTotals, readRows, writeRows } from '#store/backup/row-stream.ts';
import { formatDigest } from '#store/digest.ts';
import type { Entry } from '#store/key-value-store.ts';
import { KEYSPACE } from '#store/keyspace.ts';
import { readAllRows, temporaryStore } from '../../kit/temporary-store.ts';

const octets = fc.uint8Array({ maxLength: 40 });
const key = fc
  .tuple(fc.integer({ min: KEYSPACE.layout + 1, max: 0xfe }), octets)
  .map(([prefix, rest]) => concatBytes([Uint8Array.of(prefix), rest]));
const table = fc.uniqueArray(fc.record({ key, value: octets }), {
  selector: (row) => Buffer.from(row.key).toString('hex'),
  maxLength: 40,
});

describe('any rows', () => {
  it('come back from the store in octet order, through text and UTF-8 as they were', async () => {
    const store = await temporaryStore();
    await fc.assert(
      fc.asyncProperty(table, async (rows) => {
        await store.write(rows);
        const found = (await readAllRows(store)).map(plain);
        expect(found).toEqual([...rows].sort((a, b) => compareBytes(a.key, b.key)).map(plain));
        await store.write(rows.map((row) => ({ key: row.key, delete: true as const })));
      }),
      { numRuns: 60 },
    );
  });

  it('come back from a backup stream, however it is cut into chunks', async () => {
    const store = await temporaryStore();
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 50 }), async (rows, size) => {
        await store.write(rows);
        const written = emptyTotals();
        const stream = concatBytes(await collect(writeRows(store, written)));
        const read = emptyTotals();
        const found = (await collect(readRows(cut(stream, size), read, 'it'))).flat();
        expect(read.rows).toBe(rows.length + 1);
        expect(formatDigest(read.digest)).toBe(formatDigest(written.digest));
        expect(found.slice(1).map(plain)).toEqual((await readAllRows(store)).map(plain));
        await store.write(rows.map((row) => ({ key: row.key, delete: true as const })));
      }),
      { numRuns: 40 },
    );
  });
});

describe('a stream of rows', () => {
  it('raises only coded errors, whatever octets it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (tail, hasMagic) => {
        const stream = hasMagic ? concatBytes([Buffer.from('HFROWS1\n'), tail]) : tail;
        const error = await collect(readRows(cut(stream, 30), emptyTotals(), 'it')).catch(
          (raised: unknown) => raised,
        );
        expect(error).toBeInstanceOf(CodedError);
      }),
    );
  });
});

function plain(row: Entry): [string, string] {
  return [Buffer.from(row.key).toString('hex'), Buffer.from(row.value).toString('hex')];
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function* cut(stream: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < stream.length; at += size) yield stream.subarray(at, at + size);
}
