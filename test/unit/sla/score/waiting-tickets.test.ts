// Tickets that nobody has answered yet, as the clock of the hosting contract shows them.
import { describe, expect, it } from 'vitest';
import type { Entry } from '#sla/score/evidence.ts';
import { waitingTickets } from '#sla/score/score-tickets.ts';
import { shippedContract } from '../../../kit/sla-evidence.ts';

const contract = shippedContract('hosting');
const HOUR_MS = 3_600_000;

type TicketEvent = Extract<Entry, { kind: 'ticket' }>;

function event(
  at: string,
  said: TicketEvent['event'],
  severity?: TicketEvent['severity'],
  id = 'T-1',
): TicketEvent {
  return { kind: 'ticket', id, event: said, at, ...(severity !== undefined && { severity }) };
}

const waitingAt = (now: string, ...events: Entry[]) =>
  waitingTickets(contract, events, Date.parse(now));

describe('tickets that wait', () => {
  // A Friday.
  const opened = event('2026-10-02T16:30:00Z', 'opened', 'normal');

  it('have waited as long as the hours of the calendar say', () => {
    expect(waitingAt('2026-10-05T10:00:00Z', opened)).toEqual([
      { severity: 'normal', waitedMs: 1.5 * HOUR_MS },
    ]);
    const urgent = event('2026-10-03T22:10:00Z', 'opened', 'urgent');
    expect(waitingAt('2026-10-04T02:10:00Z', urgent)).toEqual([
      { severity: 'urgent', waitedMs: 4 * HOUR_MS },
    ]);
  });

  it('wait on after an automatic reply, and no more after one of a human', () => {
    const automatic = event('2026-10-02T16:31:00Z', 'auto-reply');
    const human = event('2026-10-05T09:30:00Z', 'human-reply');
    expect(waitingAt('2026-10-05T10:00:00Z', opened, automatic)).toHaveLength(1);
    expect(waitingAt('2026-10-05T10:00:00Z', opened, automatic, human)).toEqual([]);
    // It was not answered yet.
    expect(waitingAt('2026-10-05T09:29:59Z', opened, automatic, human)).toHaveLength(1);
  });

  it('do not wait once they are closed, until they are opened again', () => {
    const closed = event('2026-10-05T09:30:00Z', 'closed');
    const again = event('2026-10-05T11:00:00Z', 'reopened');
    expect(waitingAt('2026-10-05T10:00:00Z', opened, closed)).toEqual([]);
    expect(waitingAt('2026-10-05T12:00:00Z', opened, closed, again)).toEqual([
      { severity: 'normal', waitedMs: HOUR_MS },
    ]);
  });

  it('stand still in a disaster that both sides agreed on', () => {
    const disaster: Entry = {
      kind: 'exclusion',
      type: 'disaster',
      at: '2026-10-05T09:00:00Z',
      from: '2026-10-05T09:00:00Z',
      to: '2026-10-05T09:45:00Z',
      services: ['dns'],
      reason: 'flood',
      agreedBy: 'customer',
    };
    expect(waitingAt('2026-10-05T10:00:00Z', opened, disaster)).toEqual([
      { severity: 'normal', waitedMs: 0.75 * HOUR_MS },
    ]);
  });
});
