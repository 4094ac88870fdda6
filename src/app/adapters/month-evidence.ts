/**
 * Fills a scorer from a ledger or a measurements file. From the ledger everything since the month
 * before is read: rolling weeks and open incidents reach back, and corrections come in later. The
 * chain is checked on the way; a line that does not hold ends the scoring with its place.
 */
import { formatInstant } from '#base/clock.ts';
import { readLedger } from '#sla/ledger/ledger-reader.ts';
import { atPlace, readMeasurementFile } from '#sla/measurement/measurement-file.ts';
import { type Month, monthOf } from '#sla/score/month.ts';
import type { Scorer } from '#sla/score/scorer.ts';

/** Raises LedgerDamagedError, LedgerUnreadableError, or MeasurementError with its place. */
export async function addLedger(scorer: Scorer, folder: string, month: Month): Promise<void> {
  const fromDay = formatInstant(monthOf(month.startMs - 1).startMs).slice(0, 10);
  for await (const { file, lines } of readLedger(folder, { fromDay })) {
    for (const [at, { body }] of lines.entries()) {
      if (body.kind === 'late' || body.kind === 'contract' || body.kind === 'scrape') continue;
      atPlace({ file, line: at + 1 }, () => scorer.add(body));
    }
  }
}

/** Raises MeasurementError with its place. */
export async function addMeasurementFile(scorer: Scorer, file: string): Promise<void> {
  for await (const { line, measurement } of readMeasurementFile(file)) {
    atPlace({ file, line }, () => scorer.add(measurement));
  }
}
