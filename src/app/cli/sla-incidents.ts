/** `holdfast sla incidents`: incidents, emergency shares and messages of a running sidecar. */
import type { Command } from 'commander';
import type {
  IncidentRow,
  IncidentsStatus,
  MessageRow,
  ShareRow,
} from '#http/site/incident-ports.ts';
import type { CliContext } from './cli-context.ts';
import { addSidecarOptions, openSidecar } from './sidecar-option.ts';
import { slaCommand } from './sla-group.ts';
import { formatTable } from './table.ts';

export function registerSlaIncidents(program: Command, { stdout }: CliContext): void {
  const command = slaCommand(program)
    .command('incidents')
    .description('Show incidents, emergency shares and messages of a running sidecar')
    .option('--json', 'print JSON');
  addSidecarOptions(command, false).action(async ({ json }: { json?: true }, own: Command) => {
    const sidecar = await openSidecar(own);
    const status = await sidecar.get<IncidentsStatus>('/api/holdfast/v1/incidents');
    stdout.write(json ? `${JSON.stringify(status, undefined, 2)}\n` : formatStatus(status));
  });
}

function formatStatus({ asOf, incidents, shares, messages }: IncidentsStatus): string {
  const waiting = messages.filter(({ state }) => state !== 'delivered');
  return [
    `as of ${asOf}\n`,
    incidents.length === 0
      ? 'no incident this month or the last\n'
      : formatTable(
          ['contract', 'subject', 'from', 'to', 'down', 'state'],
          incidents.map(incidentCells),
        ),
    ...(shares.length === 0
      ? []
      : [
          formatTable(
            ['contract', 'service', 'down', 'share', 'escalation', 'falls out', 'below 10 %'],
            shares.map(shareCells),
          ),
        ]),
    ...(waiting.length === 0
      ? []
      : [formatTable(['message', 'to', 'state', 'tries', 'why'], waiting.map(messageCells))]),
  ].join('\n');
}

function incidentCells(incident: IncidentRow): string[] {
  const { contract, subject, start, end, downSeconds, state } = incident;
  return [contract, subject, start, end ?? '', `${downSeconds} s`, state];
}

function shareCells(share: ShareRow): string[] {
  const { contract, service, downSeconds, thresholdSeconds, ratio, fallsOut, belowAt } = share;
  return [
    contract,
    service,
    `${downSeconds} of ${thresholdSeconds} s`,
    String(ratio),
    share.suspendedUntil === null ? share.escalation : `suspended until ${share.suspendedUntil}`,
    fallsOut === null ? '' : `${fallsOut.from} to ${fallsOut.to}`,
    belowAt[0]?.at ?? 'is',
  ];
}

function messageCells({ id, contact, state, attempts, detail }: MessageRow): string[] {
  return [id, contact, state, String(attempts), detail];
}
