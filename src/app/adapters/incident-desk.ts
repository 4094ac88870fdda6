/**
 * Joins the running scores to those who are told of them: each time something was decided it
 * reviews what is true against what was told, writes the evidence of escalations, and puts the
 * messages into the outbox. Between two reviews it remembers nothing that the ledger and the outbox
 * do not hold.
 */
import type { Clock } from '#base/clock.ts';
import { formatInstant } from '#base/clock.ts';
import { errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { LoadedContract } from '#sla/contract/contract-file.ts';
import {
  type CorrectedMonth,
  type Correction,
  entryId,
  findChanges,
  isCorrecting,
  reviewCorrections,
} from '#sla/incident/correction.ts';
import { type CycleSource, writeEvidence } from '#sla/incident/evidence-bundle.ts';
import { addressNotices, type Contact, type Notice } from '#sla/incident/notice.ts';
import type { Outbox } from '#sla/incident/outbox.ts';
import { NEWS_AGE_MAX_MS, reviewStanding } from '#sla/incident/review.ts';
import { findRollingDown } from '#sla/incident/rolling-down.ts';
import { findStanding, type Standing } from '#sla/incident/standing.ts';
import type { ToldPatch } from '#sla/incident/told.ts';
import type { Evidence } from '#sla/score/evidence.ts';
import type { RunningScore } from './running-score.ts';

/** Entries whose effect is shown, the newest; all count. */
const CORRECTIONS_MAX = 50;

export interface IncidentDeskParts {
  scores: RunningScore;
  outbox: Outbox;
  contacts: readonly Contact[];
  /** Of the evidence files. */
  folder: string;
  source: CycleSource;
  /** Told after each review of what is true, and of the notices that are in the outbox now. */
  onReviewed: (standings: readonly Standing[], notices: readonly Notice[]) => void;
  clock: Clock;
  log: Log;
}

/** What the desk says of one contract. */
export interface ContractView {
  loaded: LoadedContract;
  standing: Standing;
  /** Newest entry first. */
  corrections: readonly Correction[];
}

export class IncidentDesk {
  readonly #parts: IncidentDeskParts;
  /** By contract and entry, as of the last month that was begun. */
  readonly #corrections = new Map<string, Correction>();
  #month = '';

  constructor(parts: IncidentDeskParts) {
    this.#parts = parts;
  }

  /** Finds what there is to tell, and puts it into the outbox. Never rejects. */
  async review(): Promise<void> {
    const { outbox, contacts, onReviewed, clock, log } = this.#parts;
    try {
      const notices: Notice[] = [];
      const patch: ToldPatch = new Map();
      const views = this.views(this.#newsMonths());
      for (const view of views) {
        const found = reviewStanding(view.standing, outbox.told);
        const corrected = reviewCorrections(view.standing, view.corrections, outbox.told);
        for (const part of [found, corrected]) {
          for (const [key, matter] of part.patch) patch.set(key, matter);
          for (const notice of part.notices) notices.push(await this.#withEvidence(view, notice));
        }
      }
      const messages = addressNotices(notices, contacts, formatInstant(clock.nowMs()));
      await outbox.take(patch, messages);
      onReviewed(
        views.map(({ standing }) => standing),
        notices,
      );
      for (const { kind, contract, id } of notices)
        log.warn({ kind, contract, notice: id }, 'told');
    } catch (error) {
      // Nothing was taken: the next review finds it again.
      log.error({ reason: errorMessage(error) }, 'incidents were not reviewed; trying again');
    }
  }

  /**
   * What is true now, contract by contract, in the order of the configuration; of this month and
   * the last one, the older first, where `months` does not say otherwise.
   */
  views(months = this.#parts.scores.months()): ContractView[] {
    const { scores } = this.#parts;
    const { asOfMs } = scores;
    return scores.contracts.flatMap((loaded) => {
      const { contract } = loaded;
      const evidence = scores.evidence(contract.id);
      if (evidence === undefined) return [];
      const judged = months.flatMap(({ month }) => scores.score(contract.id, month.name) ?? []);
      const standing = findStanding(contract, judged, evidence.events, asOfMs);
      return [{ loaded, standing, corrections: this.#correctionsOf(loaded, evidence) }];
    });
  }

  /** Months in which news may lie: the last one only while it has just ended. */
  #newsMonths(): CorrectedMonth[] {
    const { scores } = this.#parts;
    return scores.months().filter(({ month }) => month.endMs > scores.asOfMs - 2 * NEWS_AGE_MAX_MS);
  }

  /** Worked out once for each entry: judging months twice is not for every look at a page. */
  #correctionsOf({ contract }: LoadedContract, evidence: Evidence): Correction[] {
    const { scores } = this.#parts;
    const months = scores.months();
    const names = months.map(({ month }) => month.name).join(' ');
    if (names !== this.#month) {
      this.#month = names;
      this.#corrections.clear();
    }
    const known = evidence.events
      .filter(isCorrecting)
      .filter(({ at }) => Date.parse(at) <= scores.asOfMs);
    const newest = known.toSorted((a, b) => (a.at < b.at ? 1 : -1)).slice(0, CORRECTIONS_MAX);
    return newest.map((entry) => {
      const key = `${contract.id} ${entryId(entry)}`;
      const present = this.#corrections.get(key);
      if (present !== undefined) return present;
      const found = { entry, changes: findChanges(contract, evidence, entry, months) };
      this.#corrections.set(key, found);
      return found;
    });
  }

  async #withEvidence({ loaded, standing }: ContractView, notice: Notice): Promise<Notice> {
    if (notice.kind !== 'escalation') return notice;
    const { scores, folder, source, log } = this.#parts;
    const { contract, digest } = loaded;
    const evidence = scores.evidence(contract.id);
    if (evidence === undefined) return notice;
    try {
      const { service } = notice.share;
      const rolling = findRollingDown(contract, evidence, service, standing.atMs);
      const input = { contract, contractDigest: digest, notice, source, ...rolling };
      return { ...notice, evidence: await writeEvidence(folder, input) };
    } catch (error) {
      // Who has to act must hear of it all the same.
      log.error({ notice: notice.id, reason: errorMessage(error) }, 'no evidence was written');
      return notice;
    }
  }
}
