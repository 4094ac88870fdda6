/**
 * The judge: evidence in, score out. A scorer holds one contract's view of all evidence it was
 * given (in any order), and can be asked for a month again and again while more comes in, which is
 * how the running sidecar uses it; `scoreMonth` is the same as one pure function. What it reads:
 * tests, decided cycles and entries. What it never reads: a clock.
 */
import type { Contract, ServiceName } from '#sla/contract/contract.ts';
import type { CycleRecord } from '#sla/measurement/cycle-record.ts';
import { instantMs } from '#sla/measurement/instant.ts';
import type { Event, EventOf, Measurement } from '#sla/measurement/measurement.ts';
import { type CycleState, DISCARDED, DOWN, UNMEASURED, UP } from './cycle-tally.ts';
import type { Evidence } from './evidence.ts';
import { judgeMonth } from './judge-month.ts';
import type { Month } from './month.ts';
import type { Score } from './score-json.ts';
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
  #events: Event[] = [];
  #gaps: EventOf<'monitor-down'>[] = [];
  #latestMs = -Infinity;

  constructor(contract: Contract) {
    this.contract = contract;
    for (const service of SERVICES) {
      if (contract.services[service] === undefined) continue;
      this.#services.set(service, new ServiceCycles(contract, service, this.#topologies));
    }
  }

  /** The end of the latest cycle that was given, Unix milliseconds; `-Infinity` without one. */
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
    } else if (piece.kind === 'topology') {
      if (this.#topologies.add(piece)) this.#services.get('dns')?.forgetTallies();
    } else if (piece.kind === 'monitor-down') {
      this.#gaps.push(piece);
    } else {
      this.#events.push(piece);
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
    const { contract } = this;
    const evidence: Evidence = {
      topologies: this.#topologies,
      services: this.#services,
      events: this.#events,
      monitorGaps: this.#gaps,
    };
    return judgeMonth(contract, month, evidence, asOfMs);
  }

  /** Drops evidence older than `ms` (keep a month more than is asked for: incidents, weeks). */
  forgetBefore(ms: number): void {
    for (const service of this.#services.values()) service.forgetBefore(ms);
    this.#events = this.#events.filter((event) => endOf(event) >= ms);
    this.#gaps = this.#gaps.filter((gap) => instantMs(gap.to) >= ms);
  }
}

function endOf(event: Event): number {
  if ('to' in event) return Math.max(instantMs(event.to), instantMs(event.from));
  // A ticket may be answered long after it was opened, so its events go only with their year.
  if (event.kind === 'ticket') return Infinity;
  if ('confirmedAt' in event) return instantMs(event.confirmedAt);
  return instantMs(event.at);
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
