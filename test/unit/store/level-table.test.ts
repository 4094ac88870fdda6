import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { utf8 } from '#base/bytes.ts';
import { buildCrc32cTable, crc32c } from '#store/crc32c.ts';
import { buildKey, KEYSPACE, u32Key } from '#store/keyspace.ts';
import { findLogHole } from '#store/level-log.ts';
import { openLevelStore } from '#store/level-store.ts';
import { findTableDamage } from '#store/level-table.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const CRC_TABLE = buildCrc32cTable();

/** A table whose index is compressed (long keys alike) and that has many blocks. */
async function realTable(): Promise<Uint8Array> {
  const folder = await temporaryFolder();
  const store = await openLevelStore(folder);
  const common = utf8('a long part that all keys share '.repeat(20));
  for (let at = 0; at < 4000; at += 1000) {
    const rows = Array.from({ length: 1000 }, (_, index) => ({
      key: buildKey(KEYSPACE.node, common, u32Key(at + index), common),
      value: utf8(`value ${at + index}`),
    }));
    await store.write(rows);
  }
  await store.close();
  await (await openLevelStore(folder)).close();
  const names = await readdir(join(folder, 'level'));
  return readFile(join(folder, 'level', names.find((name) => name.endsWith('.ldb')) ?? ''));
}

describe('CRC-32C', () => {
  it('gives the check value of RFC 3720, at any length and place', () => {
    expect(crc32c(CRC_TABLE, utf8('..123456789..'), 2, 11)).toBe(0xe3069283);
    expect(crc32c(CRC_TABLE, new Uint8Array(32), 0, 32)).toBe(0x8a9136aa);
    expect(crc32c(CRC_TABLE, new Uint8Array(0), 0, 0)).toBe(0);
  });
});

describe('the look at a table', () => {
  it('finds a real one sound, with a compressed index and many blocks', async () => {
    const table = await realTable();
    expect(findTableDamage(CRC_TABLE, table)).toBeUndefined();
  });

  it('names the block of any octet that changed', async () => {
    const table = Buffer.from(await realTable());
    const blocks = new Set<string | undefined>();
    for (let at = 0; at < table.length - 48; at += 397) {
      table[at] ^= 0x20;
      blocks.add(findTableDamage(CRC_TABLE, table));
      table[at] ^= 0x20;
    }
    expect(blocks).not.toContain(undefined);
    expect(blocks.size).toBeGreaterThan(10);
  });

  it('finds a table that is cut anywhere damaged', async () => {
    const table = await realTable();
    for (let size = 0; size < table.length; size += 1009) {
      expect(findTableDamage(CRC_TABLE, table.subarray(0, size))).toBeDefined();
    }
  });
});

describe('the look at a log', () => {
  it('finds nothing wrong with an empty one', () => {
    expect(findLogHole(CRC_TABLE, new Uint8Array(0))).toBeUndefined();
  });
});
