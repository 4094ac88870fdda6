/** A contract on the command line: the id of one that comes with Holdfast, or a file. */
import { access, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ContractError, type LoadedContract, loadContract } from '#sla/contract/contract-file.ts';

const SHIPPED = new URL('../../../config/contracts/', import.meta.url);

/**
 * `biz-2013` is config/contracts/biz-2013.yaml, unless a file of that name exists. Raises
 * ContractError.
 */
export async function findContract(idOrFile: string): Promise<LoadedContract> {
  const isId = /^[a-z0-9][a-z0-9-]*$/.test(idOrFile);
  if (!isId || (await exists(idOrFile))) return loadContract(idOrFile);
  const shipped = fileURLToPath(new URL(`${idOrFile}.yaml`, SHIPPED));
  if (await exists(shipped)) return loadContract(shipped);
  const names = (await readdir(SHIPPED)).map((file) => file.replace(/\.yaml$/, '')).toSorted();
  const choice = `name a file, or one that comes with Holdfast: ${names.join(', ')}`;
  throw new ContractError(`there is no contract ${idOrFile}; ${choice}`, []);
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
