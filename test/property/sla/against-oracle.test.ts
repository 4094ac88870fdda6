// Every figure of random months, under every contract, as a second judge works it out second by
// second from the rules.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseContract } from '#sla/contract/contract-file.ts';
import { arbitraryStory } from '../../kit/arbitrary-evidence.ts';
import { readEnvironmentNumber } from '../../kit/environment-number.ts';
import { scoreOf, shippedContract } from '../../kit/sla-evidence.ts';
import { SlaOracle } from '../../kit/sla-oracle/sla-oracle.ts';

const MONTHS = readEnvironmentNumber('HOLDFAST_MONTHS', 5);
const FIFTH = fileURLToPath(new URL('../../kit/contracts/cooperative.yaml', import.meta.url));

const contracts = [
  ...['biz-2013-lab', 'registry', 'hosting'].map(shippedContract),
  parseContract(readFileSync(FIFTH, 'utf8'), FIFTH),
];

describe('a second judge', { timeout: 600_000 }, () => {
  it.each(contracts.map((contract) => [contract.id, contract] as const))(
    'comes to the same figures under %s',
    (_id, contract) => {
      fc.assert(
        fc.property(arbitraryStory(contract), ({ month, evidence }) => {
          const score = scoreOf(contract, month, evidence);
          const oracle = new SlaOracle(contract, month, evidence);
          const expected = oracle.parameters();
          expect(score.parameters).toHaveLength(expected.length);
          expect(score.parameters).toMatchObject(expected);
          expect(score.emergency).toMatchObject(oracle.emergency());
        }),
        { numRuns: MONTHS },
      );
    },
  );
});
