import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildCrc32cTable } from '#store/crc32c.ts';
import { findLogHole } from '#store/level-log.ts';
import { findTableDamage } from '#store/level-table.ts';
import { unpackSnappy } from '#store/snappy.ts';

const CRC_TABLE = buildCrc32cTable();
const MAGIC = Buffer.from('57fb808b247547db', 'hex');

describe('whatever octets a file of LevelDB holds', () => {
  it('the look at it as a table says damaged and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (octets, isEnded) => {
        const file = isEnded ? Buffer.concat([octets, MAGIC]) : octets;
        expect(findTableDamage(CRC_TABLE, file)).toBeDefined();
      }),
      { numRuns: 2000 },
    );
  });

  it('the look at it as a log never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
        expect(findLogHole(CRC_TABLE, octets) ?? 0).toBeLessThanOrEqual(octets.length);
      }),
    );
  });

  it('Snappy gives the size that was announced, or nothing', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 127 }),
        fc.uint8Array({ maxLength: 60 }),
        (size, rest) => {
          const unpacked = unpackSnappy(Buffer.from([size, ...rest]));
          expect(unpacked?.length ?? size).toBe(size);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
