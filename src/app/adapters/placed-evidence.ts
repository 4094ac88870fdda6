/**
 * Evidence for scorers from a ledger or a measurements file, each piece with its place. The chain
 * of a ledger is checked on the way; a line that does not hold ends the reading with its place.
 */
import { formatInstant } from '#base/clock.ts';
import { monthOf } from '#base/month.ts';
import { isEvidence } from '#sla/ledger/ledger-line.ts';
import { readLedger } from '#sla/ledger/ledger-reader.ts';
import type { CycleRecord } from '#sla/measurement/cycle-record.ts';
import type { Measurement } from '#sla/measurement/measurement.ts';
import { atPlace, readMeasurementFile } from '#sla/measurement/measurement-file.ts';
import type { Scorer } from '#sla/score/scorer.ts';

export interface PlacedEvidence {
  file: string;
  /** From 1. */
  line: number;
  piece: Measurement | CycleRecord;
}

/** Where evidence comes from; can be read again and again. */
export type EvidenceSource = () => AsyncIterable<PlacedEvidence>;

/**
 * A ledger's lines from the month before `fromMs` on: rolling weeks and open incidents reach back,
 * and corrections come in later. Raises LedgerDamagedError, LedgerUnreadableError.
 */
export function ledgerEvidence(folder: string, fromMs: number): EvidenceSource {
  const fromDay = formatInstant(monthOf(monthOf(fromMs).startMs - 1).startMs).slice(0, 10);
  return async function* () {
    for await (const { file, firstLine, lines } of readLedger(folder, { fromDay })) {
      for (const [at, { body }] of lines.entries()) {
        if (!isEvidence(body)) continue;
        yield { file, line: firstLine + at, piece: body };
      }
    }
  };
}

/** Raises MeasurementError with its place. */
export function fileEvidence(file: string): EvidenceSource {
  return async function* () {
    for await (const { line, measurement } of readMeasurementFile(file)) {
      yield { file, line, piece: measurement };
    }
  };
}

/** Raises MeasurementError with its place, and what the source raises. */
export async function addEvidence(
  scorers: readonly Scorer[],
  source: EvidenceSource,
): Promise<void> {
  for await (const { file, line, piece } of source()) {
    for (const scorer of scorers) atPlace({ file, line }, () => scorer.add(piece));
  }
}

/** The pieces alone. */
export async function* piecesOf(source: EvidenceSource): AsyncGenerator<Measurement | CycleRecord> {
  for await (const { piece } of source()) yield piece;
}
