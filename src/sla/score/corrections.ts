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
import { intersectSpans, type Span, spanOf, subtractSpans, uniteSpans } from './spans.ts';

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

/** What one entry does to a subject's down time under a contract. */
export interface EntryEffect {
  effect: 'false-positive' | 'excused' | 'disputed' | 'none';
  /** What it covers; for `none` what it would have. */
  spans: readonly Span[];
  /** Of the clause that it was held against; none where the contract has no such clause. */
  paragraph?: string;
  /** In words, for an explanation. */
  reason: string;
}

/** `untilMs`: entries made later are not known yet. */
export function findCorrections(
  contract: Contract,
  events: readonly Entry[],
  subject: CorrectedSubject,
  untilMs: number,
): Corrections {
  const found: Record<EntryEffect['effect'], Span[]> = {
    'false-positive': [],
    excused: [],
    disputed: [],
    none: [],
  };
  for (const event of events) {
    for (const { effect, spans } of judgeEntry(contract, event, subject, untilMs)) {
      found[effect].push(...spans);
    }
  }
  return {
    falsePositive: uniteSpans(found['false-positive']),
    excused: uniteSpans(found.excused),
    disputed: uniteSpans(found.disputed),
  };
}

/** Nothing if the entry is not about the subject, or was made after `untilMs`. */
export function judgeEntry(
  contract: Contract,
  event: Entry,
  subject: CorrectedSubject,
  untilMs: number,
): EntryEffect[] {
  if (event.kind === 'backup' || event.kind === 'ticket') return [];
  if (instantMs(event.at) > untilMs) return [];
  if (event.kind === 'false-positive') {
    return concerns(event, subject) ? [judgeFalsePositive(event)] : [];
  }
  if (!event.services.includes(subject.service)) return [];
  if (event.kind === 'exclusion') return [judgeDeclared(contract.exclusions, event)];
  return event.type === 'planned' ? judgeNotice(contract, event) : [];
}

function judgeFalsePositive(event: EventOf<'false-positive'>): EntryEffect {
  const spans = [spanOf(event)];
  return isAgreed(event)
    ? { effect: 'false-positive', spans, reason: `false positive, agreed by ${event.agreedBy}` }
    : { effect: 'disputed', spans, reason: `false positive claimed by ${event.author} alone` };
}

function judgeDeclared(rules: readonly Exclusion[], event: EventOf<'exclusion'>): EntryEffect {
  const spans = [spanOf(event)];
  const { type } = event;
  const rule = rules.find((each) => each.exclusion === 'declared' && each.types.includes(type));
  if (rule === undefined) return { effect: 'none', spans, reason: `${type} is not excluded` };
  const { paragraph } = rule;
  return isAgreed(event)
    ? { effect: 'excused', spans, paragraph, reason: `${type}, agreed by ${event.agreedBy}` }
    : { effect: 'disputed', spans, paragraph, reason: `${type} declared, not agreed` };
}

/** Agreed by somebody, and not by the author alone. */
export function isAgreed(event: {
  agreedBy?: string | undefined;
  author?: string | undefined;
}): boolean {
  return event.agreedBy !== undefined && event.agreedBy !== event.author;
}

function concerns(event: EventOf<'false-positive'>, subject: CorrectedSubject): boolean {
  if (event.service !== subject.service) return false;
  if (event.nameserver !== undefined && event.nameserver.toLowerCase() !== subject.nameserver) {
    return false;
  }
  return event.address === undefined || canonicalAddress(event.address) === subject.address;
}

type PlannedRule = Extract<Exclusion, { exclusion: 'planned-notice' }>;

/** One effect for each clause about planned work, or that there is none. */
function judgeNotice(contract: Contract, notice: EventOf<'notice'>): EntryEffect[] {
  const rules = contract.exclusions.filter((rule) => rule.exclusion === 'planned-notice');
  const none = { effect: 'none' as const, spans: [spanOf(notice)] };
  if (rules.length === 0) return [{ ...none, reason: 'planned work is not excluded' }];
  return rules.flatMap((rule) => {
    const { paragraph } = rule;
    const fault = faultOfNotice(rule, notice);
    if (fault !== undefined) return [{ ...none, paragraph, reason: fault }];
    return excusedByNotice(contract, rule, notice);
  });
}

/** Why a notice does not count under a clause; `undefined` if it does. */
function faultOfNotice(rule: PlannedRule, notice: EventOf<'notice'>): string | undefined {
  if (!notice.audience.includes(rule.audience)) return `${rule.audience} were not told`;
  const atMs = instantMs(notice.at);
  const fromMs = instantMs(notice.from);
  if (isAhead(rule, atMs, fromMs)) return undefined;
  if (atMs >= fromMs) return `${rule.audience} were told when it had begun`;
  const told = `${rule.audience} were told ${(fromMs - atMs) / 1000} s ahead`;
  return `${told} and ${rule.leadSeconds} s are demanded (${rule.leadReading})`;
}

/** Of a notice that counts: what lies in the clause's windows is excused, the rest is not. */
function excusedByNotice(
  contract: Contract,
  rule: PlannedRule,
  notice: EventOf<'notice'>,
): EntryEffect[] {
  const { paragraph, calendar: name } = rule;
  const whole = [spanOf(notice)];
  const told = `planned work, ${rule.audience} told at ${notice.at}`;
  if (name === undefined) return [{ effect: 'excused', spans: whole, paragraph, reason: told }];
  const calendar = contract.calendars[name];
  const inside =
    calendar === undefined ? [] : intersectSpans(whole, calendarSpans(calendar, spanOf(notice)));
  const outside = subtractSpans(whole, inside);
  const effects: EntryEffect[] = [
    { effect: 'excused', spans: inside, paragraph, reason: told },
    { effect: 'none', spans: outside, paragraph, reason: `outside the windows of ${name}` },
  ];
  return effects.filter(({ spans }) => spans.length > 0);
}

/** Always before the work begins, and by the lead time that the contract demands. */
function isAhead(rule: PlannedRule, atMs: number, fromMs: number): boolean {
  if (atMs >= fromMs) return false;
  if (rule.leadReading === 'elapsed') return atMs + rule.leadSeconds * 1000 <= fromMs;
  const days = Math.ceil(rule.leadSeconds / DAY_SECONDS);
  const earliest = dateAt(atMs, 'UTC').add({ days });
  return Temporal.PlainDate.compare(earliest, dateAt(fromMs, 'UTC')) <= 0;
}
