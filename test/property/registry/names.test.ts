// Whatever a registrar sends as name, address, mail or password hash is taken or refused by its code.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMailAddress } from '#registry/flow/contact-rules.ts';
import { changeAddresses } from '#registry/flow/host-addresses.ts';
import { parseDomainName } from '#registry/flow/labels.ts';
import { TLD_DEFAULTS } from '#registry/flow/operator/tld-policy.ts';
import { RegistryError } from '#registry/model/result.ts';
import type { Tld } from '#registry/model/tld.ts';
import { valueOrRefused } from '../../kit/value-or-refused.ts';

const PRICES = { create: 0, renew: 0, transfer: 0, restore: 0 };
const TLDS: readonly Tld[] = ['tld', 'co.tld', 'xn--p1ai'].map((name) => ({
  ...TLD_DEFAULTS,
  repositoryId: 'TEST',
  currency: 'USD',
  prices: PRICES,
  name,
  scripts: ['Latin', 'Cyrillic', 'Han', 'Arabic'],
}));

const label = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.stringMatching(/^xn--[a-z0-9-]{0,20}$/),
  fc.stringMatching(/^[a-z0-9-]{1,63}$/),
);
const name = fc
  .tuple(fc.array(label, { maxLength: 3 }), fc.constantFrom('', '.tld', '.co.tld', '.xn--p1ai'))
  .map(([labels, zone]) => `${labels.join('.')}${zone}`);

/** What is not taken is refused as wrong in its form, or by the rules. */
class NotTaken extends Error {}

function takeOrRefuse<T>(work: () => T): T | 'refused' {
  return valueOrRefused(NotTaken, () => {
    try {
      return work();
    } catch (error) {
      const isProper = error instanceof RegistryError && [2005, 2306].includes(error.result);
      throw isProper ? new NotTaken() : error;
    }
  });
}

describe('what registrars send', () => {
  it('is a name in one form, or refused by 2005 or 2306', () => {
    fc.assert(
      fc.property(name, (text) => {
        const found = takeOrRefuse(() => parseDomainName(text, TLDS));
        if (found === 'refused') return;
        expect(found.name).toBe(text.toLowerCase());
        expect(parseDomainName(found.name, TLDS)).toEqual(found);
      }),
    );
  });

  it('is an address in one form, or refused by 2005 or 2306', () => {
    const text = fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.ipV4Extended());
    const family = fc.constantFrom('v4' as const, 'v6' as const);
    fc.assert(
      fc.property(text, family, (given, of) => {
        const found = takeOrRefuse(() => changeAddresses([], [{ family: of, text: given }], []));
        if (found === 'refused') return;
        expect(found).toHaveLength(1);
        expect(changeAddresses(found, [], [{ family: of, text: given }])).toEqual([]);
      }),
    );
  });

  it('is no mail with what could end a line or an address', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        expect(isMailAddress(`a${text}\r\n@example.org`)).toBe(false);
        expect(isMailAddress(`a@example.org${text}>`)).toBe(false);
      }),
    );
  });
});
