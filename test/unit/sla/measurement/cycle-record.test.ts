/** A cycle's tests on one line: what goes in comes out, and only what counts. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packCycle, unpackCycle, visitResults } from '#sla/measurement/cycle-record.ts';
import type { Test } from '#sla/measurement/measurement.ts';
import { dnsTests } from '../../../kit/sla-evidence.ts';

const anyTest: fc.Arbitrary<Test> = fc
  .record({
    probe: fc.constantFrom('p01', 'p02', 'p03'),
    nameserver: fc.constantFrom('ns1.example.', 'ns2.example.'),
    address: fc.constantFrom('192.0.2.1', '2001:db8::1'),
    transport: fc.constantFrom('udp' as const, 'tcp' as const),
    outcome: fc.constantFrom('answered' as const, 'unanswered' as const, 'internal' as const),
    rttUs: fc.option(fc.nat(), { nil: undefined }),
    error: fc.option(fc.string({ minLength: 1, unit: 'grapheme' }), { nil: undefined }),
    dnssec: fc.option(fc.constantFrom('secure' as const, 'bogus' as const), { nil: undefined }),
  })
  .map(({ rttUs, error, dnssec, ...rest }) => ({
    kind: 'test' as const,
    service: 'dns' as const,
    cycle: 60,
    ...rest,
    ...(rttUs === undefined && rest.outcome !== 'answered' ? {} : { rttUs: rttUs ?? 1 }),
    ...(error === undefined || rest.outcome === 'answered' ? {} : { error }),
    ...(dnssec === undefined ? {} : { dnssec }),
  }));

const targetKey = (each: Test): string =>
  each.service === 'dns'
    ? `${each.probe} ${each.nameserver} ${each.address} ${each.transport}`
    : each.probe;

const sorted = (all: readonly Test[]) =>
  all.toSorted((a, b) => (targetKey(a) < targetKey(b) ? -1 : 1));

describe('a cycle record', () => {
  it('gives back the tests that were packed', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyTest, { selector: targetKey, maxLength: 24 }), (tests) => {
        const back = unpackCycle(packCycle('dns', 60, tests));
        expect(sorted(back)).toEqual(sorted(tests));
      }),
    );
  });

  it('keeps the result with the lowest sequence number, in whatever order they come', () => {
    const [first] = dnsTests({ cycle: 60, nameservers: 1 });
    if (first === undefined) throw new Error('no test');
    const early: Test = { ...first, seq: 1, rttUs: 10 };
    const late: Test = { ...first, seq: 2, rttUs: 20 };
    expect(packCycle('dns', 60, [late, early])).toEqual(packCycle('dns', 60, [early, late]));
    expect(packCycle('dns', 60, [late, early]).results).toEqual(['10']);
  });

  it('takes two spellings of an address for one', () => {
    const [first] = dnsTests({ cycle: 60, nameservers: 1 });
    if (first === undefined) throw new Error('no test');
    const tests = ['2001:db8::1', '2001:DB8:0:0::1'].map((address) => ({ ...first, address }));
    expect(packCycle('dns', 60, tests).targets).toHaveLength(1);
  });

  it('with any text for results is visited or refused, and never loops', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({
            unit: fc.constantFrom('0', '1', '-', '!', '~', ':', '/', 's', 'b', ' ', 'x'),
          }),
          { maxLength: 3 },
        ),
        (results) => {
          const probes = results.map((_each, at) => `p${at}`);
          const targets = [
            ['whois', '192.0.2.1'],
            ['web', '192.0.2.1'],
          ];
          const record = {
            kind: 'cycle' as const,
            service: 'rdds' as const,
            cycle: 0,
            probes,
            targets,
            results,
          };
          let visits = 0;
          visitResults(record, () => {
            visits += 1;
          });
          expect(visits).toBeLessThanOrEqual(results.length * 2);
        },
      ),
    );
  });
});
