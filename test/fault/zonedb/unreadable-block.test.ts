/**
 * A block of a table that LevelDB cannot read while the server runs: every row in it is hidden, and
 * whoever reads across it gets an error. Zones are written anew beside it, and the store still says
 * that it must be restored.
 */
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { utf8 } from '#base/bytes.ts';
import { type Name, parseName } from '#dns/wire/name.ts';
import type { StoredNode } from '#dns/zonedb/node-row.ts';
import { buildKey, KEYSPACE } from '#store/keyspace.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import {
  contextOf,
  createExample,
  listRecords,
  openTestZoneDb,
  replace,
  type TestZoneDb,
} from '../../kit/zone-db.ts';

const APEX = parseName('example.com.');
const NAMES = 4000;
const TOKENS = 400;

function addressOf(index: number): string {
  return `192.0.${index >> 8}.${index & 255}`;
}

/** A store whose rows lie in tables: those of the zone in the middle of the largest. */
async function makeTables(folder: string, isMirrored: boolean): Promise<void> {
  const db = await openTestZoneDb(folder);
  const names = Array.from({ length: NAMES }, (_, index) =>
    replace(`host-${index}.example.com.`, 'A', 300, addressOf(index)),
  );
  await createExample(db.zones, isMirrored ? [] : names);
  if (isMirrored) {
    await db.zones.apply({ zone: APEX, operations: names, context: contextOf() });
  }
  await db.close();
  // Opening makes a table of what the log has.
  await (await openTestZoneDb(folder)).close();
}

/** Garbage in the middle of the largest table: what LevelDB unpacks there is nothing. */
async function spoilBlock(folder: string): Promise<void> {
  const level = join(folder, 'store', 'level');
  let largest = { path: '', size: 0 };
  for (const name of await readdir(level)) {
    const { size } = await stat(join(level, name));
    if (name.endsWith('.ldb') && size > largest.size) largest = { path: join(level, name), size };
  }
  const file = await open(largest.path, 'r+');
  await file.write(Buffer.alloc(2048, 0xff), 0, 2048, Math.floor(largest.size / 2));
  await file.close();
}

async function readNodes({ zones }: TestZoneDb, apex: Name): Promise<StoredNode[]> {
  const view = await zones.view(apex);
  const nodes: StoredNode[] = [];
  for await (const chunk of view?.nodes() ?? []) nodes.push(...chunk);
  await view?.close();
  return nodes;
}

const signal = new AbortController().signal;

describe('a block that cannot be read', () => {
  it('costs no zone that the mirror knows: it is written anew, and takes changes', async () => {
    const folder = await temporaryFolder();
    await makeTables(folder, true);
    const db = await openTestZoneDb(folder);
    const model = await listRecords(db.zones, APEX);
    const before = db.zones.find(APEX)?.row;
    await spoilBlock(folder);
    await expect(listRecords(db.zones, APEX)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    const report = await db.zones.scrub(0, signal);
    // What no repair ends is told; the zone is well.
    expect(report?.unrepaired).not.toEqual([]);
    expect(report?.unrepaired.every(({ isUnreadable }) => isUnreadable)).toBe(true);
    expect(db.zones.faults()).toEqual([]);
    expect(await listRecords(db.zones, APEX)).toEqual(model);
    const after = db.zones.find(APEX)?.row;
    expect(after).toEqual({ ...before, generation: after?.generation });
    expect(after?.generation).toBeGreaterThan(before?.generation ?? 0);
    const operations = [replace('new.example.com.', 'A', 60, '192.0.2.1')];
    await db.zones.apply({ zone: APEX, operations, context: contextOf() });
    expect(await listRecords(db.zones, APEX)).toHaveLength(model.length + 1);
  });

  it('costs no zone that is in memory', async () => {
    const folder = await temporaryFolder();
    await makeTables(folder, false);
    const db = await openTestZoneDb(folder);
    const model = await listRecords(db.zones, APEX);
    await spoilBlock(folder);
    expect(await db.zones.repair(APEX)).toBe('memory');
    expect(await listRecords(db.zones, APEX)).toEqual(model);
  });

  it('makes a zone refused by name until a whole content is had from elsewhere', async () => {
    const folder = await temporaryFolder();
    await makeTables(folder, false);
    const db = await openTestZoneDb(folder);
    const model = await listRecords(db.zones, APEX);
    const nodes = await readNodes(db, APEX);
    await spoilBlock(folder);
    db.image.removeZone(APEX);
    await db.zones.scrub(0, signal);
    expect(db.zones.faults().map(({ zone }) => zone)).toEqual(['example.com.']);
    const wrong = {
      name: 'wrong',
      nodes: async function* some() {
        yield nodes.slice(1);
      },
    };
    expect(await db.zones.repair(APEX, [wrong])).toBeUndefined();
    const whole = {
      name: 'whole',
      nodes: async function* all() {
        yield nodes;
      },
    };
    expect(await db.zones.repair(APEX, [wrong, whole])).toBe('whole');
    expect(db.zones.faults()).toEqual([]);
    expect(await listRecords(db.zones, APEX)).toEqual(model);
  });

  it('hides no row of another kind that the mirror knows', async () => {
    const folder = await temporaryFolder();
    const made = await openTestZoneDb(folder);
    const tokens = Array.from({ length: TOKENS }, (_, index) => ({
      key: buildKey(KEYSPACE.token, utf8(`token-${index}`)),
      value: utf8(`${index} `.repeat(100)),
    }));
    await made.store.write(tokens);
    await made.close();
    await (await openTestZoneDb(folder)).close();
    const db = await openTestZoneDb(folder);
    await spoilBlock(folder);
    const report = await db.zones.scrub(0, signal);
    expect(report?.unrepaired.every(({ isUnreadable }) => isUnreadable)).toBe(true);
    for (const { key, value } of tokens) expect(await db.store.get(key)).toEqual(value);
  });
});
