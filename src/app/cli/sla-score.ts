/**
 * `holdfast sla score`: recomputes a month from evidence. Who has the contract and the ledger gets
 * the same figures, whenever and wherever: a month that is over is judged whole; the current one as
 * far as its cycles are decided (`--as-of`, by default now, or the end of later evidence).
 */
import type { Command } from 'commander';
import { addEvidence } from '#app/adapters/placed-evidence.ts';
import { UsageError } from '#base/coded-error.ts';
import { parseMonth } from '#base/month.ts';
import type { ParameterScore, Score } from '#sla/score/score-json.ts';
import { Scorer } from '#sla/score/scorer.ts';
import type { CliContext } from './cli-context.ts';
import { findContract } from './contract-option.ts';
import {
  addEvidenceOptions,
  decidedBy,
  type EvidenceOptions,
  evidenceSource,
  parseAsOf,
} from './evidence-option.ts';
import { slaCommand } from './sla-group.ts';
import { formatTable } from './table.ts';

interface ScoreOptions extends EvidenceOptions {
  contract: string;
  month: string;
  json?: true;
}

export function registerSlaScore(program: Command, { stdout, clock }: CliContext): void {
  const command = slaCommand(program)
    .command('score')
    .description('Recompute a month from a ledger or a measurements file')
    .requiredOption('--contract <id-or-file>', 'contract: a shipped id or a file')
    .requiredOption('--month <YYYY-MM>', 'month, UTC');
  addEvidenceOptions(command)
    .option('--json', 'print JSON')
    .action(async (options: ScoreOptions) => {
      const month = parseMonth(options.month);
      if (month === undefined) throw new UsageError(`--month ${options.month}: expected YYYY-MM`);
      const asOfMs = parseAsOf(options);
      const source = evidenceSource(options, month.startMs);
      const { contract } = await findContract(options.contract);
      const scorer = new Scorer(contract);
      await addEvidence([scorer], source);
      const score = scorer.score(
        month,
        asOfMs ?? decidedBy(month.endMs, clock.nowMs(), scorer.latestMs),
      );
      stdout.write(options.json ? `${JSON.stringify(score, undefined, 2)}\n` : formatScore(score));
    });
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
