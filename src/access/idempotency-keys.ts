/**
 * Requests that must not be done twice though they are sent twice (`Idempotency-Key`). Whoever
 * sends a key claims it; what came of the request is kept for 24 h and told again to who repeats
 * it.
 *
 *     claim -> new -------> finish(outcome) -> done      told again: `repeat`
 *                  \------> abandon         -> (gone)    nothing was changed: may be tried again
 *                  \- process killed ------> begun       `unknown`: nobody knows, nothing is redone
 *
 * A claim is on disk before the request is begun, so that no crash makes room for a second time.
 * Keys are per actor and kept as digests; a key with another request behind it is told apart.
 */
import { createHash } from 'node:crypto';
import { formatHex, parseHex } from '#base/bytes.ts';
import type { KeyValueStore, Write } from '#store/key-value-store.ts';
import { buildKey, KEYSPACE, prefixRange } from '#store/keyspace.ts';
import { AccessError } from './access-error.ts';
import { formatAccessRow, parseAccessRow } from './access-row.ts';

export const IDEMPOTENCY_KEPT_MS = 24 * 3_600_000;
export const IDEMPOTENCY_KEYS_MAX = 100_000;
/** Characters of a body that is kept; of a longer one only status and headers are. */
export const IDEMPOTENCY_BODY_MAX = 64 * 1024;
/** Rows that are removed with one claim, when they are too old. */
const SWEEP_STEP = 16;

/** What was answered. */
export interface KeptOutcome {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent when it was longer than IDEMPOTENCY_BODY_MAX. */
  readonly body?: string;
}

export type IdempotencyClaim =
  /** Go on, then `finish` or `abandon`. */
  | { readonly kind: 'new'; readonly id: string }
  /** It was done: say the same again. */
  | { readonly kind: 'repeat'; readonly outcome: KeptOutcome }
  /** The key stands for another request. */
  | { readonly kind: 'different' }
  /** The first one is still under way. */
  | { readonly kind: 'running' }
  /** It was begun, and the process ended before it was known what came of it. */
  | { readonly kind: 'unknown' };

interface Claim {
  /** Digest of the request. */
  readonly request: string;
  readonly atMs: number;
  readonly state: 'running' | 'done' | 'unknown';
}

interface ClaimRow {
  request: string;
  atMs: number;
  outcome?: KeptOutcome;
}

export class IdempotencyKeys {
  readonly #store: KeyValueStore;
  /** By digest of actor and key, oldest first. */
  readonly #claims: Map<string, Claim>;

  private constructor(store: KeyValueStore, claims: Map<string, Claim>) {
    this.#store = store;
    this.#claims = claims;
  }

  /** @throws StoreError STORE_DAMAGED, CodedError STORE_LAYOUT */
  static async open(store: KeyValueStore): Promise<IdempotencyKeys> {
    const claims: [string, Claim][] = [];
    const { from, to } = prefixRange(Uint8Array.of(KEYSPACE.idempotency));
    for await (const chunk of store.range(from, to)) {
      for (const { key, value } of chunk) {
        const { request, atMs, outcome } = parseAccessRow('an idempotency key', value) as ClaimRow;
        const state = outcome === undefined ? 'unknown' : 'done';
        claims.push([formatHex(key.subarray(1)), { request, atMs, state }]);
      }
    }
    claims.sort(([, a], [, b]) => a.atMs - b.atMs);
    return new IdempotencyKeys(store, new Map(claims));
  }

  /**
   * @param actor whose key it is
   * @param request all that makes two requests the same: method, path, body
   * @throws AccessError ACCESS_FULL when all the keys that may be kept are under way or young
   */
  async claim(
    actor: string,
    key: string,
    request: string,
    nowMs: number,
  ): Promise<IdempotencyClaim> {
    const id = digestOf(`${actor}\n${key}`);
    const digest = digestOf(request);
    const held = this.#claims.get(id);
    if (held !== undefined && nowMs - held.atMs < IDEMPOTENCY_KEPT_MS) {
      if (held.request !== digest) return { kind: 'different' };
      if (held.state !== 'done') return { kind: held.state };
      const outcome = await this.#readOutcome(id);
      return outcome === undefined ? { kind: 'unknown' } : { kind: 'repeat', outcome };
    }
    const swept = this.#sweep(nowMs);
    if (this.#claims.size >= IDEMPOTENCY_KEYS_MAX) {
      const message = `${IDEMPOTENCY_KEYS_MAX} idempotency keys are kept, as many as there may be`;
      throw new AccessError('ACCESS_FULL', `${message}: send the request without one, or later`);
    }
    this.#claims.delete(id);
    this.#claims.set(id, { request: digest, atMs: nowMs, state: 'running' });
    const row: ClaimRow = { request: digest, atMs: nowMs };
    try {
      await this.#store.write([...swept, { key: rowKey(id), value: formatAccessRow(row) }]);
    } catch (error) {
      this.#claims.delete(id);
      throw error;
    }
    return { kind: 'new', id };
  }

  /** Keeps what was answered; on disk when it resolves. */
  async finish(id: string, { status, headers, body = '' }: KeptOutcome): Promise<void> {
    const claim = this.#claims.get(id);
    if (claim === undefined) return;
    const isKept = body.length <= IDEMPOTENCY_BODY_MAX;
    const outcome: KeptOutcome = { status, headers, ...(isKept && { body }) };
    const row: ClaimRow = { request: claim.request, atMs: claim.atMs, outcome };
    await this.#store.write([{ key: rowKey(id), value: formatAccessRow(row) }]);
    this.#claims.set(id, { ...claim, state: 'done' });
  }

  /** The request changed nothing: its key is free again. */
  async abandon(id: string): Promise<void> {
    if (!this.#claims.delete(id)) return;
    await this.#store.write([{ key: rowKey(id), delete: true }]);
  }

  async #readOutcome(id: string): Promise<KeptOutcome | undefined> {
    const value = await this.#store.get(rowKey(id));
    if (value === undefined) return undefined;
    return (parseAccessRow('an idempotency key', value) as ClaimRow).outcome;
  }

  /** Forgets some that are too old. */
  #sweep(nowMs: number): Write[] {
    const writes: Write[] = [];
    for (const [id, { atMs, state }] of this.#claims) {
      if (nowMs - atMs < IDEMPOTENCY_KEPT_MS || writes.length >= SWEEP_STEP) break;
      if (state === 'running') continue;
      this.#claims.delete(id);
      writes.push({ key: rowKey(id), delete: true });
    }
    return writes;
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function rowKey(id: string): Uint8Array {
  return buildKey(KEYSPACE.idempotency, parseHex(id) ?? new Uint8Array());
}
