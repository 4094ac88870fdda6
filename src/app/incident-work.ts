/**
 * The part of the sidecar that tells people: outbox -> desk (reviews what was decided) -> lanes to
 * the contacts. It begins after the replay of the ledger, so what was decided before a crash and
 * not told is told first.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Registry } from 'prom-client';
import type { EscalationRecord } from '#app/adapters/escalation-record.ts';
import { EvidenceKeeper } from '#app/adapters/evidence-keeper.ts';
import { IncidentDesk } from '#app/adapters/incident-desk.ts';
import { incidentPorts } from '#app/adapters/incident-ports.ts';
import { ledgerCycles } from '#app/adapters/ledger-cycles.ts';
import { countNotifications } from '#app/adapters/notification-metrics.ts';
import type { RunningScore } from '#app/adapters/running-score.ts';
import type { Configuration, SlaConfiguration } from '#app/config/configuration.ts';
import type { ContactConfiguration, MailConfiguration } from '#app/config/contacts-section.ts';
import { SIDECAR_FOLDER } from '#app/data-folder.ts';
import { repeatEvery } from '#app/repeat-every.ts';
import type { ProcessParts } from '#app/running-process.ts';
import type { Clock } from '#base/clock.ts';
import { CodedError, fileReason } from '#base/coded-error.ts';
import type { IncidentPorts } from '#http/site/incident-ports.ts';
import type { Collector } from '#sla/collect/collector.ts';
import { type Channel, Deliveries } from '#sla/incident/deliveries.ts';
import { EVIDENCE_AGE_MAX_MS, EVIDENCE_FILES_MAX } from '#sla/incident/evidence-retention.ts';
import { type MailServer, mailChannel } from '#sla/incident/mail-channel.ts';
import { Outbox } from '#sla/incident/outbox.ts';
import { webhookChannel } from '#sla/incident/webhook-channel.ts';

/** Nothing is decided more often than once a cycle; a declared outage may end at any time. */
const REVIEW_INTERVAL_MS = 2_000;
const DELIVERY_INTERVAL_MS = 1_000;
const PRUNE_INTERVAL_MS = 86_400_000;

export interface IncidentWorkParts {
  configuration: Configuration;
  sla: SlaConfiguration;
  scores: RunningScore;
  collector: Collector;
  escalations: EscalationRecord;
  registry: Registry;
}

/** @throws CodedError SLA_CONTACT_INVALID, SLA_SECRET_FILE, OUTBOX_FAILED */
export async function startIncidentWork(
  { configuration, sla, scores, collector, escalations, registry }: IncidentWorkParts,
  { clock, random, log }: ProcessParts,
  stack: AsyncDisposableStack,
): Promise<IncidentPorts> {
  checkContacts(sla, scores);
  const folder = join(configuration.data, SIDECAR_FOLDER, 'evidence');
  const channels = await openChannels(sla, folder, clock);
  const file = join(configuration.data, SIDECAR_FOLDER, 'outbox.ndjson');
  const outbox = await Outbox.open(file, log, clock.nowMs());
  stack.defer(() => outbox.close());
  const contacts = sla.contacts.map(({ name, contracts, receives }) => {
    return { name, contracts, receives };
  });
  const source = ledgerCycles(sla.ledger);
  const desk = new IncidentDesk({
    scores,
    outbox,
    contacts,
    folder,
    source,
    onReviewed: (standings, notices) =>
      collector.enter(escalations.due(standings, outbox, notices, clock.nowMs())),
    clock,
    log,
  });
  keepEvidence({ folder, ledger: sla.ledger, desk, outbox }, { clock, log }, stack);
  const names = contacts.map(({ name }) => name);
  const onOutcome = countNotifications({ registry, outbox, contacts: names });
  const deliveries = new Deliveries({ outbox, channels, onOutcome, clock, random, log });
  stack.defer(() => deliveries.close());
  const reviews = repeatEvery(REVIEW_INTERVAL_MS, () => desk.review());
  stack.defer(() => reviews.close());
  const steps = repeatEvery(DELIVERY_INTERVAL_MS, async () => deliveries.step());
  stack.defer(() => steps.close());
  return incidentPorts({ desk, outbox, folder, scores, collector, clock });
}

function keepEvidence(
  given: { folder: string; ledger: string; desk: IncidentDesk; outbox: Outbox },
  { clock, log }: Pick<ProcessParts, 'clock' | 'log'>,
  stack: AsyncDisposableStack,
): void {
  const { folder, ledger, desk, outbox } = given;
  const keeper = new EvidenceKeeper({
    folder,
    ledger,
    limits: { ageMaxMs: EVIDENCE_AGE_MAX_MS, filesMax: EVIDENCE_FILES_MAX },
    standings: () => desk.views().map(({ standing }) => standing),
    outbox,
    clock,
    log,
  });
  const prunes = repeatEvery(PRUNE_INTERVAL_MS, () => keeper.prune());
  stack.defer(() => prunes.close());
}

/** A misspelt id would leave somebody untold. */
function checkContacts({ contacts }: SlaConfiguration, scores: RunningScore): void {
  const ids = scores.contracts.map(({ contract }) => contract.id);
  for (const { name, contracts = [] } of contacts) {
    const unknown = contracts.find((id) => !ids.includes(id));
    if (unknown === undefined) continue;
    const what = `sla.contacts: ${name} is to be told of ${unknown}, which is not scored here`;
    throw new CodedError('SLA_CONTACT_INVALID', `${what}; there are ${ids.join(', ')}`);
  }
}

async function openChannels(
  { contacts, mail }: SlaConfiguration,
  evidenceFolder: string,
  clock: Clock,
): Promise<Map<string, Channel>> {
  const server = mail && (await openMailServer(mail));
  const channels = new Map<string, Channel>();
  for (const contact of contacts) {
    channels.set(contact.name, await openChannel(contact, server, evidenceFolder, clock));
  }
  return channels;
}

async function openChannel(
  { email, webhook }: ContactConfiguration,
  server: MailServer | undefined,
  evidenceFolder: string,
  clock: Clock,
): Promise<Channel> {
  if (email !== undefined && server !== undefined) {
    return mailChannel({ server, to: email, evidenceFolder });
  }
  const { url = '', secretFile } = webhook ?? {};
  const secret = secretFile === undefined ? undefined : await readSecret(secretFile);
  return webhookChannel({ url, secret, clock });
}

async function openMailServer(mail: MailConfiguration): Promise<MailServer> {
  const { host, port, tls, user, passwordFile, from } = mail;
  const password = passwordFile === undefined ? undefined : await readSecret(passwordFile);
  return { host, port, tls, user, password, from };
}

async function readSecret(file: string): Promise<string> {
  try {
    const secret = (await readFile(file, 'utf8')).trim();
    if (secret !== '') return secret;
  } catch (error) {
    throw secretError(file, fileReason(error), error);
  }
  throw secretError(file, 'it is empty');
}

function secretError(file: string, why: string, cause?: unknown): CodedError {
  const message = `${file}: cannot use this secret: ${why}; write it there, on one line`;
  return new CodedError('SLA_SECRET_FILE', message, { cause });
}
