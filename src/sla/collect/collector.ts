/**
 * Where evidence comes together: what probes hand in, what servers tell and what scrapes saw, on
 * its way into the ledger.
 *
 *   hand in -> refused (nothing of it was taken)
 *           -> repeated: seen before
 *           -> kept in the intake journal -> the cycle is decided -> one ledger line per cycle
 *                                         -> too late for its cycle -> a `late` line, never scored
 *
 * Only what is durable is told to those who score. While the ledger cannot be written everything
 * waits and is tried again at the next step; when too much waits, no more is taken.
 */
import type { Clock } from '#base/clock.ts';
import { errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { Ledger } from '#sla/ledger/ledger.ts';
import { isEvidence, type LedgerBody } from '#sla/ledger/ledger-line.ts';
import { packCycle, targetOf, unpackCycle } from '#sla/measurement/cycle-record.ts';
import { instantMs } from '#sla/measurement/instant.ts';
import type { Event, Measurement, Test } from '#sla/measurement/measurement.ts';
import { MeasurementError } from '#sla/measurement/measurement-file.ts';
import { IntakeError, type IntakeJournal } from './intake-journal.ts';
import { type CycleLengths, type PendingCycle, PendingCycles } from './pending-cycles.ts';
import { RecentKeys } from './recent-keys.ts';
import { StandingEntries } from './standing-entries.ts';

/** What became of the lines of one handing-in. */
export interface IntakeReceipt {
  accepted: number;
  /** Seen before: taken once. */
  repeated: number;
  /** Of `accepted`, those whose cycle was decided already: evidence, never scored. */
  late: number;
}

export interface CollectorParts {
  ledger: Ledger;
  journal: IntakeJournal;
  lengths: CycleLengths;
  /** Told of what is in the ledger now, in its order. */
  onAppended: (bodies: readonly LedgerBody[]) => void;
  onAppendFailed: () => void;
  /** Told after each step of when it began: every cycle due by then is in the ledger. */
  onDecided: (ms: number) => void;
  clock: Clock;
  log: Log;
  /** How many tests of open cycles and entries may wait; 200,000 where absent. */
  waitingMax?: number;
}

/** A probe may say what it saw and of whom; notices and corrections come through other doors. */
const PROBE_KINDS: ReadonlySet<Measurement['kind']> = new Set(['test', 'update', 'topology']);
/** A probe's clock is at most this far ahead. */
const AHEAD_MAX_MS = 60_000;
const KEYS_MAX = 200_000;
/** Tests of open cycles and entries that wait: beyond it nothing is taken, the probe keeps it. */
const WAITING_MAX = 200_000;
/** A probe keeps what it could not hand in for a day; older results do not come again. */
const REPEATED_WITHIN_MS = 86_400_000;

export class Collector {
  readonly #parts: CollectorParts;
  readonly #pending: PendingCycles;
  readonly #seen = new RecentKeys(KEYS_MAX);
  readonly #standing = new StandingEntries();
  /** Texts of tests in cycles decided lately: the ledger does not keep their numbers. */
  readonly #decided = new RecentKeys(KEYS_MAX);
  readonly #decidedCycles = new RecentKeys(KEYS_MAX);
  #lastTopology = '';
  /** Cycles that begin before this were given up as not measured. */
  #gapEndMs = Number.NEGATIVE_INFINITY;
  #waiting: LedgerBody[] = [];
  /** Of the waiting, those that the journal holds. */
  #waitingMeasurements: Measurement[] = [];
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: CollectorParts) {
    this.#parts = parts;
    this.#pending = new PendingCycles(parts.lengths);
  }

  /** Tests of cycles that are still open, oldest cycle first. */
  pending(): PendingCycle[] {
    return this.#pending.all();
  }

  /** Before the start: what the ledger holds already, in its order. */
  recall(body: LedgerBody): void {
    this.#standing.add(body);
    if (body.kind === 'cycle' || body.kind === 'late') {
      const record = body.kind === 'cycle' ? body : body.record;
      if (body.kind === 'cycle') this.#decidedCycles.add(`${record.service} ${record.cycle}`);
      // Months of tests are not unpacked: that would be most of a start.
      if (record.cycle * 1000 < this.#parts.clock.nowMs() - REPEATED_WITHIN_MS) return;
      for (const test of unpackCycle(record)) this.#decided.add(textOfTest(test));
    } else if (body.kind === 'topology') {
      this.#lastTopology = textOfTopology(body);
    } else if (body.kind === 'monitor-down') {
      this.#gapEndMs = Math.max(this.#gapEndMs, Date.parse(body.to));
    } else if (isEvent(body)) {
      this.#seen.add(keyOfEvent(body));
    }
  }

  /** Before the start, after `recall`: what the intake journal held. */
  resume(held: readonly Measurement[]): void {
    for (const measurement of held) {
      // Taken in time: it counts, although its cycle is decided later than it should have been.
      if (!this.#isRepeated(measurement)) this.#keep(measurement, -Infinity);
    }
  }

  /**
   * Takes measurements of a probe, all or none. Durable when it resolves.
   * Raises MeasurementError for one that is not a probe's to make, IntakeError.
   */
  handIn(measurements: readonly Measurement[]): Promise<IntakeReceipt> {
    for (const [at, measurement] of measurements.entries()) this.#check(measurement, at + 1);
    return this.#inTurn(async () => {
      const waiting = this.#waiting.length + this.#pending.size;
      if (waiting + measurements.length > (this.#parts.waitingMax ?? WAITING_MAX)) {
        throw new IntakeError('ledger', new Error(`${waiting} results and entries wait for it`));
      }
      const fresh = new Map<string, Measurement>();
      for (const measurement of measurements) {
        if (!this.#isRepeated(measurement)) fresh.set(keyOf(measurement), measurement);
      }
      const accepted = [...fresh.values()];
      if (accepted.length > 0) await this.#parts.journal.append(accepted);
      const late = accepted.filter((measurement) => this.#keep(measurement) === 'late').length;
      return {
        accepted: accepted.length,
        repeated: measurements.length - accepted.length,
        late,
      };
    });
  }

  /**
   * Entries of the sidecar's own making: into the ledger at the next step. Not durable until then.
   */
  enter(bodies: readonly LedgerBody[]): void {
    for (const body of bodies) {
      if (isEvent(body)) {
        if (this.#seen.has(keyOfEvent(body))) continue;
        this.#seen.add(keyOfEvent(body));
      }
      this.#waiting.push(body);
    }
  }

  /**
   * What servers tell: in the ledger when it resolves. Raises IntakeError while that cannot be
   * written; they wait there already, and saying them again enters them once.
   */
  async enterDurably(events: readonly Event[]): Promise<void> {
    this.enter(events);
    if (!(await this.step())) {
      throw new IntakeError('ledger', new Error('it cannot be written now'));
    }
  }

  /**
   * Decides the cycles whose time has come and writes what waits. Never rejects; false while the
   * ledger cannot be written.
   */
  step(): Promise<boolean> {
    return this.#inTurn(() => this.#step());
  }

  async #step(): Promise<boolean> {
    const { ledger, clock, onAppended, onAppendFailed, onDecided, log } = this.#parts;
    const nowMs = clock.nowMs();
    const due = this.#pending.due(nowMs);
    const entries = [...this.#waiting];
    const superseded: Test[] = [];
    const records = due.map(({ service, cycle, tests }) =>
      packCycle(service, cycle, tests, (test) => superseded.push(test)),
    );
    if (entries.length + records.length > 0) {
      const bodies: LedgerBody[] = [...this.#standing.due(nowMs), ...entries, ...records];
      try {
        await ledger.append(bodies);
      } catch (error) {
        onAppendFailed();
        log.error({ reason: errorMessage(error) }, 'the ledger cannot be written; trying again');
        return false;
      }
      this.#waiting = this.#waiting.slice(entries.length);
      this.#standing.repeated(nowMs);
      const wasHeld = due.length > 0 || this.#waitingMeasurements.length > 0;
      this.#waitingMeasurements = [];
      this.#pending.remove(due);
      for (const body of bodies) this.recall(body);
      onAppended(bodies);
      for (const test of superseded) log.warn({ test }, 'another result of its target counts');
      if (wasHeld) await this.#shortenJournal();
    }
    onDecided(nowMs);
    return true;
  }

  async #shortenJournal(): Promise<void> {
    const { journal, log } = this.#parts;
    try {
      await journal.replace(this.#held());
    } catch (error) {
      // It holds more than it needs to; what is in the ledger is known at the next start.
      log.error({ reason: errorMessage(error) }, 'the intake journal was not shortened');
    }
  }

  /** What a crash must not lose. */
  #held(): Measurement[] {
    return [...this.#waitingMeasurements, ...this.#pending.all().flatMap(({ tests }) => tests)];
  }

  #check(measurement: Measurement, line: number): void {
    const place = { file: 'measurements', line };
    if (!PROBE_KINDS.has(measurement.kind)) {
      throw new MeasurementError(`${measurement.kind} is not a probe's to hand in`, place);
    }
    const byMs = this.#parts.clock.nowMs() + AHEAD_MAX_MS;
    if (measurement.kind !== 'test') {
      const ahead = instantsOf(measurement).find((instant) => instantMs(instant) > byMs);
      if (ahead === undefined) return;
      throw new MeasurementError(`${ahead} has not come yet; correct the clock`, place);
    }
    const { service, cycle } = measurement;
    if (this.#pending.decisionMs(service, cycle) === undefined) {
      throw new MeasurementError(`cycle: ${cycle} is no cycle of a measured service`, place);
    }
    if (cycle * 1000 > byMs) {
      throw new MeasurementError(`cycle: ${cycle} has not begun; correct the clock`, place);
    }
  }

  #isRepeated(measurement: Measurement): boolean {
    if (measurement.kind === 'topology') return textOfTopology(measurement) === this.#lastTopology;
    if (this.#seen.has(keyOf(measurement))) return true;
    return measurement.kind === 'test' && this.#decided.has(textOfTest(measurement));
  }

  #keep(measurement: Measurement, nowMs = this.#parts.clock.nowMs()): 'open' | 'late' | 'entry' {
    this.#seen.add(keyOf(measurement));
    if (measurement.kind !== 'test') {
      if (measurement.kind === 'topology') this.#lastTopology = textOfTopology(measurement);
      this.#waiting.push(measurement);
      this.#waitingMeasurements.push(measurement);
      return 'entry';
    }
    const { service, cycle } = measurement;
    const decisionMs = this.#pending.decisionMs(service, cycle) ?? 0;
    const isOver = this.#decidedCycles.has(`${service} ${cycle}`) || cycle * 1000 < this.#gapEndMs;
    if (!isOver && decisionMs > nowMs) {
      this.#pending.add(measurement);
      return 'open';
    }
    this.#waiting.push({ kind: 'late', record: packCycle(service, cycle, [measurement]) });
    this.#waitingMeasurements.push(measurement);
    return 'late';
  }

  /** One thing at a time: the journal and the ledger are in step. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#last.then(task);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

function isEvent(body: LedgerBody): body is Event {
  return isEvidence(body) && body.kind !== 'cycle';
}

/**
 * Of a test its number and what it says: of two that say different things under one number both
 * are taken, so that the less favourable counts in whatever order they come.
 */
function keyOf(measurement: Measurement): string {
  if (measurement.kind !== 'test') return keyOfEvent(measurement);
  return `${measurement.seq ?? ''}\n${textOfTest(measurement)}`;
}

/** An update is one whatever it says of its end: (change, service, probe, address). */
function keyOfEvent(event: Event): string {
  if (event.kind !== 'update') return JSON.stringify(event);
  const { change, service, probe, address, interface: asked = '', confirmedAt } = event;
  // A server whose store began anew gives its changes the same ids again, at another time.
  return ['update', change, confirmedAt, service, probe, address, asked].join('\n');
}

/** What the ledger keeps of a test. */
function textOfTest(test: Test): string {
  const { service, cycle, probe, outcome, rttUs = '', error = '' } = test;
  return [service, cycle, probe, ...targetOf(test), outcome, rttUs, error].join('\n');
}

/** Without its time: the same name servers said again change nothing. */
function textOfTopology(topology: Extract<Event, { kind: 'topology' }>): string {
  const { tld, dnssec, nameservers } = topology;
  const sorted = Object.keys(nameservers)
    .sort()
    .map((name) => [name, nameservers[name]]);
  return JSON.stringify([tld, dnssec, sorted]);
}

/** When an update or a topology says that it was seen. */
function instantsOf(measurement: Measurement): string[] {
  if (measurement.kind === 'topology') return [measurement.at];
  if (measurement.kind !== 'update') return [];
  const { confirmedAt, observedAt } = measurement;
  return observedAt === null ? [confirmedAt] : [confirmedAt, observedAt];
}
