/**
 * The change-to-served test (biz-2013 3.6): writes the time into a name through the API, then asks
 * every address until it answers with that time or a later one. From the reception of the API's
 * confirmation to the answer is the update time. The change carries its own proof, so probe and
 * server share no state; what was not seen within the contract's limit is late, not missing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, formatInstant } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import type { EventOf } from '#sla/measurement/measurement.ts';
import { encodeQuestion, readTxtReply } from './dns-message.ts';
import type { DnsTarget } from './dns-tester.ts';
import { exchangeUdp } from './udp-exchange.ts';
import type { ZoneApi } from './zone-api.ts';

const ASK_TIMEOUT_MS = 2_000;
const PAUSE_FIRST_MS = 10;
const PAUSE_MAX_MS = 5_000;
const ID_LIMIT = 0x1_0000;
/** The label that the time is written at, below the zone and after the probe's name. */
const LABEL = '_holdfast';

export interface UpdateTestParts {
  api: ZoneApi;
  /** Zone to write into; it holds nothing else. */
  zone: string;
  targets: readonly DnsTarget[];
  /** How long an address is asked before it counts as late. */
  limitMs: number;
  clock: Clock;
  random: Random;
  signal: AbortSignal;
}

export type UpdateSeen = EventOf<'update'>;

export class UpdateTest {
  readonly #parts: UpdateTestParts;

  constructor(parts: UpdateTestParts) {
    this.#parts = parts;
  }

  /**
   * Makes one change and watches it; `onSeen` gets each address's measurement as it is known.
   * Resolves when all are. Raises PROBE_API_FAILED when the change was not confirmed.
   */
  async run(probe: string, onSeen: (seen: UpdateSeen) => void): Promise<void> {
    const { api, zone, targets, clock } = this.#parts;
    const name = `${LABEL}.${probe.toLowerCase()}.${zone === '.' ? '' : zone}`;
    const writtenMs = clock.nowMs();
    const nameservers = [...new Set(targets.map(({ nameserver }) => nameserver))];
    const { receipt, confirmedAtMs } = await api.writeText(
      zone,
      name,
      String(writtenMs),
      nameservers,
    );
    // Receipts count from 1 again when a store begins anew; with the time they never meet again.
    const change = `${receipt ?? probe}-${writtenMs}`;
    await Promise.all(
      targets.map(async (target) => {
        const observedMs = await this.#watch(target, name, writtenMs, confirmedAtMs);
        if (observedMs === 'stopped') return;
        onSeen({
          kind: 'update',
          change,
          service: 'dns',
          probe,
          address: target.server.address,
          confirmedAt: formatInstant(confirmedAtMs),
          observedAt: observedMs === undefined ? null : formatInstant(observedMs),
        });
      }),
    );
  }

  /** When the address first answered with the change; `undefined` when the limit passed without. */
  async #watch(
    { server }: DnsTarget,
    name: string,
    writtenMs: number,
    confirmedAtMs: number,
  ): Promise<number | undefined | 'stopped'> {
    const { clock, random, limitMs, signal } = this.#parts;
    let pauseMs = PAUSE_FIRST_MS;
    while (!signal.aborted) {
      const query = encodeQuestion({ name, type: 'TXT' }, random.below(ID_LIMIT));
      const asked = { server, query, timeoutMs: ASK_TIMEOUT_MS, clock, signal };
      const exchange = await exchangeUdp(asked);
      const nowMs = clock.nowMs();
      if ('reply' in exchange && holds(exchange.reply, name, writtenMs)) {
        return Math.max(nowMs, confirmedAtMs);
      }
      if (nowMs - confirmedAtMs > limitMs) return undefined;
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS);
    }
    return 'stopped';
  }
}

/** A later time proves this change too: changes are served in their order. */
function holds(reply: Uint8Array, name: string, writtenMs: number): boolean {
  const read = readTxtReply(reply, name);
  return 'texts' in read && read.texts.some((text) => Number(text) >= writtenMs);
}
