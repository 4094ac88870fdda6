/**
 * The state of one cycle, as the rules say it and in their order: results of single tests, then what
 * each probe saw, then the quorum of probes. Objects and loops, no numbers packed into arrays.
 */
import type { Contract, Quorum } from '#sla/contract/contract.ts';
import type { EventOf, Test } from '#sla/measurement/measurement.ts';

export type State = 'up' | 'down' | 'discarded' | 'unmeasured' | 'absent';
export type Result = 'ok' | 'slow' | 'unanswered';

export interface CycleVerdict {
  state: State;
  dnssec: State;
  /** By `NAMESERVER ADDRESS`. */
  addresses: Map<string, State>;
  /** Class and result of each test that is in the shares. */
  results: { testClass: string; result: Result }[];
}

export function classOf(test: Test): string {
  if (test.service === 'dns') return test.transport;
  return test.service === 'rdds' ? test.interface : test.class;
}

/** `undefined`: the probe's own fault, which is in neither term. */
function resultOf(contract: Contract, test: Test, isSigned: boolean): Result | undefined {
  if (test.outcome === 'internal') return undefined;
  if (test.outcome === 'unanswered') return 'unanswered';
  if (test.service === 'dns') {
    if (test.dnssec === 'bogus') return 'unanswered';
    if (isSigned && test.dnssec === 'insecure') return 'unanswered';
    if (isSigned && test.dnssec === 'indeterminate') return undefined;
  }
  const tests = contract.services[test.service]?.tests as Record<
    string,
    { limitMs: number; unanswered: { comparator: string; limitMs: number } } | undefined
  >;
  const limits = tests[classOf(test)];
  if (limits === undefined) return 'ok';
  const rttMs = (test.rttUs ?? 0) / 1000;
  const { comparator, limitMs } = limits.unanswered;
  if (comparator === '>' ? rttMs > limitMs : rttMs >= limitMs) return 'unanswered';
  return rttMs <= limits.limitMs ? 'ok' : 'slow';
}

function isDown(failed: number, votes: number, { numerator, denominator, comparator }: Quorum) {
  const [left, right] = [BigInt(denominator * failed), BigInt(numerator * votes)];
  return comparator === '>' ? left > right : left >= right;
}

/** One test of each probe and target: the lowest sequence number, or the first line. */
function firstOfEach(tests: readonly Test[]): Test[] {
  const kept = new Map<string, Test>();
  for (const test of tests) {
    const place = test.service === 'dns' ? `${test.nameserver.toLowerCase()} ` : '';
    const key = `${test.probe} ${place}${test.address} ${classOf(test)}`;
    const present = kept.get(key);
    if (present === undefined || (test.seq ?? 0) < (present.seq ?? 0)) kept.set(key, test);
  }
  return [...kept.values()];
}

/** `tests`: all of one service and cycle. `topology`: what was of record, if anything was said. */
export function judgeCycle(
  contract: Contract,
  tests: readonly Test[],
  topology: EventOf<'topology'> | undefined,
): CycleVerdict {
  const [first] = tests;
  const verdict: CycleVerdict = {
    state: 'unmeasured',
    dnssec: 'unmeasured',
    addresses: new Map(),
    results: [],
  };
  if (first === undefined) return verdict;
  if (first.service === 'dns') return judgeDns(contract, firstOfEach(tests), topology, verdict);
  const rules = contract.services[first.service];
  if (rules === undefined) return verdict;
  const voting = firstOfEach(tests).filter(
    (test) =>
      test.service !== 'rdds' || contract.services.rdds?.interfaces.includes(test.interface),
  );
  if (voting.length === 0) return verdict;
  const votes = new Map<string, Result[]>();
  for (const test of voting) {
    const result = resultOf(contract, test, false);
    if (result === undefined) continue;
    votes.set(test.probe, [...(votes.get(test.probe) ?? []), result]);
    verdict.results.push({ testClass: classOf(test), result });
  }
  const failed = [...votes.values()].filter((seen) => seen.includes('unanswered')).length;
  if (votes.size < rules.probesMin) return { ...verdict, state: 'discarded', results: [] };
  return { ...verdict, state: isDown(failed, votes.size, rules.quorum) ? 'down' : 'up' };
}

function keyOf(nameserver: string, address: string): string {
  return `${nameserver.toLowerCase()} ${address}`;
}

function judgeDns(
  contract: Contract,
  tests: readonly Test[],
  topology: EventOf<'topology'> | undefined,
  verdict: CycleVerdict,
): CycleVerdict {
  const rules = contract.services.dns;
  if (rules === undefined) return verdict;
  const own = tests.flatMap((test) => (test.service === 'dns' ? [test] : []));
  const listed =
    topology === undefined
      ? new Set(own.map((test) => keyOf(test.nameserver, test.address)))
      : new Set(
          Object.entries(topology.nameservers).flatMap(([name, addresses]) =>
            addresses.map((address) => keyOf(name, address)),
          ),
        );
  const scored = own.filter((test) => listed.has(keyOf(test.nameserver, test.address)));
  if (scored.length === 0) return verdict;
  /** What each probe saw, by address. */
  const seen = new Map<string, Map<string, Result[]>>();
  const bogus = new Set<string>();
  for (const test of scored) {
    const result = resultOf(contract, test, topology?.dnssec ?? false);
    if (result === undefined) continue;
    if (test.dnssec === 'bogus') bogus.add(test.probe);
    const mine = seen.get(test.probe) ?? new Map<string, Result[]>();
    seen.set(test.probe, mine);
    const key = keyOf(test.nameserver, test.address);
    mine.set(key, [...(mine.get(key) ?? []), result]);
    verdict.results.push({ testClass: test.transport, result });
  }
  const active = seen.size;
  const nameservers = new Set([...listed].map((key) => key.split(' ')[0] ?? ''));
  const unavailable = [...seen.values()].filter((mine) => {
    const good = [...nameservers].filter((name) =>
      [...mine].every(([key, results]) => {
        return key.split(' ')[0] !== name || !results.includes('unanswered');
      }),
    );
    return good.length < rules.nameserversMin;
  }).length;
  const isDiscarded = active < rules.probesMin;
  for (const key of listed) {
    const results = [...seen.values()].flatMap((mine) => {
      const those = mine.get(key);
      return those === undefined ? [] : [those];
    });
    const failed = results.filter((those) => those.includes('unanswered')).length;
    const hasLine = scored.some((test) => keyOf(test.nameserver, test.address) === key);
    let state: State = isDown(failed, results.length, rules.quorum) ? 'down' : 'up';
    if (isDiscarded || results.length === 0) state = 'discarded';
    verdict.addresses.set(key, hasLine ? state : 'unmeasured');
  }
  verdict.state = isDown(unavailable, active, rules.quorum) ? 'down' : 'up';
  verdict.dnssec = isDown(bogus.size, active, rules.dnssec.quorum) ? 'down' : 'up';
  if (isDiscarded) verdict.state = 'discarded';
  if (active < rules.dnssec.probesMin) verdict.dnssec = 'discarded';
  if (isDiscarded) verdict.results = [];
  return verdict;
}
