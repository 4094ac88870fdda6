/**
 * Options of commands that judge from evidence: a ledger or a measurements file, and as of when. A
 * period that is over is judged whole; one that is not, as far as its cycles are decided.
 */
import type { Command } from 'commander';
import {
  type EvidenceSource,
  fileEvidence,
  ledgerEvidence,
} from '#app/adapters/placed-evidence.ts';
import { UsageError } from '#base/coded-error.ts';
import { DECISION_DELAY_MS } from '#sla/measurement/cycle-record.ts';

export interface EvidenceOptions {
  ledger?: string;
  measurements?: string;
  asOf?: string;
}

export function addEvidenceOptions(command: Command): Command {
  return command
    .option('--ledger <folder>', 'evidence: a ledger')
    .option('--measurements <file>', 'evidence: a measurements file (NDJSON)')
    .option('--as-of <time>', 'judge as it was decided by then (ISO 8601, UTC)');
}

/** `fromMs`: start of what is judged. Raises UsageError unless exactly one source is named. */
export function evidenceSource(options: EvidenceOptions, fromMs: number): EvidenceSource {
  const { ledger, measurements } = options;
  if ((ledger === undefined) === (measurements === undefined)) {
    throw new UsageError('give either --ledger or --measurements');
  }
  return ledger === undefined ? fileEvidence(measurements ?? '') : ledgerEvidence(ledger, fromMs);
}

/** Unix milliseconds of an option's instant, `2026-10-01T00:00:00Z`. Raises UsageError. */
export function parseInstantOption(option: string, text: string): number {
  const isInstant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z$/.test(text);
  const ms = isInstant ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new UsageError(`${option} ${text}: expected 2026-10-01T00:00:00Z`);
  return ms;
}

/** `undefined` without the option. Raises UsageError. */
export function parseAsOf({ asOf }: EvidenceOptions): number | undefined {
  return asOf === undefined ? undefined : parseInstantOption('--as-of', asOf);
}

/**
 * As of when a period that ends at `endMs` is judged; `undefined` for one that is over. Evidence
 * from later than this machine's clock shows that the clock is behind, not that it is wrong.
 */
export function decidedBy(endMs: number, nowMs: number, latestMs: number): number | undefined {
  const byMs = Math.max(nowMs, latestMs + DECISION_DELAY_MS);
  return byMs >= endMs + DECISION_DELAY_MS ? undefined : byMs;
}
