import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '#app/config/load-configuration.ts';
import { explainDamage, refuseLostStore } from '#app/damaged-store.ts';
import { StoreError } from '#store/store-error.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const DAMAGE = new StoreError('STORE_DAMAGED', 'CURRENT is missing');
const BACKUP =
  'backup: { locations: [{ name: disk-1, directory: ./b }, { name: away, directory: ./c }] }\n';
const RECIPIENT = 'age1hx3fcc7hz92haqm9rl0r7fcaes2fd8a2m8yvqdgxavkl47fsdvls0837hc';

/** The same locations with recipients of age, and what else is said of it. */
function encrypted(more: string): string {
  return BACKUP.replace(' locations', ` age: { recipients: [${RECIPIENT}]${more} }, locations`);
}

/** What is said in a folder with this configuration, the folder written as `F`. */
async function saidIn(folder: string, text: string): Promise<string> {
  const configuration = parseConfiguration(join(folder, 'h.yaml'), text);
  const error = await explainDamage(DAMAGE, configuration);
  expect(error).toMatchObject({ code: 'STORE_DAMAGED' });
  return String(error).replaceAll(folder, 'F').replace('StoreError: ', '');
}

/** A folder whose store was backed up, and what is left of that. */
async function backedUp(): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'data', 'store'), { recursive: true });
  await mkdir(join(folder, 'data', 'last-copies'));
  await writeFile(join(folder, 'data', 'last-copies', 'disk-1.last'), '');
  return folder;
}

function startIn(folder: string, text = BACKUP): Promise<void> {
  return refuseLostStore(parseConfiguration(join(folder, 'h.yaml'), text));
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
    await mkdir(join(folder, 'data', 'store'), { recursive: true });
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
    for (const name of ['store', 'restored', 'store.damaged', 'store.damaged-2']) {
      await mkdir(join(folder, 'data', name), { recursive: true });
    }
    expect(await saidIn(folder, BACKUP)).toMatch(
      /--into F\/data\/restored-2 && mv F\/data\/store F\/data\/store\.damaged-3 && mv F\/data\/restored-2\/store /,
    );
  });

  it('moves no store away that is not there', async () => {
    expect(await saidIn(await temporaryFolder(), BACKUP)).toMatch(
      / --into F\/data\/restored && mv F\/data\/restored\/store F\/data\/store$/,
    );
  });

  it('asks for the identity that only a person has, and for no other', async () => {
    const folder = await temporaryFolder();
    expect(await saidIn(folder, encrypted(''))).toContain(
      '--from disk-1 --identity IDENTITY-FILE --into',
    );
    expect(await saidIn(folder, encrypted(', identityFile: ./id'))).toContain(
      '--from disk-1 --into',
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

describe('a start that finds nothing of its store', () => {
  it('is refused where backups were made of it', async () => {
    const folder = await backedUp();
    const refused = startIn(folder);
    await expect(refused).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    await expect(refused).rejects.toThrow(`remove ${join(folder, 'data', 'last-copies')}`);
    await rm(join(folder, 'data', 'store'), { recursive: true });
    await expect(startIn(folder)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
  });

  it('goes on where none were made, and where LevelDB has files', async () => {
    await startIn(await temporaryFolder());
    const folder = await backedUp();
    await mkdir(join(folder, 'data', 'store', 'level'));
    await expect(startIn(folder)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    await writeFile(join(folder, 'data', 'store', 'level', 'CURRENT'), '');
    await startIn(folder);
  });

  it('leaves it to the mirror where that has something and is read', async () => {
    const folder = await backedUp();
    await withMirror(join(folder, 'data', 'store', 'mirror'));
    await startIn(folder);
    const off = startIn(folder, `${BACKUP}store: { mirror: "off" }\n`);
    await expect(off).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    const elsewhere = `${BACKUP}store: { mirrorDirectory: ./m }\n`;
    await expect(startIn(folder, elsewhere)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    await withMirror(join(folder, 'm'));
    await startIn(folder, elsewhere);
  });
});
