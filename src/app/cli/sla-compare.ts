/**
 * `holdfast sla compare`: the other side's report of a month (MoSAPI or RSM JSON, or CSV) beside
 * our evidence, cycle by cycle; what differs is a dispute with our response beside theirs.
 */
import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { makeComparison } from '#app/adapters/comparison-maker.ts';
import { ledgerSource, measurementSource } from '#app/adapters/report-maker.ts';
import { UsageError } from '#base/coded-error.ts';
import { readTheirReport } from '#sla/report/counterparty.ts';
import { parsePeriod } from '#sla/report/period.ts';
import {
  REPORT_FORMATS,
  ReportArchive,
  type ReportFormat,
  renderReport,
} from '#sla/report/report-archive.ts';
import { readResponses } from '#sla/report/responses.ts';
import type { CliContext } from './cli-context.ts';
import { findContract } from './contract-option.ts';
import { parseInstantOption } from './evidence-option.ts';
import { slaCommand } from './sla-group.ts';

interface CompareOptions {
  contract: string;
  month: string;
  theirs: string;
  received?: string;
  responses?: string;
  ledger?: string;
  measurements?: string;
  reason?: string;
  into?: string;
  format: ReportFormat;
}

export function registerSlaCompare(program: Command, { stdout, clock }: CliContext): void {
  slaCommand(program)
    .command('compare')
    .description('Compare the other side’s report of a month with ours, cycle by cycle')
    .requiredOption('--contract <id-or-file>', 'contract: a shipped id or a file')
    .requiredOption('--month <YYYY-MM>', 'month, UTC')
    .requiredOption('--theirs <file>', 'their report: MoSAPI or RSM JSON, or CSV')
    .option('--received <time>', 'when it came (default: now)')
    .option('--responses <file>', 'what we answer: a YAML list of from, to, text, author')
    .option('--ledger <folder>', 'evidence: a ledger')
    .option('--measurements <file>', 'evidence: a measurements file (NDJSON)')
    .option('--reason <text>', 'why it is made again')
    .option('--into <folder>', 'write it there in every format, superseding the last one')
    .addOption(
      new Option('--format <format>', 'what to print').choices(REPORT_FORMATS).default('json'),
    )
    .action(async (options: CompareOptions) => {
      const { ledger, measurements, into, received, responses } = options;
      const month = parsePeriod(options.month);
      if (month?.kind !== 'month') {
        throw new UsageError(`--month ${options.month}: expected YYYY-MM`);
      }
      if ((ledger === undefined) === (measurements === undefined)) {
        throw new UsageError('give either --ledger or --measurements');
      }
      const receivedMs =
        received === undefined ? clock.nowMs() : parseInstantOption('--received', received);
      const contract = await findContract(options.contract);
      const theirs = await readTheirReport(options.theirs);
      const answers = responses === undefined ? [] : await readResponses(responses);
      const source =
        ledger === undefined
          ? measurementSource(measurements ?? '')
          : ledgerSource(ledger, month.startMs);
      const archive = into === undefined ? undefined : await ReportArchive.open(into);
      const comparison = await makeComparison({
        contract,
        month,
        theirs,
        file: basename(options.theirs),
        receivedMs,
        responses: answers,
        reason: options.reason ?? '',
        archive,
        source,
        clock,
      });
      if (archive === undefined) {
        stdout.write(renderReport(comparison)[options.format]);
        return;
      }
      const { id } = await archive.add(comparison);
      stdout.write(archive.digests(id) ?? '');
    });
}
