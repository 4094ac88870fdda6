/**
 * `holdfast sla explain`: all contracts over one span of the same evidence, and for each stretch in
 * which any of them sees anything but up, what was tested and how each of them reads it.
 */
import type { Command } from 'commander';
import { addEvidence, piecesOf } from '#app/adapters/placed-evidence.ts';
import { UsageError } from '#base/coded-error.ts';
import { explainSpan } from '#sla/report/explain.ts';
import type { Explanation } from '#sla/report/explanation.ts';
import { formatLines, TOTAL_HEAD, totalRows } from '#sla/report/explanation-text.ts';
import { Scorer } from '#sla/score/scorer.ts';
import type { CliContext } from './cli-context.ts';
import { findContract } from './contract-option.ts';
import {
  addEvidenceOptions,
  decidedBy,
  type EvidenceOptions,
  evidenceSource,
  parseAsOf,
  parseInstantOption,
} from './evidence-option.ts';
import { slaCommand } from './sla-group.ts';
import { formatTable } from './table.ts';

/** What is explained where no contract is named. */
const CONTRACTS_DEFAULT = ['biz-2013', 'registry', 'hosting'];

interface ExplainOptions extends EvidenceOptions {
  contract?: string[];
  from: string;
  to: string;
  json?: true;
}

export function registerSlaExplain(program: Command, { stdout, clock }: CliContext): void {
  const command = slaCommand(program)
    .command('explain')
    .description('Say line by line how contracts read the same evidence, and why they differ')
    .option(
      '--contract <id-or-file...>',
      `contracts: shipped ids or files (default: ${CONTRACTS_DEFAULT.join(', ')})`,
    )
    .requiredOption('--from <time>', 'from then on (ISO 8601, UTC)')
    .requiredOption('--to <time>', 'until then, exclusive (ISO 8601, UTC)');
  addEvidenceOptions(command)
    .option('--json', 'print JSON')
    .action(async (options: ExplainOptions) => {
      const fromMs = parseInstantOption('--from', options.from);
      const toMs = parseInstantOption('--to', options.to);
      if (fromMs >= toMs) throw new UsageError('--to must be after --from');
      const asOfMs = parseAsOf(options);
      const source = evidenceSource(options, fromMs);
      const names = [...new Set(options.contract ?? CONTRACTS_DEFAULT)];
      const contracts = await Promise.all(names.map(findContract));
      const scorers = contracts.map(({ contract }) => new Scorer(contract));
      await addEvidence(scorers, source);
      const latestMs = Math.max(...scorers.map((scorer) => scorer.latestMs));
      const explanation = await explainSpan(
        scorers,
        { fromMs, toMs },
        () => piecesOf(source),
        asOfMs ?? decidedBy(toMs, clock.nowMs(), latestMs),
      );
      stdout.write(
        options.json ? `${JSON.stringify(explanation, undefined, 2)}\n` : formatText(explanation),
      );
    });
}

function formatText(explanation: Explanation): string {
  const { from, to, asOf, contracts, lines } = explanation;
  const names = contracts.map(({ contract, contractual }) =>
    contractual ? contract : `${contract} (not contractual)`,
  );
  const until = asOf === null ? '' : `, as of ${asOf}`;
  const head = `${from} to ${to}${until}: ${names.join(', ')}\n\n`;
  const differing = lines.filter(({ differs }) => differs).length;
  const sum = `${lines.length} lines, ${differing} of them (*) read differently\n\n`;
  const none = 'up and measured in every cycle, under every contract\n\n';
  const body = lines.length === 0 ? none : `${formatLines(explanation)}${sum}`;
  return `${head}${body}${formatTable(TOTAL_HEAD, totalRows(explanation))}`;
}
