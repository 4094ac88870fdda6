/**
 * Which reports are to be made now. Asked once a day and after each start, it gives the same answer
 * until they are made, so a missed day is caught up:
 *
 *   period over, no report          -> the first one (a week's is preliminary, others are final)
 *   preliminary, its time nearly up -> final
 *   entries that bear on it changed -> again, superseding the last
 */
import type { Contract } from '#sla/contract/contract.ts';
import { DECISION_DELAY_MS } from '#sla/measurement/cycle-record.ts';
import type { Event } from '#sla/measurement/measurement.ts';
import { entriesOf, reportSeries } from './build-report.ts';
import { type Period, type PeriodKind, periodAt } from './period.ts';
import type { Report } from './report.ts';
import { type ArchivedReport, correctionsDigest } from './report-archive.ts';

export interface DueReport {
  period: Period;
  status: Report['status'];
  reason: string;
}

/** Periods of each kind that are looked back at: what is older is left as it is. */
const LOOK_BACK: Readonly<Record<PeriodKind, number>> = { week: 6, month: 4, quarter: 2, year: 1 };
/** A preliminary report is made final so long before its last day. */
const FINAL_AHEAD_MS = 2 * 86_400_000;
const DAY_MS = 86_400_000;

const PERIODS: Readonly<Record<string, PeriodKind>> = {
  weekly: 'week',
  monthly: 'month',
  quarterly: 'quarter',
  annual: 'year',
};

export interface DueInput {
  contract: Contract;
  nowMs: number;
  /** When the ledger begins: nothing is reported of a period that was over by then. */
  ledgerStartMs: number;
  /**
   * Notices, corrections, volumes and claims since `entriesFromMs`; of what began before they are
   * not compared.
   */
  entries: readonly Event[];
  entriesFromMs: number;
  newest: (series: string) => ArchivedReport | undefined;
}

/** The oldest first. */
export function dueReports(input: DueInput): DueReport[] {
  const { contract, nowMs, ledgerStartMs } = input;
  const due: DueReport[] = [];
  for (const rule of contract.reports) {
    const kind = PERIODS[rule.report];
    if (kind === undefined) continue;
    for (const period of periodsBefore(kind, nowMs)) {
      if (period.endMs + DECISION_DELAY_MS > nowMs || period.endMs <= ledgerStartMs) continue;
      const finalDays = rule.report === 'weekly' ? rule.finalDays : undefined;
      const report = dueOf(input, period, finalDays);
      if (report !== undefined) due.push(report);
    }
  }
  return due;
}

function dueOf(
  { contract, nowMs, entries, entriesFromMs, newest }: DueInput,
  period: Period,
  finalDays: number | undefined,
): DueReport | undefined {
  const isFinalDue =
    finalDays === undefined || nowMs >= period.endMs + finalDays * DAY_MS - FINAL_AHEAD_MS;
  const status = isFinalDue ? 'final' : 'preliminary';
  const last = newest(reportSeries(contract.id, period));
  if (last === undefined) return { period, status, reason: '' };
  const isComparable = period.startMs >= entriesFromMs;
  if (
    isComparable &&
    last.corrections !== correctionsDigest(entriesOf(contract, entries, period))
  ) {
    return { period, status, reason: 'notices, corrections or volumes came in' };
  }
  if (isFinalDue && last.report.status === 'preliminary') {
    return { period, status, reason: 'made final' };
  }
  return undefined;
}

function periodsBefore(kind: PeriodKind, nowMs: number): Period[] {
  const periods: Period[] = [];
  let { startMs } = periodAt(kind, nowMs);
  for (let count = 0; count < LOOK_BACK[kind]; count++) {
    const period = periodAt(kind, startMs - 1);
    periods.unshift(period);
    ({ startMs } = period);
  }
  return periods;
}
