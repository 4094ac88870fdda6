/**
 * `holdfast sla score`: recomputes a month from evidence. Who has the contract and the ledger gets
 * the same figures, whenever and wherever: a month that is over is judged whole; the current one as
 * far as its cycles are decided (`--as-of`, by default now, or the end of later evidence).
 */
import type { Command } from 'commander';
import { addLedger, addMeasurementFile } from '#app/adapters/month-evidence.ts';
import { UsageError } from '#base/coded-error.ts';
import { DECISION_DELAY_MS } from '#sla/measurement/cycle-record.ts';
import { type Month, parseMonth } from '#sla/score/month.ts';
import type { ParameterScore, Score } from '#sla/score/score-json.ts';
import { Scorer } from '#sla/score/scorer.ts';
import type { CliContext } from './cli-context.ts';
import { findContract } from './contract-option.ts';
import { groupCommand } from './group-command.ts';
import { formatTable } from './table.ts';

interface ScoreOptions {
  contract: string;
  month: string;
  ledger?: string;
  measurements?: string;
  asOf?: string;
  json?: true;
}

export function registerSlaScore(program: Command, { stdout, clock }: CliContext): void {
  groupCommand(program, 'sla', 'The sidecar, and what can be recomputed from its evidence')
    .command('score')
    .description('Recompute a month from a ledger or a measurements file')
    .requiredOption('--contract <id-or-file>', 'contract: a shipped id or a file')
    .requiredOption('--month <YYYY-MM>', 'month, UTC')
    .option('--ledger <folder>', 'evidence: a ledger')
    .option('--measurements <file>', 'evidence: a measurements file (NDJSON)')
    .option('--as-of <time>', 'judge the month as it was decided by then (ISO 8601, UTC)')
    .option('--json', 'print JSON')
    .action(async (options: ScoreOptions) => {
      const month = parseMonth(options.month);
      if (month === undefined) throw new UsageError(`--month ${options.month}: expected YYYY-MM`);
      const asOfMs = parseAsOf(options.asOf);
      if ((options.ledger === undefined) === (options.measurements === undefined)) {
        throw new UsageError('give either --ledger or --measurements');
      }
      const { contract } = await findContract(options.contract);
      const scorer = new Scorer(contract);
      if (options.ledger !== undefined) await addLedger(scorer, options.ledger, month);
      else await addMeasurementFile(scorer, options.measurements ?? '');
      const score = scorer.score(month, asOfMs ?? decidedBy(month, clock.nowMs(), scorer.latestMs));
      stdout.write(options.json ? `${JSON.stringify(score, undefined, 2)}\n` : formatScore(score));
    });
}

function parseAsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const isInstant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z$/.test(text);
  const ms = isInstant ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new UsageError(`--as-of ${text}: expected 2026-10-01T00:00:00Z`);
  return ms;
}

/**
 * `undefined` for a month that is over. Evidence from later than this machine's clock shows that
 * the clock is behind, not that the evidence is wrong.
 */
function decidedBy(month: Month, nowMs: number, latestMs: number): number | undefined {
  const byMs = Math.max(nowMs, latestMs + DECISION_DELAY_MS);
  return byMs >= month.endMs + DECISION_DELAY_MS ? undefined : byMs;
}

function formatScore(score: Score): string {
  const label = score.contractual ? '' : ' (not contractual)';
  const until = score.asOf === null ? '' : `, as of ${score.asOf}`;
  const rows = score.parameters.map((parameter) => [
    'nameserver' in parameter
      ? `${parameter.parameter} ${parameter.nameserver} ${parameter.address}`
      : parameter.parameter,
    formatFigure(parameter),
    parameter.verdict,
  ]);
  return `${score.contract}${label}, ${score.month}${until}\n${formatTable(
    ['parameter', 'figure', 'verdict'],
    rows,
  )}`;
}

function formatFigure(score: ParameterScore): string {
  if ('downSeconds' in score) {
    const { min, max } = score.downSeconds;
    const limit = score.limitSeconds ?? (score.limitMilliseconds ?? 0) / 1000;
    const range = min === max ? `${min}` : `${min}..${max}`;
    return `${range} s down of ${limit} s, ${score.unmeasuredSeconds} s unmeasured`;
  }
  if ('within' in score) {
    return `${score.within} of ${score.total} in time (${score.share}), limit ${score.limitShare}`;
  }
  if ('tickets' in score) return `${score.late} of ${score.tickets} tickets late`;
  return `${score.shortDays.length} of ${score.days} days short`;
}
