/**
 * The contract's clocks of a change, 15 minutes until it is begun and 60 until it is served,
 * watched long before they run out: so many changes are late, at which name server, and what to
 * look at.
 */
import { Gauge, type Registry } from 'prom-client';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { LateServer } from '#dns/transfer/served-watch.ts';
import { formatName, type Name } from '#dns/wire/name.ts';

/** A change that is not served everywhere after this is worth a look. */
export const LATE_WARNING_MS = 60_000;
/** And after this somebody should be called. */
export const LATE_ERROR_MS = 300_000;
/** From one look to the next. */
export const LOOK_INTERVAL_MS = 5_000;

export interface UpdateClocksOptions {
  /** Servers that are behind. */
  late: () => LateServer[];
  /** When the change that waits longest for its turn was received; `undefined`: none waits. */
  waitingSinceMs: () => number | undefined;
  registry: Registry;
  clock: Clock;
  log: Log;
}

interface LateCount {
  warning: number;
  error: number;
  /** The one that is latest. */
  apex: Name | undefined;
  sinceMs: number;
}

export class UpdateClocks {
  readonly #options: UpdateClocksOptions;
  /** What was said last, by server. */
  readonly #said = new Map<string, 'warning' | 'error'>();

  constructor(options: UpdateClocksOptions) {
    this.#options = options;
    const count = (): Record<'begun' | 'served', LateCount> => ({
      begun: this.#notBegun(),
      served: this.#notServed(),
    });
    const gauge = new Gauge({
      name: 'holdfast_update_overdue',
      help: 'Changes that are late at a stage: for a minute (warning), for five (error).',
      labelNames: ['stage', 'level'],
      registers: [],
      collect() {
        for (const [stage, { warning, error }] of Object.entries(count())) {
          this.set({ stage, level: 'warning' }, warning);
          this.set({ stage, level: 'error' }, error);
        }
      },
    });
    options.registry.registerMetric(gauge);
  }

  /** Says what is late, once a server and level; call it every LOOK_INTERVAL_MS. */
  look(): void {
    const behind = new Set<string>();
    for (const server of this.#options.late()) {
      const { address } = server;
      const late = this.#countOf([server]);
      if (late.warning === 0) continue;
      behind.add(address);
      const zone = late.apex && formatName(late.apex);
      const text = `${address} does not serve changes: is it up, and does it fetch ${zone}?`;
      this.#say(address, late, text, { address, zone });
    }
    const begun = this.#notBegun();
    if (begun.warning > 0) {
      behind.add('');
      this.#say('', begun, 'changes wait for their turn: is the disk at its limit?', {});
    }
    for (const address of this.#said.keys()) if (!behind.has(address)) this.#said.delete(address);
  }

  #say(key: string, late: LateCount, text: string, facts: Record<string, unknown>): void {
    const { log, clock } = this.#options;
    const level = late.error > 0 ? 'error' : 'warning';
    if (this.#said.get(key) === level) return;
    this.#said.set(key, level);
    const lateSeconds = Math.round((clock.nowMs() - late.sinceMs) / 1000);
    const said = { ...facts, changes: late.warning, lateSeconds };
    if (level === 'error') log.error(said, text);
    else log.warn(said, text);
  }

  #notServed(): LateCount {
    return this.#countOf(this.#options.late());
  }

  #notBegun(): LateCount {
    const sinceMs = this.#options.waitingSinceMs();
    if (sinceMs === undefined) return { warning: 0, error: 0, apex: undefined, sinceMs: 0 };
    const lateMs = this.#options.clock.nowMs() - sinceMs;
    const warning = Number(lateMs >= LATE_WARNING_MS);
    return { warning, error: Number(lateMs >= LATE_ERROR_MS), apex: undefined, sinceMs };
  }

  #countOf(servers: readonly LateServer[]): LateCount {
    const nowMs = this.#options.clock.nowMs();
    const count: LateCount = { warning: 0, error: 0, apex: undefined, sinceMs: nowMs };
    for (const { zones } of servers) {
      for (const { apex, sinceMs } of zones) {
        if (nowMs - sinceMs < LATE_WARNING_MS) continue;
        count.warning += 1;
        count.error += Number(nowMs - sinceMs >= LATE_ERROR_MS);
        if (sinceMs >= count.sinceMs) continue;
        count.apex = apex;
        count.sinceMs = sinceMs;
      }
    }
    return count;
  }
}
