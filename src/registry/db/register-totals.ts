/**
 * Sums that the register keeps beside its objects: messages that wait for a registrar, and what
 * registrars did in a month. They are read and written with each batch, so that many commands of
 * one batch add up without locks.
 */
import { latin1, utf8 } from '#base/bytes.ts';
import type { Write } from '#store/key-value-store.ts';
import { deletion } from './command-rows.ts';
import { counterKey } from './register-keys.ts';

/** A sum to change, by the parts of its key. */
export interface CounterStep {
  parts: readonly string[];
  step: number;
}

/** Sums while a batch is made up. */
export class Totals {
  readonly #sums = new Map<string, { key: Uint8Array; sum: number }>();
  readonly #messages = new Map<string, number>();

  constructor(keys: readonly Uint8Array[], values: readonly (Uint8Array | undefined)[]) {
    for (const [index, key] of keys.entries()) {
      this.#sums.set(latin1(key), { key, sum: parseCount(values[index]) });
    }
  }

  /** @returns the sum after it */
  step({ parts, step }: CounterStep): number {
    const key = counterKey(...parts);
    const sum = (this.#sums.get(latin1(key))?.sum ?? 0) + step;
    this.#sums.set(latin1(key), { key, sum });
    if (parts[0] === 'messages') this.#messages.set(parts[1], sum);
    return sum;
  }

  messageCounts(): ReadonlyMap<string, number> {
    return new Map(this.#messages);
  }

  writes(): Write[] {
    return [...this.#sums.values()].map(({ key, sum }) =>
      sum === 0 ? deletion(key) : { key, value: utf8(String(sum)) },
    );
  }
}

/** The number in a sum's row. */
export function parseCount(value: Uint8Array | undefined): number {
  return value === undefined ? 0 : Number(new TextDecoder().decode(value));
}
