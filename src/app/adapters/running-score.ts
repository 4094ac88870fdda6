/**
 * The running judge: one scorer per contract, filled from the ledger at the start and with every
 * line that is added to it. A score is worked out when something was decided since, or when time
 * has passed a cycle's decision; between that everybody gets the same answer.
 */
import type { Clock } from '#base/clock.ts';
import type { LoadedContract } from '#sla/contract/contract-file.ts';
import type { LedgerBody } from '#sla/ledger/ledger-line.ts';
import { DECISION_DELAY_MS } from '#sla/measurement/cycle-record.ts';
import { type Month, monthOf, parseMonth } from '#sla/score/month.ts';
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

  constructor(contracts: readonly LoadedContract[], clock: Clock) {
    this.#clock = clock;
    this.#month = monthOf(clock.nowMs()).name;
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
    if (body.kind === 'late' || body.kind === 'contract' || body.kind === 'scrape') return;
    for (const { scorer, scores } of this.#kept) {
      scorer.add(body);
      scores.clear();
    }
    this.#forget();
  }

  /**
   * A month's score under a contract: the first one and the current month where absent;
   * `undefined` when the contract is not one of these or the month is not one.
   */
  score(id?: string, monthName?: string): Score | undefined {
    const kept = this.#kept.find(({ loaded }) => id === undefined || loaded.contract.id === id);
    const nowMs = this.#clock.nowMs();
    const month = monthName === undefined ? monthOf(nowMs) : parseMonth(monthName);
    if (kept === undefined || month === undefined) return undefined;
    const cached = kept.scores.get(month.name);
    const beganMs = Math.floor(nowMs / FRESH_MS) * FRESH_MS;
    if (cached !== undefined && cached.atMs >= beganMs && cached.atMs <= nowMs) {
      return cached.score;
    }
    const score = kept.scorer.score(month, decidedBy(month, nowMs));
    if (this.#isRecent(month, nowMs)) kept.scores.set(month.name, { score, atMs: nowMs });
    return score;
  }

  /** State of a decided cycle under the first contract. */
  cycleState(service: 'dns' | 'rdds' | 'epp', cycle: number): string | undefined {
    return this.#kept[0]?.scorer.cycleState(service, cycle);
  }

  #isRecent(month: Month, nowMs: number): boolean {
    return month.endMs >= monthOf(nowMs).startMs && month.startMs <= nowMs;
  }

  /** With each new month the one before the last is let go. */
  #forget(): void {
    const month = monthOf(this.#clock.nowMs());
    if (month.name === this.#month) return;
    this.#month = month.name;
    const beforeMs = monthOf(month.startMs - 1).startMs;
    for (const { scorer } of this.#kept) scorer.forgetBefore(beforeMs);
  }
}

/** `undefined` for a month of which everything is decided. */
function decidedBy(month: Month, nowMs: number): number | undefined {
  return nowMs >= month.endMs + DECISION_DELAY_MS ? undefined : nowMs;
}
