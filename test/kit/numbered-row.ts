/** Rows to fill stores with. Apart from the fixtures that need vitest: child processes use it. */
import { concatBytes, utf8 } from '#base/bytes.ts';
import { seededRandom } from '#base/random.ts';
import { buildKey, KEYSPACE, u32Key } from '#store/keyspace.ts';

/**
 * Row number `index` of a made-up table: a key in the node range, a value that names it. The noise
 * at its end cannot be compressed, so that LevelDB keeps blocks raw and no decompressor notices
 * damage before our checksums do.
 */
export function numberedRow(index: number, version = 0): { key: Uint8Array; value: Uint8Array } {
  const noise = seededRandom(index * 1000 + version).bytes(60 + (index % 40));
  return {
    key: buildKey(KEYSPACE.node, u32Key(index)),
    value: concatBytes([utf8(`row ${index} version ${version} `), noise]),
  };
}
