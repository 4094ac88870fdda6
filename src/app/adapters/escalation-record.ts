/**
 * Escalations as lines of the ledger, so that an auditor sees from it alone which level was reached
 * when, what was held back, and who was told (Appendix 10, 7.1):
 *
 *   reached 10 --> reached 25 --> lowered 10 --> ended       levels, as they were told
 *   suspended 10 until ...                                   reached, and held back
 *   delivered, given-up                                      of each message that tells of one
 *
 * What is to be entered is what the outbox says and the ledger does not say yet: a crash between
 * the two is made good by the next review.
 */
import { formatInstant } from '#base/clock.ts';
import { RecentKeys } from '#sla/collect/recent-keys.ts';
import type { Notice, NoticeOf } from '#sla/incident/notice.ts';
import type { Outbox, OutboxEntry } from '#sla/incident/outbox.ts';
import type { Standing, StandingShare } from '#sla/incident/standing.ts';
import { escalationKey } from '#sla/incident/told.ts';
import type { EscalationEntry, LedgerBody } from '#sla/ledger/ledger-line.ts';
import { shortInstant } from '#sla/measurement/instant.ts';

/** What was delivered longer ago is in the ledger, which a start reads back for two months. */
const DELIVERED_REACH_MS = 31 * 86_400_000;
/** Deliveries that are known to be in the ledger. */
const DELIVERIES_MAX = 10_000;

/** The levels of one contract and service, as the ledger has them. */
type Level = Pick<EscalationEntry, 'event' | 'percent' | 'until'>;

const OVER: Level = { event: 'ended', percent: 0 };

export class EscalationRecord {
  /** By contract and service. */
  readonly #levels = new Map<string, Level>();
  readonly #deliveries = new RecentKeys(DELIVERIES_MAX);

  /** A line that is in the ledger. */
  add(body: LedgerBody): void {
    if (body.kind !== 'escalation') return;
    if (body.event === 'delivered' || body.event === 'given-up') {
      this.#deliveries.add(deliveryKey(body));
    } else {
      this.#levels.set(escalationKey(body.contract, body.service), body);
    }
  }

  /** What the ledger is to say now; it counts as said. `notices` are those that were just made. */
  due(
    standings: readonly Standing[],
    outbox: Outbox,
    notices: readonly Notice[],
    nowMs: number,
  ): EscalationEntry[] {
    const messages = [...outbox.waiting(), ...outbox.finished()].map(({ message }) => message);
    const made = [...notices, ...messages.flatMap((message) => message.notices)];
    const levels = standings.flatMap((standing) =>
      standing.shares.flatMap((share) => this.#levelOf(standing, share, outbox, made)),
    );
    const deliveries = outbox.finished().flatMap((entry) => deliveriesOf(entry, nowMs));
    const fresh = deliveries.filter((entry) => !this.#deliveries.has(deliveryKey(entry)));
    const due = [...levels, ...fresh].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
    for (const entry of due) this.add(entry);
    return due;
  }

  /** Nothing while the ledger says it already. */
  #levelOf(
    { contract, atMs }: Standing,
    { service, percent, downSeconds, suspendedBy }: StandingShare,
    { told }: Outbox,
    made: readonly Notice[],
  ): EscalationEntry[] {
    const key = escalationKey(contract, service);
    const matter = told.get(key);
    const toldPercent = matter?.kind === 'escalation' ? matter.percent : 0;
    const last = this.#levels.get(key) ?? OVER;
    const head = { kind: 'escalation' as const, at: shortInstant(atMs), contract, service };
    if (suspendedBy !== undefined && percent > toldPercent) {
      const { to: until } = suspendedBy;
      const isSaid = last.event === 'suspended' && last.percent === percent && last.until === until;
      return isSaid ? [] : [{ ...head, event: 'suspended', percent, downSeconds, until }];
    }
    if (last.event !== 'suspended' && toldPercent === last.percent) return [];
    if (toldPercent === 0) return [{ ...head, ...OVER }];
    if (toldPercent < last.percent) {
      return [{ ...head, event: 'lowered', percent: toldPercent }];
    }
    const at = matter?.kind === 'escalation' ? matter.since : head.at;
    const notice = made.find(
      (each): each is NoticeOf<'escalation'> =>
        each.kind === 'escalation' &&
        each.contract === contract &&
        each.share.service === service &&
        each.share.percent === toldPercent,
    );
    const level = { ...head, at, event: 'reached' as const, percent: toldPercent };
    return [notice === undefined ? level : { ...level, ...factsOf(notice) }];
  }
}

function deliveryKey({ message = '', notice = '', event }: EscalationEntry): string {
  return `${event} ${message} ${notice}`;
}

/** Of a message that is done with: a line for each escalation that it tells of. */
function deliveriesOf({ message, state, lastAt }: OutboxEntry, nowMs: number): EscalationEntry[] {
  const at = lastAt ?? message.at;
  if (Date.parse(at) < nowMs - DELIVERED_REACH_MS) return [];
  const event = state === 'delivered' ? ('delivered' as const) : ('given-up' as const);
  return message.notices.flatMap((notice): EscalationEntry[] => {
    if (notice.kind !== 'escalation' && notice.kind !== 'escalation-ended') return [];
    const { contract, share } = notice;
    return [
      {
        kind: 'escalation',
        at: formatInstant(Date.parse(at)),
        contract,
        service: share.service,
        event,
        percent: share.percent,
        ...factsOf(notice),
        message: message.id,
        contact: message.contact,
      },
    ];
  });
}

function factsOf(notice: NoticeOf<'escalation' | 'escalation-ended'>) {
  const { id, share } = notice;
  const facts = { notice: id, downSeconds: share.downSeconds };
  if (notice.kind !== 'escalation' || notice.evidence === null) return facts;
  const { file, sha256 } = notice.evidence;
  return { ...facts, evidence: { file, sha256 } };
}
