/**
 * The change-to-served test (biz-2013 3.6, 4.5): writes the time into a name, then asks every place
 * that has to show it until it shows that time or a later one. From the reception of the
 * confirmation to the answer is the update time. The change carries its own proof, so probe and
 * server share no state; what was not seen within the contract's limit is late, not missing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, formatInstant } from '#base/clock.ts';
import type { EventOf } from '#sla/measurement/measurement.ts';
import type { ServedPlace } from './served-place.ts';

/** Makes changes, and knows where they have to appear. */
export interface UpdateWriter {
  /**
   * Writes the time for this probe; resolves when the change was confirmed. Raises
   * PROBE_API_FAILED or PROBE_EPP_FAILED when it was not.
   */
  write(probe: string, writtenMs: number): Promise<ConfirmedChange>;
  places(probe: string): readonly ServedPlace[];
}

/** A change that was confirmed. */
export interface ConfirmedChange {
  /** What the server calls it, if it says: the id of its receipt, or of the transaction. */
  receipt: string | undefined;
  /** When the last octet of the confirmation was in, Unix milliseconds. */
  confirmedAtMs: number;
}

const PAUSE_FIRST_MS = 10;
const PAUSE_MAX_MS = 5_000;

export interface UpdateTestParts {
  writer: UpdateWriter;
  /** How long a place is asked before it counts as late. */
  limitMs: number;
  clock: Clock;
  signal: AbortSignal;
}

export type UpdateSeen = EventOf<'update'>;

export class UpdateTest {
  readonly #parts: UpdateTestParts;

  constructor(parts: UpdateTestParts) {
    this.#parts = parts;
  }

  /**
   * Makes one change and watches it; `onSeen` gets each place's measurement as it is known.
   * Resolves when all are. Raises what the writer raises.
   */
  async run(probe: string, onSeen: (seen: UpdateSeen) => void): Promise<void> {
    const { writer, clock } = this.#parts;
    const writtenMs = clock.nowMs();
    const { receipt, confirmedAtMs } = await writer.write(probe, writtenMs);
    // Receipts count from 1 again when a store begins anew; with the time they never meet again.
    const change = `${receipt ?? probe}-${writtenMs}`;
    await Promise.all(
      writer.places(probe).map(async ({ where, look }) => {
        const observedMs = await this.#watch(look, writtenMs, confirmedAtMs);
        if (observedMs === 'stopped') return;
        onSeen({
          kind: 'update',
          change,
          probe,
          ...where,
          confirmedAt: formatInstant(confirmedAtMs),
          observedAt: observedMs === undefined ? null : formatInstant(observedMs),
        });
      }),
    );
  }

  /**
   * When the place first showed the change; `undefined` when the limit passed without. A later time
   * proves this change too: changes are served in their order.
   */
  async #watch(
    look: ServedPlace['look'],
    writtenMs: number,
    confirmedAtMs: number,
  ): Promise<number | undefined | 'stopped'> {
    const { clock, limitMs, signal } = this.#parts;
    let pauseMs = PAUSE_FIRST_MS;
    while (!signal.aborted) {
      const seenMs = await look();
      const nowMs = clock.nowMs();
      if (seenMs !== undefined && seenMs >= writtenMs) return Math.max(nowMs, confirmedAtMs);
      if (nowMs - confirmedAtMs > limitMs) return undefined;
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS);
    }
    return 'stopped';
  }
}
