/**
 * What is judged in a month: each service, DNSSEC, and each address of a name server that was of
 * record, with its timeline and incidents. A timeline reaches at most two months back and forward
 * of the month (rolling weeks, incidents that span months), so one stray line cannot make it
 * endless.
 */
import type { Month } from '#base/month.ts';
import type { Contract, ServiceName } from '#sla/contract/contract.ts';
import { DECISION_DELAY_MS } from '#sla/measurement/cycle-record.ts';
import type { CorrectedSubject } from './corrections.ts';
import { type CycleState, type CycleTally, OK, SLOW, UNMEASURED } from './cycle-tally.ts';
import type { Evidence } from './evidence.ts';
import { findIncidents, type Incident } from './incidents.ts';
import type { IncidentScore } from './score-json.ts';
import type { ServiceCycles } from './service-cycles.ts';
import { type Span, spanOf, uniteSpans } from './spans.ts';
import { buildTimeline, type Timeline } from './timeline.ts';

export interface Subject {
  name: IncidentScore['service'];
  corrected: CorrectedSubject;
  timeline: Timeline;
  incidents: Incident[];
}

const REACH_MS = 62 * 86_400_000;

export class Subjects {
  readonly #contract: Contract;
  readonly #month: Month;
  readonly #evidence: Evidence;
  readonly #asOfMs: number | undefined;
  readonly #gaps: Span[];
  readonly #services = new Map<ServiceName, Subject>();
  #dnssec: Subject | undefined;
  #addresses: Subject[] | undefined;

  constructor(contract: Contract, month: Month, evidence: Evidence, asOfMs: number | undefined) {
    this.#contract = contract;
    this.#month = month;
    this.#evidence = evidence;
    this.#asOfMs = asOfMs;
    this.#gaps = uniteSpans(evidence.monitorGaps.map(spanOf));
  }

  /** End of the last cycle of this length that is decided; without `asOf`, all are. */
  decidedEndMs(cycleMs: number): number {
    if (this.#asOfMs === undefined) return Infinity;
    return Math.floor((this.#asOfMs - DECISION_DELAY_MS) / cycleMs) * cycleMs;
  }

  service(service: ServiceName): Subject {
    const known = this.#services.get(service);
    if (known !== undefined) return known;
    const cycles = this.#cycles(service);
    const timeline = this.#timeline(cycles, (tally) => tally.state);
    const limit = this.#contract.services[service]?.incidentCycles ?? 1;
    const incidents = findIncidents(timeline, limit, limit);
    const subject = { name: service, corrected: { service }, timeline, incidents };
    this.#services.set(service, subject);
    return subject;
  }

  dnssec(): Subject {
    if (this.#dnssec !== undefined) return this.#dnssec;
    const cycles = this.#cycles('dns');
    const timeline = this.#timeline(cycles, (tally) => tally.dnssec);
    const limit = this.#contract.services.dns?.dnssec.incidentCycles ?? 1;
    const incidents = findIncidents(timeline, limit, limit);
    this.#dnssec = { name: 'dnssec', corrected: { service: 'dns' }, timeline, incidents };
    return this.#dnssec;
  }

  /** Every address that was of record in the month, or tested while none was known to be. */
  nameserverAddresses(): Subject[] {
    if (this.#addresses !== undefined) return this.#addresses;
    this.#addresses = [];
    const cycles = this.#cycles('dns');
    const { catalogue } = cycles;
    const tallies = cycles.tallies();
    this.#evidence.topologies.enter(catalogue);
    for (const [address, text] of catalogue.addresses.texts.entries()) {
      const subject = this.#address(cycles, tallies, address, text);
      if (subject !== undefined) this.#addresses.push(subject);
    }
    const key = (subject: Subject): string =>
      `${subject.corrected.nameserver} ${subject.corrected.address}`;
    this.#addresses.sort((a, b) => (key(a) < key(b) ? -1 : 1));
    return this.#addresses;
  }

  /** Services, DNSSEC and addresses, as far as the contract has them. */
  all(): Subject[] {
    const services = [...this.#evidence.services.keys()].map((service) => this.service(service));
    if (!this.#evidence.services.has('dns')) return services;
    return [...services, this.dnssec(), ...this.nameserverAddresses()];
  }

  /** Tests of some classes in the month: all that have a result, and those within their limit. */
  testCounts(service: ServiceName, classes: readonly number[]): { total: number; within: number } {
    const sum = { total: 0, within: 0 };
    const { timeline } = this.service(service);
    const { originMs, cycleMs, states } = timeline;
    for (const [cycle, tally] of this.#cycles(service).tallies()) {
      const startMs = cycle * 1000;
      if (startMs < this.#month.startMs || startMs >= this.#month.endMs) continue;
      if (states[(startMs - originMs) / cycleMs] === UNMEASURED) continue;
      if (startMs + cycleMs > originMs + states.length * cycleMs) continue;
      for (const testClass of classes) {
        const at = testClass * 3;
        const ok = tally.counts[at + OK] ?? 0;
        sum.within += ok;
        sum.total += ok + (tally.counts[at + SLOW] ?? 0) + (tally.counts[at + 2] ?? 0);
      }
    }
    return sum;
  }

  #address(
    cycles: ServiceCycles,
    tallies: ReadonlyMap<number, CycleTally>,
    address: number,
    text: string,
  ): Subject | undefined {
    const month: Span = { fromMs: this.#month.startMs, toMs: this.#month.endMs };
    if (!this.#isInMonth(cycles, address, tallies, month)) return undefined;
    const stateOf = (tally: CycleTally): CycleState =>
      (tally.addresses[address] ?? UNMEASURED) as CycleState;
    const timeline = this.#timeline(cycles, stateOf, address);
    const limit = this.#contract.services.dns?.nameserverIncidentCycles ?? 1;
    const [nameserver = '', ip = ''] = text.split(' ');
    return {
      name: 'dns-nameserver',
      corrected: { service: 'dns', nameserver, address: ip },
      timeline,
      incidents: findIncidents(timeline, limit, limit),
    };
  }

  /** Of record in the month; where no topology is known, tested in it. */
  #isInMonth(
    cycles: ServiceCycles,
    address: number,
    tallies: ReadonlyMap<number, CycleTally>,
    month: Span,
  ): boolean {
    const { topologies } = this.#evidence;
    const present = topologies.presenceOf(address, month, cycles.catalogue);
    return present.some((span) => {
      if (topologies.listedAt(span.fromMs, cycles.catalogue) !== undefined) return true;
      for (const [cycle, tally] of tallies) {
        const isInside = cycle * 1000 >= span.fromMs && cycle * 1000 < span.toMs;
        if (isInside && (tally.addresses[address] ?? UNMEASURED) !== UNMEASURED) return true;
      }
      return false;
    });
  }

  #cycles(service: ServiceName): ServiceCycles {
    const cycles = this.#evidence.services.get(service);
    if (cycles === undefined) throw new Error(`contract without service ${service}`);
    return cycles;
  }

  /** Of one subject; `address` where it is an address, which may come and go. */
  #timeline(
    cycles: ServiceCycles,
    stateOf: (tally: CycleTally) => CycleState,
    address?: number,
  ): Timeline {
    const { cycleMs } = cycles;
    const tallies = cycles.tallies();
    const earliestMs = this.#month.startMs - REACH_MS;
    const latestMs = this.#month.endMs + REACH_MS;
    let firstMs = this.#month.startMs;
    let endMs = this.#month.endMs;
    for (const cycle of tallies.keys()) {
      const startMs = cycle * 1000;
      if (startMs >= earliestMs && startMs < firstMs) firstMs = startMs;
      if (startMs < latestMs && startMs + cycleMs > endMs) endMs = startMs + cycleMs;
    }
    const originMs = Math.floor(firstMs / cycleMs) * cycleMs;
    const decidedMs = Math.min(endMs, this.decidedEndMs(cycleMs));
    const span: Span = { fromMs: originMs, toMs: Math.max(originMs, decidedMs) };
    const { topologies } = this.#evidence;
    return buildTimeline({
      originMs,
      endMs: decidedMs,
      cycleMs,
      tallies,
      stateOf,
      presence:
        address === undefined ? undefined : topologies.presenceOf(address, span, cycles.catalogue),
      gaps: this.#gaps,
    });
  }
}
