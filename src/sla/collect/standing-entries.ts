/**
 * Entries that go on to hold after the day on which they were written: the name servers of record,
 * notices and declared times that are not over, and forecasts of months that are not. They are
 * repeated in each day's file, so that a
 * month is scored from its own files and those of the month before, however long ago a maintenance
 * was announced. A repetition changes no score.
 */
import { formatInstant } from '#base/clock.ts';
import { monthOf } from '#base/month.ts';
import type { LedgerBody } from '#sla/ledger/ledger-line.ts';
import { instantMs } from '#sla/measurement/instant.ts';
import type { Event } from '#sla/measurement/measurement.ts';

export class StandingEntries {
  #topology: Event | undefined;
  /** With when they cease to hold, Unix milliseconds. */
  readonly #periods = new Map<string, { entry: Event; endMs: number }>();
  #day = '';

  /** Takes note of a line that is in the ledger, in its order. */
  add(body: LedgerBody): void {
    if (body.kind === 'topology') this.#topology = body;
    else if (body.kind === 'notice' || body.kind === 'exclusion') {
      this.#periods.set(JSON.stringify(body), { entry: body, endMs: instantMs(body.to) });
    } else if (body.kind === 'forecast') {
      const { endMs } = monthOf(Date.parse(body.month));
      this.#periods.set(JSON.stringify(body), { entry: body, endMs });
    }
  }

  /** What is to be repeated with the first lines of a day; none on a day that has it. */
  due(nowMs: number): Event[] {
    if (dayOf(nowMs) === this.#day) return [];
    for (const [text, { endMs }] of this.#periods) {
      if (endMs <= nowMs) this.#periods.delete(text);
    }
    const standing = [...this.#periods.values()].map(({ entry }) => entry);
    return [...(this.#topology === undefined ? [] : [this.#topology]), ...standing];
  }

  /** They are in the ledger. */
  repeated(nowMs: number): void {
    this.#day = dayOf(nowMs);
  }
}

function dayOf(ms: number): string {
  return formatInstant(ms).slice(0, 10);
}
