/**
 * The cycles that probes and the ledger share: all contracts that are scored together must measure
 * a service in cycles of one length, since a cycle is decided and written once for all of them.
 */
import type { Contract, ServiceName } from './contract.ts';
import { ContractError } from './contract-file.ts';

/** Seconds of each measured service's cycle. Raises ContractError where contracts disagree. */
export function cycleLengths(contracts: readonly Contract[]): Map<ServiceName, number> {
  const lengths = new Map<ServiceName, number>();
  for (const { id, services } of contracts) {
    for (const service of ['dns', 'rdds', 'epp'] as const) {
      const seconds = services[service]?.cycleSeconds;
      if (seconds === undefined) continue;
      const present = lengths.get(service) ?? seconds;
      if (present !== seconds) {
        const what = `${service} in cycles of ${seconds} s, and another contract of ${present} s`;
        throw new ContractError(`${id}: measures ${what}; score them in sidecars of their own`, []);
      }
      lengths.set(service, seconds);
    }
  }
  return lengths;
}
