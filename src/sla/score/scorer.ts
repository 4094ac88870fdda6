/**
 * The judge: evidence in, score out. A scorer holds one contract's view of all evidence it was
 * given (in any order, but topologies before the cycles that they hold for), and can be asked for
 * a month again and again while more comes in, which is how the running sidecar uses it;
 * `scoreMonth` is the same as one pure function. What it reads: tests, decided cycles and entries.
 * What it never reads: a clock.
 */
import type { Month } from '#base/month.ts';
import type { Contract, ServiceName } from '#sla/contract/contract.ts';
import type { CycleRecord } from '#sla/measurement/cycle-record.ts';
import { instantMs } from '#sla/measurement/instant.ts';
import type { Event, EventOf, Measurement } from '#sla/measurement/measurement.ts';
import { type CycleState, DISCARDED, DOWN, UNMEASURED, UP } from './cycle-tally.ts';
import { Delays } from './delays.ts';
import { type Entry, type Evidence, isEntry } from './evidence.ts';
import { judgeMonth } from './judge-month.ts';
import type { Score } from './score-json.ts';
import { type DelayRule, findDelay, isDelayRule } from './score-updates.ts';
import { ServiceCycles } from './service-cycles.ts';
import { Topologies } from './topologies.ts';

/** Of a cycle that has a line. */
export type CycleStateName = 'up' | 'down' | 'discarded' | 'unmeasured';

const STATE_NAMES: ReadonlyMap<CycleState, CycleStateName> = new Map([
  [UP, 'up'],
  [DOWN, 'down'],
  [DISCARDED, 'discarded'],
  [UNMEASURED, 'unmeasured'],
]);
const SERVICES: readonly ServiceName[] = ['dns', 'rdds', 'epp'];

export class Scorer {
  readonly contract: Contract;
  readonly #topologies = new Topologies();
  readonly #services = new Map<ServiceName, ServiceCycles>();
  readonly #delays: { rule: DelayRule; delays: Delays }[];
  /** By their text: a line that is repeated says nothing new. */
  readonly #events = new Map<string, Entry>();
  #gaps: EventOf<'monitor-down'>[] = [];
  #latestMs = -Infinity;

  constructor(contract: Contract) {
    this.contract = contract;
    this.#delays = contract.parameters.filter(isDelayRule).map((rule) => {
      return { rule, delays: new Delays(rule.limitSeconds * 1000) };
    });
    for (const service of SERVICES) {
      if (contract.services[service] === undefined) continue;
      this.#services.set(service, new ServiceCycles(contract, service, this.#topologies));
    }
  }

  /**
   * The latest instant that the evidence tells of as past: the end of a cycle, or when an entry was
   * made. Unix milliseconds; `-Infinity` without evidence.
   */
  get latestMs(): number {
    return this.#latestMs;
  }

  /**
   * Takes one piece of evidence. Tests of services that the contract does not judge are left out.
   * Raises MeasurementError (its message has no place) for a cycle that cannot be the contract's.
   */
  add(piece: Measurement | CycleRecord): void {
    if (piece.kind === 'test' || piece.kind === 'cycle') {
      const service = this.#services.get(piece.service);
      if (service === undefined) return;
      if (piece.kind === 'test') service.addTest(piece);
      else service.addRecord(piece);
      this.#latestMs = Math.max(this.#latestMs, piece.cycle * 1000 + service.cycleMs);
      return;
    }
    this.#latestMs = Math.max(this.#latestMs, toldAtMs(piece));
    if (piece.kind === 'topology') {
      if (this.#topologies.add(piece)) this.#services.get('dns')?.forgetTallies();
    } else if (piece.kind === 'monitor-down') {
      this.#gaps.push(piece);
    } else if (
      piece.kind === 'update' ||
      piece.kind === 'update-begun' ||
      piece.kind === 'replica-lag'
    ) {
      for (const { rule, delays } of this.#delays) {
        const delay = findDelay(rule, this.contract, piece);
        if (delay !== undefined) delays.add(delay);
      }
    } else if (isEntry(piece)) {
      this.#events.set(JSON.stringify(piece), piece);
    }
  }

  /** State of a cycle of a service (its first second); `undefined` where there is no line of it. */
  cycleState(service: ServiceName, cycle: number): CycleStateName | undefined {
    const tally = this.#services.get(service)?.tallies().get(cycle);
    return tally === undefined ? undefined : STATE_NAMES.get(tally.state);
  }

  /**
   * The month's score. `asOfMs`: the month as it was decided by then; without it, as if it were
   * over. What was said later than `asOfMs` is not known yet.
   */
  score(month: Month, asOfMs?: number): Score {
    return judgeMonth(this.contract, month, this.evidence(), asOfMs);
  }

  /** What was gathered, for those who say more of it than its score. It goes on to change. */
  evidence(): Evidence {
    return {
      topologies: this.#topologies,
      services: this.#services,
      delays: new Map(this.#delays.map(({ rule, delays }) => [rule.parameter, delays])),
      events: [...this.#events.values()],
      monitorGaps: this.#gaps,
    };
  }

  /** Drops evidence from before the start of a month (keep one more than is asked for: weeks). */
  forgetBefore(ms: number): void {
    for (const service of this.#services.values()) service.forgetBefore(ms);
    for (const { delays } of this.#delays) delays.forgetBefore(ms);
    for (const [text, event] of this.#events) if (endOf(event) < ms) this.#events.delete(text);
    this.#gaps = this.#gaps.filter((gap) => instantMs(gap.to) >= ms);
  }
}

/** By when an event had happened; what a notice announces lies ahead of it. */
function toldAtMs(event: Event): number {
  if ('at' in event) return instantMs(event.at);
  if (event.kind === 'monitor-down') return instantMs(event.to);
  const last = event.kind === 'update' ? event.observedAt : event.begunAt;
  return instantMs(last ?? event.confirmedAt);
}

function endOf(event: Entry): number {
  if ('to' in event) return instantMs(event.to);
  // A ticket may be answered long after it was opened, so its events stay.
  return event.kind === 'ticket' ? Infinity : instantMs(event.at);
}

/** A month's score from all evidence at once; the order of `evidence` does not matter. */
export function scoreMonth(
  contract: Contract,
  month: Month,
  evidence: Iterable<Measurement | CycleRecord>,
  asOfMs?: number,
): Score {
  const scorer = new Scorer(contract);
  const later: CycleRecord[] = [];
  for (const piece of evidence) {
    if (piece.kind === 'cycle') later.push(piece);
    else scorer.add(piece);
  }
  for (const record of later) scorer.add(record);
  return scorer.score(month, asOfMs);
}
