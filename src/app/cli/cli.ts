/**
 * The command line: builds the commander program from one register function per command and turns
 * whatever happens into an exit status (0 done, 1 refused or failed, 2 wrong usage). A new command
 * is one file beside this one and a line in COMMANDS.
 */
import { Command, CommanderError } from 'commander';
import { registerBackupList } from './backup-list.ts';
import { registerBackupNow } from './backup-now.ts';
import { registerBackupVerify } from './backup-verify.ts';
import { registerCheckAnswer } from './check-answer.ts';
import { registerCheckConfig } from './check-config.ts';
import { registerCheckContract } from './check-contract.ts';
import { registerCheckZone } from './check-zone.ts';
import type { CliContext } from './cli-context.ts';
import { registerJournalExport } from './journal-export.ts';
import { registerProbe } from './probe.ts';
import { registerRdds } from './rdds.ts';
import { registerRegistryBrake } from './registry-brake.ts';
import { registerRegistryLock } from './registry-lock.ts';
import { registerRegistryRecords } from './registry-records.ts';
import { registerRegistryRegistrar } from './registry-registrar.ts';
import { registerRegistryReserved } from './registry-reserved.ts';
import { registerRegistryTld } from './registry-tld.ts';
import { EXIT_OK, EXIT_USAGE, reportFailure } from './report-failure.ts';
import { registerRestore } from './restore.ts';
import { registerServe } from './serve.ts';
import { registerSla } from './sla.ts';
import { registerSlaCompare } from './sla-compare.ts';
import {
  registerSlaDisputeAnswer,
  registerSlaExclusionAdd,
  registerSlaFalsePositiveAdd,
  registerSlaNoticeAdd,
} from './sla-entries.ts';
import { registerSlaExplain } from './sla-explain.ts';
import { registerSlaIncidents } from './sla-incidents.ts';
import {
  registerSlaClaimAdd,
  registerSlaForecastAdd,
  registerSlaTransactionsAdd,
} from './sla-registrar-entries.ts';
import { registerSlaReport } from './sla-report.ts';
import { registerSlaScore } from './sla-score.ts';
import { registerSlaTransactionsFetch } from './sla-transactions-fetch.ts';
import { registerSlaVerify } from './sla-verify.ts';
import { registerTokenCreate } from './token-create.ts';
import { registerTokenList } from './token-list.ts';
import { registerTokenRevoke } from './token-revoke.ts';
import { registerTsigCreate } from './tsig-create.ts';
import { registerTsigDelete } from './tsig-delete.ts';
import { registerTsigGenerate } from './tsig-generate.ts';
import { registerTsigList } from './tsig-list.ts';
import { registerTsigShow } from './tsig-show.ts';
import { registerUp } from './up.ts';
import { registerVersion } from './version.ts';
import { registerZoneDelete } from './zone-delete.ts';
import { registerZoneDiff } from './zone-diff.ts';
import { registerZoneEdit } from './zone-edit.ts';
import { registerZoneExport } from './zone-export.ts';
import { registerZoneHistory } from './zone-history.ts';
import { registerZoneImport } from './zone-import.ts';
import { registerZoneList } from './zone-list.ts';
import { registerZoneRepair } from './zone-repair.ts';
import { registerZoneRestore } from './zone-restore.ts';

type Register = (program: Command, context: CliContext) => void;

const COMMANDS: readonly Register[] = [
  registerUp,
  registerServe,
  registerRdds,
  registerProbe,
  registerSla,
  registerSlaScore,
  registerSlaExplain,
  registerSlaReport,
  registerSlaCompare,
  registerSlaVerify,
  registerSlaIncidents,
  registerSlaNoticeAdd,
  registerSlaExclusionAdd,
  registerSlaFalsePositiveAdd,
  registerSlaDisputeAnswer,
  registerSlaForecastAdd,
  registerSlaTransactionsAdd,
  registerSlaTransactionsFetch,
  registerSlaClaimAdd,
  registerCheckConfig,
  registerCheckContract,
  registerCheckZone,
  registerCheckAnswer,
  registerZoneList,
  registerZoneImport,
  registerZoneExport,
  registerZoneDelete,
  registerZoneEdit,
  registerZoneHistory,
  registerZoneRepair,
  registerZoneDiff,
  registerZoneRestore,
  registerTokenCreate,
  registerTokenList,
  registerTokenRevoke,
  registerTsigGenerate,
  registerTsigList,
  registerTsigShow,
  registerTsigCreate,
  registerTsigDelete,
  registerRegistryRegistrar,
  registerRegistryTld,
  registerRegistryReserved,
  registerRegistryLock,
  registerRegistryBrake,
  registerRegistryRecords,
  registerJournalExport,
  registerBackupNow,
  registerBackupList,
  registerBackupVerify,
  registerRestore,
  registerVersion,
];

/** The program with every command; the reference page and its test read it too. */
export function buildProgram(context: CliContext): Command {
  const program = new Command('holdfast')
    .description('Authoritative DNS server that proves its own service level agreement')
    .helpCommand(false)
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      outputError: (text, write) => write(oneLine(text)),
    })
    .exitOverride();
  for (const register of COMMANDS) register(program, context);
  return program;
}

/**
 * Runs one command to its end. Never throws.
 * @param args without the interpreter and script
 * @returns the exit status
 */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  try {
    await buildProgram(context).parseAsync(withoutHabits(args), { from: 'user' });
    return EXIT_OK;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
    const { exitCode, lines } = reportFailure(error);
    for (const line of lines) context.stderr.write(`${line}\n`);
    return exitCode;
  }
}

/** What people type out of habit, as the command that it stands for. */
function withoutHabits(args: readonly string[]): readonly string[] {
  return args.length === 1 && args[0] === '--version' ? ['version'] : args;
}

/** Commander's message with its suggestion, on the one line that a failure has. */
function oneLine(text: string): string {
  const message = text
    .trim()
    .replace(/^error: /, 'holdfast: ')
    .replaceAll(/\s*\n\s*/g, ' ');
  return `${message.replace(/\.$/, '')}; --help shows what there is\n`;
}
