/**
 * What takes down time out of a figure, and what only claims to. Nobody erases minutes alone: a
 * false positive or a declared disaster counts when the other side agreed, and is shown as disputed
 * until then. Planned work is excused only where the contract has an exclusion for it.
 */
import type { Contract, Exclusion, ServiceName } from '#sla/contract/contract.ts';
import { canonicalAddress } from '#sla/measurement/cycle-record.ts';
import { instantMs } from '#sla/measurement/instant.ts';
import type { EventOf } from '#sla/measurement/measurement.ts';
import { calendarSpans, dateAt } from './calendar.ts';
import type { Entry } from './evidence.ts';
import { intersectSpans, type Span, uniteSpans } from './spans.ts';

export interface Corrections {
  /** Agreed to have been no down time. */
  falsePositive: Span[];
  /** Excused by the contract. */
  excused: Span[];
  /** Claimed without agreement. */
  disputed: Span[];
}

/** What corrections are asked for: a service, or one address of a name server. */
export interface CorrectedSubject {
  service: ServiceName;
  nameserver?: string;
  address?: string;
}

const DAY_SECONDS = 86_400;

/** `untilMs`: entries made later are not known yet. */
export function findCorrections(
  contract: Contract,
  events: readonly Entry[],
  subject: CorrectedSubject,
  untilMs: number,
): Corrections {
  const falsePositive: Span[] = [];
  const excused: Span[] = [];
  const disputed: Span[] = [];
  for (const event of events) {
    if (event.kind === 'false-positive') {
      if (instantMs(event.at) > untilMs || !concerns(event, subject)) continue;
      (isAgreed(event) ? falsePositive : disputed).push(spanOf(event));
    } else if (event.kind === 'exclusion') {
      if (instantMs(event.at) > untilMs || !event.services.includes(subject.service)) continue;
      if (!excusesDeclared(contract.exclusions, event.type)) continue;
      (isAgreed(event) ? excused : disputed).push(spanOf(event));
    } else if (event.kind === 'notice' && event.type === 'planned') {
      if (instantMs(event.at) > untilMs || !event.services.includes(subject.service)) continue;
      for (const rule of contract.exclusions)
        excused.push(...excusedByNotice(contract, rule, event));
    }
  }
  return {
    falsePositive: uniteSpans(falsePositive),
    excused: uniteSpans(excused),
    disputed: uniteSpans(disputed),
  };
}

function spanOf(event: { from: string; to: string }): Span {
  return { fromMs: instantMs(event.from), toMs: instantMs(event.to) };
}

/** Agreed by somebody, and not by the author alone. */
function isAgreed(event: { agreedBy?: string | undefined; author?: string | undefined }): boolean {
  return event.agreedBy !== undefined && event.agreedBy !== event.author;
}

function concerns(event: EventOf<'false-positive'>, subject: CorrectedSubject): boolean {
  if (event.service !== subject.service) return false;
  if (event.nameserver !== undefined && event.nameserver.toLowerCase() !== subject.nameserver) {
    return false;
  }
  return event.address === undefined || canonicalAddress(event.address) === subject.address;
}

function excusesDeclared(rules: readonly Exclusion[], type: EventOf<'exclusion'>['type']): boolean {
  return rules.some((rule) => rule.exclusion === 'declared' && rule.types.includes(type));
}

function excusedByNotice(
  contract: Contract,
  rule: Exclusion,
  notice: EventOf<'notice'>,
): readonly Span[] {
  if (rule.exclusion !== 'planned-notice' || !notice.audience.includes(rule.audience)) return [];
  if (!isAhead(rule, instantMs(notice.at), instantMs(notice.from))) return [];
  const span = spanOf(notice);
  if (rule.calendar === undefined) return [span];
  const calendar = contract.calendars[rule.calendar];
  return calendar === undefined ? [] : intersectSpans([span], calendarSpans(calendar, span));
}

/** Always before the work begins, and by the lead time that the contract demands. */
function isAhead(
  rule: Extract<Exclusion, { exclusion: 'planned-notice' }>,
  atMs: number,
  fromMs: number,
): boolean {
  if (atMs >= fromMs) return false;
  if (rule.leadReading === 'elapsed') return atMs + rule.leadSeconds * 1000 <= fromMs;
  const days = Math.ceil(rule.leadSeconds / DAY_SECONDS);
  const earliest = dateAt(atMs, 'UTC').add({ days });
  return Temporal.PlainDate.compare(earliest, dateAt(fromMs, 'UTC')) <= 0;
}
