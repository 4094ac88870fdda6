/** The sidecar's page and API of incidents, joined to its desk and its outbox. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '#base/coded-error.ts';
import type {
  BackupRow,
  CorrectionRow,
  IncidentPorts,
  IncidentRow,
  IncidentsStatus,
  MessageRow,
  ShareRow,
} from '#http/site/incident-ports.ts';
import { formatSubject } from '#sla/incident/notice-text.ts';
import type { Outbox, OutboxEntry } from '#sla/incident/outbox.ts';
import { subjectOf } from '#sla/incident/standing.ts';
import { escalationKey } from '#sla/incident/told.ts';
import { shortInstant } from '#sla/measurement/instant.ts';
import { type EntryDoorParts, enterEntry } from './entry-door.ts';
import type { ContractView, IncidentDesk } from './incident-desk.ts';

const INCIDENTS_SHOWN_MAX = 500;
const MESSAGES_SHOWN_MAX = 100;

export interface IncidentPortParts extends EntryDoorParts {
  desk: IncidentDesk;
  outbox: Outbox;
  /** Of the evidence files. */
  folder: string;
}

export function incidentPorts(parts: IncidentPortParts): IncidentPorts {
  return {
    incidents: () => statusOf(parts),
    enter: (body) => enterEntry(parts, body),
    evidence: (name) => readEvidence(parts.folder, name),
  };
}

function statusOf({ desk, outbox, scores }: IncidentPortParts): IncidentsStatus {
  const views = desk.views();
  const incidents = views
    .flatMap(incidentRows)
    .toSorted((a, b) => (a.start < b.start ? 1 : Number(a.start > b.start) * -1));
  const messages = [...outbox.waiting().toReversed(), ...outbox.finished()].map(messageRow);
  return {
    asOf: shortInstant(scores.asOfMs),
    incidents: incidents.slice(0, INCIDENTS_SHOWN_MAX),
    shares: views.flatMap((view) => shareRows(view, outbox)),
    backups: views.flatMap(backupRows),
    corrections: views.flatMap(correctionRows),
    messages: messages.slice(0, MESSAGES_SHOWN_MAX),
  };
}

function incidentRows({ standing }: ContractView): IncidentRow[] {
  return standing.incidents.map((incident) => {
    const { start, end, downSeconds, falsePositive } = incident;
    const state = falsePositive ? 'false-positive' : end === null ? 'open' : 'resolved';
    const { contract } = standing;
    return { contract, subject: subjectOf(incident), state, start, end, downSeconds };
  });
}

function shareRows({ standing }: ContractView, outbox: Outbox): ShareRow[] {
  const { contract } = standing;
  return standing.shares.map(({ suspendedBy, ...share }) => {
    const isOpen = outbox.told.has(escalationKey(contract, share.service));
    const escalation = suspendedBy !== undefined ? 'suspended' : isOpen ? 'open' : 'none';
    return { contract, ...share, escalation, suspendedUntil: suspendedBy?.to ?? null };
  });
}

function backupRows({ standing: { contract, backups } }: ContractView): BackupRow[] {
  return backups === undefined ? [] : [{ contract, ...backups }];
}

function correctionRows({ standing, corrections }: ContractView): CorrectionRow[] {
  return corrections.map(({ entry, changes }) => ({
    contract: standing.contract,
    entry,
    title: `${entry.kind} from ${entry.from} to ${entry.to}`,
    reason: entry.reason,
    agreedBy: entry.agreedBy ?? '',
    changes,
  }));
}

function messageRow({ message, state, attempts, detail }: OutboxEntry): MessageRow {
  const { id, contact, at, notices } = message;
  const evidence = notices.flatMap((notice) =>
    notice.kind === 'escalation' && notice.evidence !== null ? [notice.evidence.file] : [],
  );
  return { id, contact, at, state, attempts, detail, summary: formatSubject(message), evidence };
}

async function readEvidence(folder: string, name: string): Promise<string | undefined> {
  // A name as the desk makes it: no path leads out of the folder.
  if (!/^[a-z0-9-]+\.json$/.test(name)) return undefined;
  try {
    return await readFile(join(folder, name), 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
