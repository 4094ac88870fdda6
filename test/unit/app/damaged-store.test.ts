import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '#app/config/load-configuration.ts';
import { explainDamage } from '#app/damaged-store.ts';
import { StoreError } from '#store/store-error.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const DAMAGE = new StoreError('STORE_DAMAGED', 'CURRENT is missing');
const BACKUP =
  'backup: { locations: [{ name: disk-1, directory: ./b }, { name: away, directory: ./c }] }\n';

/** What is said in a folder with this configuration, the folder written as `F`. */
async function saidIn(folder: string, text: string): Promise<string> {
  const configuration = parseConfiguration(join(folder, 'h.yaml'), text);
  const error = await explainDamage(DAMAGE, configuration);
  expect(error).toMatchObject({ code: 'STORE_DAMAGED' });
  return String(error).replaceAll(folder, 'F').replace('StoreError: ', '');
}

async function withMirror(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, '0000000000000001.mirror'), '');
}

describe('what a start says of a damaged store', () => {
  it('is the commands that bring it back, the mirror where there is one', async () => {
    const folder = await temporaryFolder();
    const page = 'CURRENT is missing; docs/operations/damaged-store.md says more: ';
    const restore = 'npx holdfast restore --config F/h.yaml --from disk-1';
    const exchange =
      ' && mv F/data/store F/data/store.damaged && mv F/data/restored/store F/data/store';
    expect(await saidIn(folder, BACKUP)).toBe(
      `${page}${restore} --into F/data/restored${exchange}`,
    );
    await withMirror(join(folder, 'data', 'store', 'mirror'));
    expect(await saidIn(folder, BACKUP)).toContain(
      `${restore} --mirror F/data/store/mirror --into F/data/restored${exchange}`,
    );
    await withMirror(join(folder, "an other's"));
    const elsewhere = `${BACKUP}store: { mirrorDirectory: "./an other's" }\n`;
    expect(await saidIn(folder, elsewhere)).toContain(`--mirror 'F/an other'\\''s' --into`);
  });

  it('does not name what an earlier restore left', async () => {
    const folder = await temporaryFolder();
    for (const name of ['restored', 'store.damaged', 'store.damaged-2']) {
      await mkdir(join(folder, 'data', name), { recursive: true });
    }
    expect(await saidIn(folder, BACKUP)).toMatch(
      /--into F\/data\/restored-2 && mv F\/data\/store F\/data\/store\.damaged-3 && mv F\/data\/restored-2\/store /,
    );
  });

  it('says that there are no backups, and leaves other errors as they are', async () => {
    const folder = await temporaryFolder();
    expect(await saidIn(folder, 'data: ./data\n')).toMatch(/no backup location is configured$/);
    const other = new StoreError('STORE_LOCKED', 'in use');
    const configuration = parseConfiguration(join(folder, 'h.yaml'), BACKUP);
    expect(await explainDamage(other, configuration)).toBe(other);
  });
});
