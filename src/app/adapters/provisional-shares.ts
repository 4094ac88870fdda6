/**
 * What tests of cycles that are not decided yet would give, to be shown as such: they are in no
 * figure. Counted with the limits of the contract; a cycle that will be discarded is not foreseen.
 */
import { type Contract, findTestClass, type Parameter } from '#sla/contract/contract.ts';
import type { Test } from '#sla/measurement/measurement.ts';

export interface ProvisionalShare {
  total: number;
  within: number;
}

/** Of a parameter that is a share of tests; `undefined` for any other. */
export function provisionalShare(
  contract: Contract,
  rule: Parameter,
  tests: readonly Test[],
): ProvisionalShare | undefined {
  if (rule.rule !== 'rtt-share') return undefined;
  let total = 0;
  let within = 0;
  for (const test of tests) {
    const name = classOf(test);
    if (test.service !== rule.service || !rule.classes.includes(name)) continue;
    if (test.outcome === 'internal') continue;
    const limitUs = (findTestClass(contract, rule.service, name)?.limitMs ?? 0) * 1000;
    total += 1;
    if (test.outcome === 'answered' && (test.rttUs ?? Infinity) <= limitUs) within += 1;
  }
  return { total, within };
}

function classOf(test: Test): string {
  if (test.service === 'dns') return test.transport;
  return test.service === 'rdds' ? test.interface : test.class;
}
