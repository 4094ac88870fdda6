/**
 * The RDDS tests (biz-2013 4.2, 4.3, 4.6, 4.7): every five minutes each probe chooses one address
 * of each service (WHOIS, web WHOIS, RDAP) and asks it about an object that exists. Addresses and
 * objects take turns.
 */
import type { Clock } from '#base/clock.ts';
import type { ListenAddress } from '#net/listen-address.ts';
import type { StallWatch } from '../stall-watch.ts';
import { isSpoilt, seenOf } from '../test-outcome.ts';
import { hashOf, placeInCycle, placeOf, type ServicePlan, type TestSeen } from '../test-plan.ts';
import { faultOf, type RddsObject } from './rdds-content.ts';
import { lookUp, type WebLookup } from './web-lookup.ts';
import { exchangeWhois, type TextSeen } from './whois-exchange.ts';

/** One of the services, and where it is offered. */
export type RddsTarget = {
  addresses: readonly ListenAddress[];
  timeoutMs: number;
} & (
  | { interface: 'whois' /** `{name}` is the object's. */; query: string }
  | { interface: 'web' | 'rdap'; lookup: WebLookup }
);

export interface RddsTesterParts {
  clock: Clock;
  stalls: StallWatch;
  signal: AbortSignal;
}

export class RddsTester {
  readonly #parts: RddsTesterParts;

  constructor(parts: RddsTesterParts) {
    this.#parts = parts;
  }

  /** Makes one test now. Never rejects. */
  async test(target: RddsTarget, server: ListenAddress, object: RddsObject): Promise<TestSeen> {
    const endWatch = this.#parts.stalls.begin();
    const seen = await this.ask(target, server, object.name);
    const stalledUs = endWatch();
    if ('failure' in seen && seen.failure === 'stopped') return seenOf('stopped');
    if (isSpoilt('failure' in seen ? seen.failure : undefined, stalledUs)) {
      return seenOf('loop-stalled');
    }
    if ('failure' in seen) return seenOf(seen.failure);
    const fault = faultOf(target.interface, seen.text, object);
    return fault === undefined
      ? { outcome: 'answered', rttUs: seen.rttUs }
      : seenOf(fault, seen.rttUs);
  }

  /** Whether every service shows all of these objects now, at each address. Never rejects. */
  async shows(targets: readonly RddsTarget[], objects: readonly RddsObject[]): Promise<boolean> {
    const asked = targets.flatMap((target) =>
      target.addresses.flatMap((server) =>
        objects.map(async (object) => {
          const seen = await this.ask(target, server, object.name);
          return 'text' in seen && faultOf(target.interface, seen.text, object) === undefined;
        }),
      ),
    );
    return (await Promise.all(asked)).every(Boolean);
  }

  /** What the server says of a name; not judged. Never rejects. */
  async ask(target: RddsTarget, server: ListenAddress, name: string): Promise<TextSeen> {
    const { clock, signal } = this.#parts;
    const options = { server, timeoutMs: target.timeoutMs, clock, signal };
    if (target.interface === 'whois') {
      return exchangeWhois({ ...options, query: target.query.replaceAll('{name}', () => name) });
    }
    return lookUp(target.lookup, name, options);
  }
}

export interface RddsPlanOptions {
  probes: readonly string[];
  targets: readonly RddsTarget[];
  objects: readonly RddsObject[];
  cycleSeconds: number;
  tester: RddsTester;
}

/** The RDDS tests of a vantage point: in a cycle, one of each service by each probe. */
export function rddsPlan(options: RddsPlanOptions): ServicePlan {
  const { probes, targets, objects, cycleSeconds, tester } = options;
  return {
    cycleSeconds,
    plan: (cycle) => {
      const runs = probes.flatMap((probe) =>
        targets.flatMap((target, index) => {
          const turn = cycle / cycleSeconds + (hashOf(probe) % 1000);
          const server = target.addresses[turn % target.addresses.length];
          // The object changes when all addresses had it.
          const object = objects[Math.floor(turn / target.addresses.length) % objects.length];
          if (server === undefined || object === undefined) return [];
          const place = (placeOf(probe) + index / targets.length) % 1;
          return {
            subject: {
              service: 'rdds' as const,
              probe,
              interface: target.interface,
              address: server.address,
            },
            atMs: placeInCycle(cycle, cycleSeconds, place),
            run: () => tester.test(target, server, object),
          };
        }),
      );
      return runs.sort((a, b) => a.atMs - b.atMs);
    },
  };
}
