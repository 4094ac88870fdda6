/**
 * The sidecar's way from cycles to messages without its process: a scorer, the review and a real
 * outbox, on a clock that the test moves. Each call of `at` is one review, as of that instant.
 */
import { join } from 'node:path';
import { openLog } from '#base/log.ts';
import { monthOf } from '#base/month.ts';
import { addressNotices, type Contact, type Message } from '#sla/incident/notice.ts';
import { Outbox } from '#sla/incident/outbox.ts';
import { reviewStanding } from '#sla/incident/review.ts';
import { findStanding } from '#sla/incident/standing.ts';
import type { Measurement } from '#sla/measurement/measurement.ts';
import { Scorer } from '#sla/score/scorer.ts';
import { shippedContract } from './sla-evidence.ts';

export const EVERYBODY: Contact = {
  name: 'noc',
  receives: ['incidents', 'alarms', 'escalations', 'corrections'],
};

export class Watch {
  readonly scorer: Scorer;
  readonly folder: string;
  readonly contacts: readonly Contact[];
  outbox: Outbox | undefined;

  constructor(
    folder: string,
    contacts: readonly Contact[] = [EVERYBODY],
    contract = 'biz-2013-lab',
  ) {
    this.scorer = new Scorer(shippedContract(contract));
    this.folder = folder;
    this.contacts = contacts;
  }

  add(evidence: readonly Measurement[]): this {
    for (const piece of evidence) this.scorer.add(piece);
    return this;
  }

  /** As a restart finds it. */
  async reopen(): Promise<Outbox> {
    await this.outbox?.close();
    this.outbox = await Outbox.open(
      join(this.folder, 'outbox.ndjson'),
      openLog('test', 'silent'),
      0,
    );
    return this.outbox;
  }

  /** Reviews; gives the messages that came of it. */
  async at(instant: string): Promise<Message[]> {
    const outbox = this.outbox ?? (await this.reopen());
    const nowMs = Date.parse(instant);
    const month = monthOf(nowMs);
    const before = monthOf(month.startMs - 1);
    const scores = [this.scorer.score(before, nowMs), this.scorer.score(month, nowMs)];
    const { events } = this.scorer.evidence();
    const standing = findStanding(this.scorer.contract, scores, events, nowMs);
    const review = reviewStanding(standing, outbox.told);
    const messages = addressNotices(review.notices, this.contacts, instant);
    await outbox.take(review.patch, messages);
    return messages;
  }
}

/** `incident-opened dns`, `escalation dns 10`: what messages say, in order. */
export function saidBy(messages: readonly Message[]): string[] {
  return messages.flatMap(({ notices }) =>
    notices.map((notice) => {
      if ('incident' in notice) return `${notice.kind} ${notice.incident.service}`;
      if ('share' in notice)
        return `${notice.kind} ${notice.share.service} ${notice.share.percent}`;
      if ('backups' in notice) return `${notice.kind} ${notice.backups.good.join('+')}`;
      return `${notice.kind} ${notice.changes.length}`;
    }),
  );
}
