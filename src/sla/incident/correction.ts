/**
 * What an entry did to figures that were known before it: each month is judged without the entry
 * and with it, and where down time or verdict differ, the figure of before is superseded. Nothing
 * is remembered for this: evidence and contract say it again whenever they are asked.
 */
import type { Month } from '#base/month.ts';
import type { Contract } from '#sla/contract/contract.ts';
import type { EventOf } from '#sla/measurement/measurement.ts';
import type { Evidence } from '#sla/score/evidence.ts';
import { judgeMonth } from '#sla/score/judge-month.ts';
import type { ParameterScore } from '#sla/score/score-json.ts';
import { type FigureChange, idOf, type NoticeOf } from './notice.ts';
import { NEWS_AGE_MAX_MS } from './review.ts';
import type { Standing } from './standing.ts';
import { correctionKey, type ToldPatch, type ToldTable } from './told.ts';

/** An entry that says that down time was none, or is not ours. */
export type CorrectingEntry = EventOf<'false-positive' | 'exclusion'>;

export function isCorrecting(entry: { kind: string }): entry is CorrectingEntry {
  return entry.kind === 'false-positive' || entry.kind === 'exclusion';
}

/** The same for the same entry, whenever and however often it comes. */
export function entryId(entry: CorrectingEntry): string {
  return idOf(JSON.stringify(entry));
}

export interface CorrectedMonth {
  month: Month;
  /** As far as it is judged; `undefined` for a month that is decided whole. */
  asOfMs: number | undefined;
}

/** An entry, and what it changes under one contract. */
export interface Correction {
  entry: CorrectingEntry;
  changes: FigureChange[];
}

/** What is to be told of entries that changed figures; older ones than a day are no news. */
export function reviewCorrections(
  standing: Standing,
  corrections: readonly Correction[],
  told: ToldTable,
): { notices: NoticeOf<'correction'>[]; patch: ToldPatch } {
  const { contract, contractual, atMs } = standing;
  const notices: NoticeOf<'correction'>[] = [];
  const patch: ToldPatch = new Map();
  for (const { entry, changes } of corrections) {
    const { at } = entry;
    const key = correctionKey(contract, entryId(entry));
    const isOld = Date.parse(at) < atMs - NEWS_AGE_MAX_MS;
    if (isOld || told.has(key) || changes.length === 0) continue;
    patch.set(key, { kind: 'correction', at });
    const id = idOf(contract, key);
    notices.push({ id, at, contract, contractual, kind: 'correction', entry, changes });
  }
  for (const [key, matter] of told) {
    if (matter.kind !== 'correction' || !key.startsWith(correctionKey(contract, ''))) continue;
    if (Date.parse(matter.at) < atMs - NEWS_AGE_MAX_MS) patch.set(key, null);
  }
  return { notices, patch };
}

/** Figures of down time that `entry` changes; none if it changes nothing. */
export function findChanges(
  contract: Contract,
  evidence: Evidence,
  entry: CorrectingEntry,
  months: readonly CorrectedMonth[],
): FigureChange[] {
  const id = entryId(entry);
  const events = evidence.events.filter((other) => !isCorrecting(other) || entryId(other) !== id);
  return months.flatMap(({ month, asOfMs }) => {
    const isTouched = Date.parse(entry.from) < month.endMs && Date.parse(entry.to) > month.startMs;
    if (!isTouched) return [];
    const before = judgeMonth(contract, month, { ...evidence, events }, asOfMs).parameters;
    const after = judgeMonth(contract, month, evidence, asOfMs).parameters;
    return before.flatMap((figure, at) => changeOf(month.name, figure, after[at]));
  });
}

function changeOf(
  month: string,
  before: ParameterScore,
  after: ParameterScore | undefined,
): FigureChange[] {
  if (after === undefined || !('downSeconds' in before) || !('downSeconds' in after)) return [];
  const isSame =
    before.downSeconds.min === after.downSeconds.min && before.verdict === after.verdict;
  if (isSame) return [];
  const { parameter, nameserver, address } = before;
  return [
    {
      month,
      parameter,
      subject: nameserver === undefined ? '' : `${nameserver} ${address ?? ''}`,
      before: { downSeconds: before.downSeconds.min, verdict: before.verdict },
      after: { downSeconds: after.downSeconds.min, verdict: after.verdict },
    },
  ];
}
