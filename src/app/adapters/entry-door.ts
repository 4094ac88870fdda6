/**
 * The door for what people enter: notices of maintenance and outages, false positives, declared
 * disasters. Its time is the sidecar's, so that nothing can be announced after the fact; of a
 * notice that went out before it was entered the time may be given, and the ledger shows both. Who
 * enters something is told at once what it does under each contract.
 */
import { type Clock, formatInstant } from '#base/clock.ts';
import { HttpError } from '#http/http-error.ts';
import type { EnteredEntry, EntryEffectStatus } from '#http/site/incident-ports.ts';
import type { Collector } from '#sla/collect/collector.ts';
import type { Contract, ServiceName } from '#sla/contract/contract.ts';
import { canonicalAddress } from '#sla/measurement/cycle-record.ts';
import { shortInstant } from '#sla/measurement/instant.ts';
import { type EventOf, eventSchema } from '#sla/measurement/measurement.ts';
import { type CorrectedSubject, judgeEntry } from '#sla/score/corrections.ts';
import type { RunningScore } from './running-score.ts';

type EnteredEvent = EventOf<'notice' | 'false-positive' | 'exclusion'>;

export interface EntryDoorParts {
  scores: RunningScore;
  collector: Collector;
  clock: Clock;
}

/** Durable in the ledger when it resolves. Raises HttpError 422, IntakeError. */
export async function enterEntry(
  { scores, collector, clock }: EntryDoorParts,
  body: unknown,
): Promise<EnteredEntry> {
  const nowMs = clock.nowMs();
  const entry = readEntry(body, nowMs);
  await collector.enterDurably([entry]);
  const contracts = scores.contracts.map(({ contract }) => contract);
  return { entry, effects: contracts.flatMap((contract) => effectsOf(contract, entry, nowMs)) };
}

function readEntry(body: unknown, nowMs: number): EnteredEvent {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw refused('write a JSON object with the fields of one entry');
  }
  const parsed = eventSchema.safeParse({ at: formatInstant(nowMs), ...body });
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) =>
      path.length === 0 ? message : `${path.join('.')}: ${message}`,
    );
    throw refused(issues.join('; '));
  }
  const { data } = parsed;
  if (data.kind !== 'notice' && data.kind !== 'false-positive' && data.kind !== 'exclusion') {
    throw refused(`kind: ${data.kind} is not entered here`);
  }
  if (Date.parse(data.at) > nowMs) throw refused(`at: ${data.at} has not come yet`);
  if (data.kind !== 'notice' && 'at' in body) {
    throw refused('at: the time of a correction is the one at which it is entered');
  }
  return data;
}

function refused(message: string): HttpError {
  return new HttpError('SLA_ENTRY_INVALID', 422, message);
}

/** What the entry does under a contract, for each service that it names. */
function effectsOf(contract: Contract, entry: EnteredEvent, nowMs: number): EntryEffectStatus[] {
  const services: ServiceName[] =
    entry.kind === 'false-positive' ? [entry.service] : entry.services;
  return services.flatMap((service) => {
    if (contract.services[service] === undefined) return [];
    const effects = judgeEntry(contract, entry, subjectOf(service, entry), nowMs);
    return effects.flatMap(({ effect, spans, paragraph = '', reason }) =>
      spans.map(({ fromMs, toMs }) => {
        const span = { from: shortInstant(fromMs), to: shortInstant(toMs) };
        return { contract: contract.id, service, effect, ...span, paragraph, reason };
      }),
    );
  });
}

/** A false positive of one address is judged of that address. */
function subjectOf(service: ServiceName, entry: EnteredEvent): CorrectedSubject {
  if (entry.kind !== 'false-positive') return { service };
  const { nameserver, address } = entry;
  return {
    service,
    ...(nameserver === undefined ? {} : { nameserver: nameserver.toLowerCase() }),
    ...(address === undefined ? {} : { address: canonicalAddress(address) }),
  };
}
