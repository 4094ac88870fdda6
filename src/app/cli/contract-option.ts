/** A contract on the command line: the id of one that comes with Holdfast, or a file. */
import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type LoadedContract, loadContract } from '#sla/contract/contract-file.ts';

const SHIPPED = new URL('../../../config/contracts/', import.meta.url);

/** `biz-2013` is config/contracts/biz-2013.yaml, unless a file of that name exists. */
export async function findContract(idOrFile: string): Promise<LoadedContract> {
  const isId = /^[a-z0-9][a-z0-9-]*$/.test(idOrFile);
  if (!isId || (await exists(idOrFile))) return loadContract(idOrFile);
  return loadContract(fileURLToPath(new URL(`${idOrFile}.yaml`, SHIPPED)));
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
