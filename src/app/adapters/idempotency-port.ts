/** Requests that must not be done twice, joined to the admin API. */
import type { IdempotencyKeys, KeptOutcome } from '#access/idempotency-keys.ts';
import type { Clock } from '#base/clock.ts';
import type { IdempotencyClaim, IdempotencyPort } from '#http/api/idempotency-ports.ts';
import { accessRefusal } from './token-port.ts';

export class IdempotencyAdapter implements IdempotencyPort {
  readonly #keys: IdempotencyKeys;
  readonly #clock: Clock;

  constructor(keys: IdempotencyKeys, clock: Clock) {
    this.#keys = keys;
    this.#clock = clock;
  }

  async claim(
    actor: string,
    key: string,
    request: { content: string; id: string },
  ): Promise<IdempotencyClaim> {
    try {
      const claim = await this.#keys.claim(actor, key, request, this.#clock.nowMs());
      return claim.kind === 'repeat' ? { kind: 'repeat', answer: claim.outcome } : claim;
    } catch (error) {
      throw accessRefusal(error);
    }
  }

  async finish(id: string, answer: KeptOutcome): Promise<void> {
    await this.#keys.finish(id, answer);
  }

  async abandon(id: string): Promise<void> {
    await this.#keys.abandon(id);
  }
}
