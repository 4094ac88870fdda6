// One sidecar decides each cycle once, so its contracts must agree on how long one is.
import { describe, expect, it } from 'vitest';
import type { Contract } from '#sla/contract/contract.ts';
import { cycleLengths } from '#sla/contract/cycle-lengths.ts';
import { shippedContract } from '../../../kit/sla-evidence.ts';

describe('cycle lengths', () => {
  it('are those of all shipped contracts together', () => {
    const contracts = ['hosting', 'registry', 'biz-2013', 'biz-2013-lab'].map(shippedContract);
    expect(Object.fromEntries(cycleLengths(contracts))).toEqual({ dns: 60, rdds: 300, epp: 300 });
  });

  it('of contracts that disagree are refused with the contract’s name', () => {
    const hosting = shippedContract('hosting');
    const { dns } = hosting.services;
    const other: Contract = {
      ...hosting,
      id: 'other',
      services: { ...(dns && { dns: { ...dns, cycleSeconds: 300 } }) },
    };
    expect(() => cycleLengths([hosting, other])).toThrow(/^other: measures dns in cycles of 300 s/);
  });
});
