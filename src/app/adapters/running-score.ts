/**
 * The running judge: one scorer per contract, filled from the ledger at the start and with every
 * line that is added to it. A score is as of the last time at which everything due was in the
 * ledger, and is worked out when something was decided since; between that everybody gets the same
 * answer. This month and the last one can be asked for: they are what a recomputation gives, for
 * which the month before them is kept too (rolling weeks, incidents that were open).
 */
import type { Clock } from '#base/clock.ts';
import { type Month, monthOf, parseMonth } from '#base/month.ts';
import type { LoadedContract } from '#sla/contract/contract-file.ts';
import { isEvidence, type LedgerBody } from '#sla/ledger/ledger-line.ts';
import { DECISION_DELAY_MS } from '#sla/measurement/cycle-record.ts';
import type { Evidence } from '#sla/score/evidence.ts';
import type { Score } from '#sla/score/score-json.ts';
import { Scorer } from '#sla/score/scorer.ts';

/** No contract has a shorter cycle: until then nothing new can be decided by time alone. */
const FRESH_MS = 60_000;

interface Kept {
  loaded: LoadedContract;
  scorer: Scorer;
  scores: Map<string, { score: Score; atMs: number }>;
}

export class RunningScore {
  readonly #clock: Clock;
  readonly #kept: Kept[];
  #month: string;
  /** All that was due by then is decided, Unix milliseconds. */
  #decidedMs: number;

  constructor(contracts: readonly LoadedContract[], clock: Clock) {
    this.#clock = clock;
    this.#month = monthOf(clock.nowMs()).name;
    this.#decidedMs = clock.nowMs();
    this.#kept = contracts.map((loaded) => {
      return { loaded, scorer: new Scorer(loaded.contract), scores: new Map() };
    });
  }

  /** In the order of the configuration. */
  get contracts(): LoadedContract[] {
    return this.#kept.map(({ loaded }) => loaded);
  }

  /** Takes a line of the ledger. Raises MeasurementError for one that no contract can have. */
  add(body: LedgerBody): void {
    if (!isEvidence(body)) return;
    for (const { scorer, scores } of this.#kept) {
      scorer.add(body);
      scores.clear();
    }
    this.#forget();
  }

  /** Every cycle that was due by `ms` was added. */
  decided(ms: number): void {
    this.#decidedMs = ms;
  }

  /**
   * A month's score under a contract: the first one and the current month where absent;
   * `undefined` when the contract is not one of these, or the month neither this nor the last one.
   */
  score(id?: string, monthName?: string): Score | undefined {
    const kept = this.#kept.find(({ loaded }) => id === undefined || loaded.contract.id === id);
    const nowMs = this.#clock.nowMs();
    const month = monthName === undefined ? monthOf(nowMs) : parseMonth(monthName);
    if (kept === undefined || month === undefined || !isRecent(month, nowMs)) return undefined;
    const { asOfMs } = this;
    const cached = kept.scores.get(month.name);
    const beganMs = Math.floor(asOfMs / FRESH_MS) * FRESH_MS;
    if (cached !== undefined && cached.atMs >= beganMs && cached.atMs <= asOfMs) {
      return cached.score;
    }
    const score = kept.scorer.score(month, decidedBy(month, asOfMs));
    kept.scores.set(month.name, { score, atMs: asOfMs });
    return score;
  }

  /** Up to when a score that is asked for now is judged, Unix milliseconds. */
  get asOfMs(): number {
    return Math.min(this.#clock.nowMs(), this.#decidedMs);
  }

  /** This month and the last one, the older first, with how far each is decided. */
  months(): { month: Month; asOfMs: number | undefined }[] {
    const { asOfMs } = this;
    const current = monthOf(this.#clock.nowMs());
    return [monthBefore(current), current].map((month) => {
      return { month, asOfMs: decidedBy(month, asOfMs) };
    });
  }

  /** What a contract's scores are made of; `undefined` for a contract that is none of these. */
  evidence(id: string): Evidence | undefined {
    return this.#kept.find(({ loaded }) => loaded.contract.id === id)?.scorer.evidence();
  }

  /** State of a decided cycle under the first contract. */
  cycleState(service: 'dns' | 'rdds' | 'epp', cycle: number): string | undefined {
    return this.#kept[0]?.scorer.cycleState(service, cycle);
  }

  /** With each new month the oldest is let go. */
  #forget(): void {
    const month = monthOf(this.#clock.nowMs());
    if (month.name === this.#month) return;
    this.#month = month.name;
    const keptMs = evidenceStartMs(month.startMs);
    for (const { scorer, scores } of this.#kept) {
      scorer.forgetBefore(keptMs);
      scores.clear();
    }
  }
}

/** From when on evidence is needed for the scores that can be asked for, Unix milliseconds. */
export function evidenceStartMs(nowMs: number): number {
  return monthBefore(monthBefore(monthOf(nowMs))).startMs;
}

function monthBefore(month: Month): Month {
  return monthOf(month.startMs - 1);
}

function isRecent(month: Month, nowMs: number): boolean {
  return month.startMs >= monthBefore(monthOf(nowMs)).startMs && month.startMs <= nowMs;
}

/** `undefined` for a month of which everything is decided. */
function decidedBy(month: Month, asOfMs: number): number | undefined {
  return asOfMs >= month.endMs + DECISION_DELAY_MS ? undefined : asOfMs;
}
