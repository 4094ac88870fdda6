/**
 * The door for what people enter: notices of maintenance and outages, false positives, declared
 * disasters, forecasts and volumes of transactions, claims for credits, responses to the other
 * side's report. Its time is the sidecar's, so that nothing can be announced after the fact; of a
 * notice or a forecast that was given before it was entered the time may be said, and the ledger
 * shows both. Who enters something is told at once what it does under each contract.
 */
import { type Clock, formatInstant } from '#base/clock.ts';
import { HttpError } from '#http/http-error.ts';
import type { EnteredEntry, EntryEffectStatus } from '#http/site/incident-ports.ts';
import type { Collector } from '#sla/collect/collector.ts';
import type { Contract, ServiceName } from '#sla/contract/contract.ts';
import { canonicalAddress } from '#sla/measurement/cycle-record.ts';
import { instantMs, shortInstant } from '#sla/measurement/instant.ts';
import { type Event, type EventOf, eventSchema } from '#sla/measurement/measurement.ts';
import { parsePeriod } from '#sla/report/period.ts';
import { REPORTED_KINDS } from '#sla/report/report.ts';
import { forecastDeadlineMs } from '#sla/report/transactions.ts';
import { type CorrectedSubject, judgeEntry } from '#sla/score/corrections.ts';
import type { RunningScore } from './running-score.ts';

const ENTERED_KINDS = [...REPORTED_KINDS, 'dispute-response'] as const;
type EnteredEvent = EventOf<(typeof ENTERED_KINDS)[number]>;
type PeriodEvent = EventOf<'notice' | 'false-positive' | 'exclusion'>;
/** Somebody else gave it, perhaps before it was entered. */
const GIVEN_KINDS: ReadonlySet<string> = new Set(['notice', 'forecast']);

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
  if (!isEntered(data)) throw refused(`kind: ${data.kind} is not entered here`);
  if (Date.parse(data.at) > nowMs) throw refused(`at: ${data.at} has not come yet`);
  if (!GIVEN_KINDS.has(data.kind) && 'at' in body) {
    throw refused(`at: the time of a ${data.kind} is the one at which it is entered`);
  }
  return data;
}

function isEntered(event: Event): event is EnteredEvent {
  return ENTERED_KINDS.some((kind) => kind === event.kind);
}

function refused(message: string): HttpError {
  return new HttpError('SLA_ENTRY_INVALID', 422, message);
}

/** What the entry does under a contract, for each service that it names. */
function effectsOf(contract: Contract, entry: EnteredEvent, nowMs: number): EntryEffectStatus[] {
  if (entry.kind === 'forecast') return forecastEffects(contract, entry);
  if (entry.kind === 'transactions') return volumeEffects(contract, entry);
  if (entry.kind === 'credit-claim') return claimEffects(contract, entry);
  if (entry.kind === 'dispute-response') return [];
  return periodEffects(contract, entry, nowMs);
}

function periodEffects(contract: Contract, entry: PeriodEvent, nowMs: number): EntryEffectStatus[] {
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
function subjectOf(service: ServiceName, entry: PeriodEvent): CorrectedSubject {
  if (entry.kind !== 'false-positive') return { service };
  const { nameserver, address } = entry;
  return {
    service,
    ...(nameserver === undefined ? {} : { nameserver: nameserver.toLowerCase() }),
    ...(address === undefined ? {} : { address: canonicalAddress(address) }),
  };
}

/** In time or late, by the contract's lead. */
function forecastEffects(
  { id, forecast }: Contract,
  { at, month: name }: EventOf<'forecast'>,
): EntryEffectStatus[] {
  const month = parsePeriod(name);
  if (forecast === undefined || month === undefined) return [];
  const deadlineMs = forecastDeadlineMs(forecast, month);
  const isInTime = instantMs(at) <= deadlineMs;
  return [
    {
      contract: id,
      service: '',
      effect: isInTime ? 'in-time' : 'late',
      from: shortInstant(month.startMs),
      to: shortInstant(month.endMs),
      paragraph: forecast.paragraph,
      reason: `announced at ${at}; in time until ${shortInstant(deadlineMs)}`,
    },
  ];
}

function volumeEffects(
  { id, reports }: Contract,
  { month: name, registrar }: EventOf<'transactions'>,
): EntryEffectStatus[] {
  const month = parsePeriod(name);
  const rule = reports.find(({ report }) => report === 'transactions');
  if (rule === undefined || month === undefined) return [];
  return [
    {
      contract: id,
      service: '',
      effect: 'counted',
      from: shortInstant(month.startMs),
      to: shortInstant(month.endMs),
      paragraph: rule.paragraph,
      reason: `stands in the monthly report as the volume of ${registrar}`,
    },
  ];
}

/** Whether it stands is for the report to say, when the month is judged. */
function claimEffects(
  { id, credits, parameters }: Contract,
  { from, to, parameter }: EventOf<'credit-claim'>,
): EntryEffectStatus[] {
  if (credits === undefined) return [];
  const isKnown = parameters.some((each) => each.parameter === parameter);
  const { paragraph } = credits;
  const reason = isKnown ? 'judged in the monthly report' : `there is no parameter ${parameter}`;
  const effect = isKnown ? 'claimed' : 'none';
  return [{ contract: id, service: '', effect, from, to, paragraph, reason }];
}
