/**
 * Random months for properties of scores: cycles in moods (up, down, mixed, silent, the probes' own
 * fault) around an instant where rules meet (the turn of a month, the change of clocks, the edge of
 * a window, a leap day), with notices, corrections, topologies, tickets, backups and changes near it.
 */
import * as fc from 'fast-check';
import { seededRandom } from '#base/random.ts';
import type { Contract, ServiceName } from '#sla/contract/contract.ts';
import type { Event, EventOf, Measurement, Test } from '#sla/measurement/measurement.ts';

export interface Story {
  month: string;
  evidence: Measurement[];
}

/** Instants where rules meet, and the months that they may touch. */
const ANCHORS: readonly (readonly [string, ...string[]])[] = [
  ['2026-01-31T23:36:00Z', '2026-01', '2026-02'],
  ['2028-02-29T23:36:00Z', '2028-02', '2028-03'],
  ['2026-03-29T00:12:00Z', '2026-03'],
  ['2026-10-05T08:36:00Z', '2026-10'],
  ['2026-10-09T16:36:00Z', '2026-10'],
  ['2026-10-25T00:12:00Z', '2026-10'],
  ['2026-11-01T05:36:00Z', '2026-11', '2026-10'],
];

const MOODS = ['up', 'up', 'down', 'down', 'mixed', 'mixed', 'internal', 'silent'] as const;
const PROBES = ['p01', 'p02', 'p03', 'p04'];
/** The third name server has two addresses. */
const TARGETS = [
  ['ns1.example.', '192.0.2.1'],
  ['ns2.example.', '192.0.2.2'],
  ['ns3.example.', '192.0.2.3'],
  ['ns3.example.', '2001:db8::3'],
] as const;
const RTTS_US = [1, 200_000, 200_001, 500_001, 1_000_000, 2_500_000, 2_500_001, 7_500_001, 1e7];

export function arbitraryStory(contract: Contract): fc.Arbitrary<Story> {
  return fc.constantFrom(...ANCHORS).chain(([anchor, ...months]) => {
    const anchorMs = Date.parse(anchor);
    return fc
      .record({
        month: fc.constantFrom(...months),
        tests: arbitraryTests(contract, anchorMs),
        events: fc.array(arbitraryEvent(anchorMs), { minLength: 1, maxLength: 10, size: 'max' }),
        tickets: arbitraryTickets(anchorMs),
        topologies: arbitraryTopologies(anchorMs),
      })
      .map(({ month, tests, events, tickets, topologies }) => {
        return { month, evidence: [...topologies, ...tests, ...events, ...tickets] };
      });
  });
}

/** Tests of every service that the contract has, in its cycles. */
function arbitraryTests(contract: Contract, anchorMs: number): fc.Arbitrary<Test[]> {
  const services = Object.keys(contract.services) as ServiceName[];
  const mood = fc.record({ mood: fc.constantFrom(...MOODS), seed: fc.nat() });
  return fc
    .record({
      moods: fc.array(mood, { minLength: 4, maxLength: 24, size: 'max' }),
      isNumbered: fc.boolean(),
    })
    .map(({ moods, isNumbered }) => {
      const tests: Test[] = services.flatMap((service) => {
        const cycleSeconds = contract.services[service]?.cycleSeconds ?? 60;
        const first = Math.floor(anchorMs / 1000 / cycleSeconds) * cycleSeconds;
        return moods.flatMap(({ mood: name, seed }, at) =>
          testsOfCycle(service, first + at * cycleSeconds, name, seed),
        );
      });
      // Distinct, and not in the order of the lines.
      if (!isNumbered) return tests;
      return tests.map((test, at) => ({ ...test, seq: (at * 7919) % 100_003 }));
    });
}

function testsOfCycle(
  service: ServiceName,
  cycle: number,
  mood: (typeof MOODS)[number],
  seed: number,
): Test[] {
  if (mood === 'silent') return [];
  const random = seededRandom(seed);
  const pick = <T>(choices: readonly T[]): T | undefined => choices[random.below(choices.length)];
  const isMixed = mood === 'mixed';
  return PROBES.flatMap((probe) =>
    placesOf(service).flatMap((place): Test[] => {
      if (isMixed && random.below(5) === 0) return [];
      const outcomes = ['answered', 'answered', 'unanswered', 'internal'] as const;
      const fixed = { up: 'answered', down: 'unanswered', internal: 'internal' } as const;
      const outcome = mood === 'mixed' ? pick(outcomes) : fixed[mood];
      const rtt = outcome === 'answered' ? { rttUs: isMixed ? pick(RTTS_US) : 1234 } : {};
      const test = { kind: 'test' as const, cycle, probe, outcome, ...rtt, ...place } as Test;
      if (test.service !== 'dns' || !isMixed) return [test];
      const said = pick([undefined, 'secure', 'insecure', 'bogus', 'indeterminate'] as const);
      const transport = pick(['udp', 'udp', 'tcp'] as const) ?? 'udp';
      return [{ ...test, transport, ...(said === undefined ? {} : { dnssec: said }) }];
    }),
  );
}

/** What a probe asks in one cycle; the last one is asked twice, so that one result must give way. */
function placesOf(service: ServiceName): object[] {
  if (service === 'dns') {
    const places = TARGETS.map(([nameserver, address]) => {
      return { service, nameserver, address, transport: 'udp' };
    });
    return [...places, ...places.slice(-1)];
  }
  if (service === 'rdds') {
    return ['whois', 'web', 'rdap', 'rdap'].map((name) => {
      return { service, interface: name, address: '192.0.2.53' };
    });
  }
  return [{ service, class: 'query', command: 'domain:info', address: '192.0.2.7' }];
}

function arbitraryTopologies(anchorMs: number): fc.Arbitrary<EventOf<'topology'>[]> {
  const topology = fc
    .record({
      at: fc.integer({ min: -5, max: 40 }),
      dnssec: fc.boolean(),
      targets: fc.subarray([...TARGETS], { minLength: 1 }),
    })
    .map(({ at, dnssec, targets }): EventOf<'topology'> => {
      const own = Map.groupBy(targets, ([nameserver]) => nameserver);
      const nameservers = Object.fromEntries(
        [...own].map(([name, pairs]) => [name, pairs.map(([, address]) => address)]),
      );
      const instant = instantAt(anchorMs, at * 60);
      return { kind: 'topology', at: instant, tld: 'example.', dnssec, nameservers };
    });
  return fc.uniqueArray(topology, { maxLength: 3, selector: ({ at }) => at });
}

const LEADS = [-60, 0, 0, 1, 3600, 86_400, 172_800, 604_799, 604_800, 864_000];
const SERVICES = ['dns', 'rdds', 'epp'] as const;

function arbitraryEvent(anchorMs: number): fc.Arbitrary<Event> {
  const near = fc.integer({ min: -600, max: 3600 });
  // Most lie over the cycles that were measured, some over a part of one.
  const period = fc
    .record({
      from: fc.oneof(
        fc.integer({ min: -10, max: 30 }).map((at) => at * 60),
        near,
      ),
      length: fc.constantFrom(1, 61, 300, 600, 1200, 2400),
    })
    .map(({ from, length }) => ({ from, to: from + length }));
  const services = fc.subarray([...SERVICES], { minLength: 1 });
  const agreedBy = fc.constantFrom(undefined, 'desk', 'icann');
  const said = (at: number): string => instantAt(anchorMs, at);
  const spanOf = ({ from, to }: { from: number; to: number }) => ({
    from: said(from),
    to: said(to),
  });
  return fc.oneof(
    fc
      .record({
        period,
        services,
        lead: fc.constantFrom(...LEADS),
        type: fc.constantFrom('planned', 'planned', 'outage'),
        audience: fc.subarray(['registrars', 'icann', 'customers'] as const, { minLength: 1 }),
      })
      .map(({ period: span, lead, ...rest }): Event => {
        return { kind: 'notice', at: said(span.from - lead), ...spanOf(span), ...rest };
      }),
    fc
      .record({
        period,
        service: fc.constantFrom(...SERVICES),
        agreedBy,
        target: fc.nat({ max: 9 }),
      })
      .map(({ period: span, agreedBy: by, service, target }): Event => {
        const [nameserver, address] = TARGETS[target] ?? [];
        const isOne = service === 'dns' && nameserver !== undefined && address !== undefined;
        const place = isOne ? { nameserver, address } : {};
        const agreed = by === undefined ? {} : { agreedBy: by };
        const base = {
          kind: 'false-positive',
          at: said(9000),
          reason: 'r',
          author: 'desk',
        } as const;
        return { ...base, service, ...place, ...spanOf(span), ...agreed };
      }),
    fc
      .record({ period, services, agreedBy, type: fc.constantFrom('disaster', 'force-majeure') })
      .map(({ period: span, agreedBy: by, ...rest }): Event => {
        const agreed = by === undefined ? {} : { agreedBy: by };
        const base = { kind: 'exclusion', at: said(9000), reason: 'r', author: 'desk' } as const;
        return { ...base, ...spanOf(span), ...rest, ...agreed };
      }),
    period.map((span): Event => ({ kind: 'monitor-down', ...spanOf(span) })),
    arbitraryChange(anchorMs),
    fc
      .record({
        at: near,
        id: fc.nat({ max: 5 }),
        location: fc.nat({ max: 3 }),
        verified: fc.boolean(),
      })
      .map(({ at, id, location, verified }): Event => {
        const name = { id: `b-${id}`, location: `disk-${location}` };
        return { kind: 'backup', at: said(at), ...name, verified };
      }),
  );
}

/** Changes and samples of every kind that is a share of delays. */
function arbitraryChange(anchorMs: number): fc.Arbitrary<Event> {
  const took = fc.constantFrom(1, 300, 301, 600, 601, 900, 901, 3600, 3601);
  const near = fc.integer({ min: -600, max: 3600 });
  return fc
    .record({ near, took, at: fc.nat({ max: 3 }), kind: fc.nat({ max: 4 }), isSeen: fc.boolean() })
    .map(({ near: from, took: seconds, at, kind, isSeen }): Event => {
      const confirmedAt = instantAt(anchorMs, from);
      const later = instantAt(anchorMs, from + seconds);
      const change = `c-${at}`;
      if (kind === 0) return { kind: 'update-begun', change, confirmedAt, begunAt: later };
      if (kind === 1) return { kind: 'replica-lag', at: confirmedAt, lagMs: seconds * 1000 };
      const base = { kind: 'update', change, probe: 'p01', address: '192.0.2.1' } as const;
      const times = { confirmedAt, observedAt: isSeen ? later : null };
      if (kind === 2) return { ...base, service: 'dns', ...times };
      return { ...base, service: 'rdds', interface: kind === 3 ? 'web' : 'rdap', ...times };
    });
}

/** Gaps between a ticket's events, among them each limit to the second. */
const GAPS = [1, 3600, 10_800, 10_801, 14_400, 14_400, 14_401, 28_800, 28_801, 86_400, 230_400];

function arbitraryTickets(anchorMs: number): fc.Arbitrary<EventOf<'ticket'>[]> {
  const step = fc.record({
    gap: fc.constantFrom(...GAPS),
    event: fc.constantFrom(
      ...(['auto-reply', 'human-reply', 'closed', 'reopened', 'severity'] as const),
      ...(['pause', 'resume'] as const),
    ),
    severity: fc.constantFrom('urgent', 'normal', 'service-request', 'business-inquiry'),
  });
  const story = fc.tuple(
    fc.integer({ min: -200_000, max: 200_000 }),
    step,
    fc.array(step, { maxLength: 6 }),
  );
  return fc.array(story, { maxLength: 2 }).map((stories) =>
    stories.flatMap(([opened, { severity }, steps], number) => {
      const id = `T-${number}`;
      let at = opened;
      const first: EventOf<'ticket'> = {
        kind: 'ticket',
        id,
        event: 'opened',
        severity,
        at: instantAt(anchorMs, at),
      };
      const rest = steps.map((next): EventOf<'ticket'> => {
        at += next.gap;
        const said = next.event === 'severity' ? { severity: next.severity } : {};
        return { kind: 'ticket', id, event: next.event, ...said, at: instantAt(anchorMs, at) };
      });
      return [first, ...rest];
    }),
  );
}

function instantAt(anchorMs: number, seconds: number): string {
  return new Date(anchorMs + seconds * 1000).toISOString();
}
