/**
 * Changes rows of a closed store behind its back, as LevelDB itself might: its files stay sound, so
 * only our checksums, counts and digests can tell.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Level } from 'level';
import { octetsToText } from '#store/octet-text.ts';
import { sealValue } from '#store/row-check.ts';

/** `bend` makes its checksum wrong; a value replaces it under a right one; `undefined`: it goes. */
export type RowDamage = { key: Uint8Array; value: Uint8Array | 'bend' | undefined };

export async function damageRows(storeFolder: string, damages: RowDamage[]): Promise<void> {
  const level = new Level(join(storeFolder, 'level'), {
    keyEncoding: 'utf8',
    valueEncoding: 'utf8',
  });
  await level.open();
  for (const { key, value } of damages) {
    const name = octetsToText(key);
    if (value === undefined) await level.del(name);
    else if (value === 'bend') {
      const stored = Buffer.from((await level.get(name)) ?? '', 'latin1');
      stored[0] ^= 1;
      await level.put(name, octetsToText(stored));
    } else await level.put(name, octetsToText(sealValue(key, value)));
  }
  await level.close();
  await rm(join(storeFolder, 'seal'), { force: true });
}
