// Batches of changes against a model that applies one edit after the other to plain maps.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { BatchAdapter } from '#app/adapters/batch-port.ts';
import { CodedError } from '#base/coded-error.ts';
import { parseName } from '#dns/wire/name.ts';
import type { BatchEdit, ZoneChange } from '#http/api/change-ports.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';
import { createExample, listRecords, openTestZoneDb } from '../../../kit/zone-db.ts';

const ZONES = ['example.com.', 'example.net.'];
const CONTEXT = { actor: 'me', sourceAddress: '192.0.2.1', requestId: 'r', receivedAtMs: 0 };
const CONTENTS: Record<string, string[]> = {
  A: ['192.0.2.1', '192.0.2.2', '192.0.2.3'],
  TXT: ['"x"', '"y"', '"z"'],
  CNAME: ['a.example.', 'b.example.'],
};

/** By zone: TTL and contents of each RRset, by `name type`. */
type Model = Map<string, Map<string, { ttl: number; contents: Set<string> }>>;

function arbitraryEdit(zone: string): fc.Arbitrary<BatchEdit> {
  const name = fc.constantFrom('a', 'b').map((label) => `${label}.${zone}`);
  return fc.constantFrom('A', 'A', 'TXT', 'TXT', 'CNAME').chain((type) => {
    const contents = fc.uniqueArray(fc.constantFrom(...(CONTENTS[type] ?? [])), {
      minLength: 1,
      maxLength: 2,
    });
    return fc.record({
      change: fc.constantFrom('REPLACE', 'DELETE', 'EXTEND', 'PRUNE'),
      name,
      type: fc.constant(type),
      ttl: fc.constantFrom(60, 60, 60, 300),
      records: contents.map((list) => list.map((content) => ({ content, disabled: false }))),
    });
  });
}

const arbitraryBatches = fc.array(
  fc.subarray(ZONES, { minLength: 1 }).chain((zones) =>
    fc.tuple(
      ...zones.map((zone) =>
        fc.record({
          zone: fc.constant(zone),
          edits: fc.array(arbitraryEdit(zone), { minLength: 1, maxLength: 4 }),
        }),
      ),
    ),
  ),
  { minLength: 1, maxLength: 8 },
);

/** False: the edit cannot be made. */
function applyEdit(zone: Model extends Map<string, infer Z> ? Z : never, edit: BatchEdit): boolean {
  const key = `${edit.name} ${edit.type}`;
  const given = edit.records.map(({ content }) => content);
  const held = zone.get(key);
  if (edit.change === 'REPLACE') zone.set(key, { ttl: edit.ttl ?? 0, contents: new Set(given) });
  if (edit.change === 'DELETE') zone.delete(key);
  if (edit.change === 'PRUNE') {
    for (const content of given) held?.contents.delete(content);
    if (held?.contents.size === 0) zone.delete(key);
  }
  if (edit.change !== 'EXTEND') return true;
  const isNew = given.some((content) => held?.contents.has(content) !== true);
  if (held !== undefined && isNew && held.ttl !== edit.ttl) return false;
  const contents = new Set([...(held?.contents ?? []), ...given]);
  zone.set(key, { ttl: held?.ttl ?? edit.ttl ?? 0, contents });
  return true;
}

/** One CNAME, and nothing beside it. */
function canStand(zone: ReadonlyMap<string, { contents: Set<string> }>): boolean {
  return [...zone].every(([key, { contents }]) => {
    const [name = '', type] = key.split(' ');
    if (type !== 'CNAME') return true;
    const others = [...zone.keys()].filter((other) => other.startsWith(`${name} `));
    return contents.size === 1 && others.length === 1;
  });
}

function linesOf(model: Model, zone: string): string[] {
  return [...(model.get(zone) ?? [])]
    .flatMap(([key, { ttl, contents }]) => {
      const [name, type] = key.split(' ');
      return [...contents].map((content) => `${name} ${ttl} ${type} ${content}`);
    })
    .sort();
}

it('a batch does what its edits do one after the other, in all zones or in none, as its dry run said', async () => {
  const { zones } = await openTestZoneDb(await temporaryFolder());
  const adapter = new BatchAdapter(zones);
  for (const name of ZONES) await createExample(zones, [], {}, name);
  const apexes = ZONES.map((name) => parseName(name));
  await fc.assert(
    fc.asyncProperty(arbitraryBatches, async (batches) => {
      let model: Model = new Map(ZONES.map((zone) => [zone, new Map()]));
      const clear = ZONES.map((zone) => ({ zone, edits: allDeletions(zone) }));
      await adapter.apply(clear, CONTEXT);
      for (const batch of batches) {
        const next = structuredClone(model);
        const isTaken = batch
          .map(({ zone, edits }) => {
            const content = next.get(zone) ?? new Map();
            return (
              edits.map((edit) => applyEdit(content, edit)).every(Boolean) && canStand(content)
            );
          })
          .every(Boolean);
        const tried = await outcomeOf(adapter.preview(batch, CONTEXT));
        const made = await outcomeOf(adapter.apply(batch, CONTEXT));
        expect(made === 'refused').toBe(!isTaken);
        expect(tried).toEqual(made);
        if (isTaken) model = next;
        for (const [index, zone] of ZONES.entries()) {
          const held = await listRecords(zones, apexes[index] ?? parseName(zone));
          expect(held.filter((line) => / (?:A|TXT|CNAME) /.test(line))).toEqual(
            linesOf(model, zone),
          );
        }
      }
    }),
    { numRuns: 60 },
  );
});

/** Everything but receipts, which a dry run has none of. */
async function outcomeOf(changes: Promise<ZoneChange[]>): Promise<unknown> {
  try {
    return (await changes).map((change) => ({ ...change, receiptId: undefined }));
  } catch (error) {
    return error instanceof CodedError && error.code === 'API_CHANGES_REFUSED' ? 'refused' : error;
  }
}

function allDeletions(zone: string): BatchEdit[] {
  return ['a', 'b'].flatMap((label) =>
    Object.keys(CONTENTS).map((type) => ({
      change: 'DELETE' as const,
      name: `${label}.${zone}`,
      type,
      records: [],
    })),
  );
}
