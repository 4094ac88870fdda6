/** The contracts that a configuration names: ids of shipped ones, or paths from its own folder. */
import { dirname, resolve } from 'node:path';
import { findContract } from '#app/cli/contract-option.ts';
import { isContractPath } from '#app/config/contract-path.ts';
import type { LoadedContract } from '#sla/contract/contract-file.ts';

/** @param configurationFile absolute. Raises ContractError. */
export function loadNamedContract(
  idOrPath: string,
  configurationFile: string,
): Promise<LoadedContract> {
  const isPath = isContractPath(idOrPath);
  return findContract(isPath ? resolve(dirname(configurationFile), idOrPath) : idOrPath);
}
