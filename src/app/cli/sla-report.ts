/**
 * `holdfast sla report`: one report from evidence, printed, or written into a folder of reports as
 * the next version of its period. What the sidecar makes by the clock, on demand.
 */
import { type Command, Option } from 'commander';
import { ledgerSource, makeReport, measurementSource } from '#app/adapters/report-maker.ts';
import { UsageError } from '#base/coded-error.ts';
import { parsePeriod } from '#sla/report/period.ts';
import {
  REPORT_FORMATS,
  ReportArchive,
  type ReportFormat,
  renderReport,
} from '#sla/report/report-archive.ts';
import type { CliContext } from './cli-context.ts';
import { findContract } from './contract-option.ts';
import { slaCommand } from './sla-group.ts';

interface ReportOptions {
  contract: string;
  period: string;
  ledger?: string;
  measurements?: string;
  preliminary?: true;
  reason?: string;
  into?: string;
  format: ReportFormat;
}

export function registerSlaReport(program: Command, { stdout, clock }: CliContext): void {
  slaCommand(program)
    .command('report')
    .description('Make a report of a week, month, quarter or year')
    .requiredOption('--contract <id-or-file>', 'contract: a shipped id or a file')
    .requiredOption('--period <period>', 'UTC: 2026-W40, 2026-10, 2026-Q4 or 2026')
    .option('--ledger <folder>', 'evidence: a ledger')
    .option('--measurements <file>', 'evidence: a measurements file (NDJSON)')
    .option('--preliminary', 'call it preliminary; a period that is not over always is')
    .option('--reason <text>', 'why it is made again')
    .option('--into <folder>', 'write it there in every format, superseding the last one')
    .addOption(
      new Option('--format <format>', 'what to print').choices(REPORT_FORMATS).default('json'),
    )
    .action(async (options: ReportOptions) => {
      const period = parsePeriod(options.period);
      if (period === undefined) {
        const expected = 'expected 2026-W40, 2026-10, 2026-Q4 or 2026';
        throw new UsageError(`--period ${options.period}: ${expected}`);
      }
      const { ledger, measurements, into } = options;
      if ((ledger === undefined) === (measurements === undefined)) {
        throw new UsageError('give either --ledger or --measurements');
      }
      const contract = await findContract(options.contract);
      const archive = into === undefined ? undefined : await ReportArchive.open(into);
      const isOver = clock.nowMs() >= period.endMs;
      const report = await makeReport({
        contract,
        period,
        status: isOver && options.preliminary === undefined ? 'final' : 'preliminary',
        reason: options.reason ?? '',
        archive,
        source:
          ledger === undefined
            ? measurementSource(measurements ?? '')
            : ledgerSource(ledger, period.startMs),
        clock,
      });
      if (archive === undefined) {
        stdout.write(renderReport(report)[options.format]);
        return;
      }
      const { id } = await archive.add(report);
      stdout.write(archive.digests(id) ?? '');
    });
}
