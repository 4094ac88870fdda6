/**
 * Requests that must not be done twice though they are sent twice (`Idempotency-Key`). Whoever
 * sends a key claims it; what came of the request is kept for 24 h and told again to who repeats
 * it.
 *
 *     claim -> new -------> finish(outcome) -> done    told again: `repeat`
 *                  \------> abandon         -> (gone)  nothing was changed: may be tried again
 *                  |- process killed, and at the next start
 *                  \- the store refused an answer (full disk), and when it takes writes again
 *                      \---> answer known    -> done    kept now; told from memory until then
 *                       |--> in the journal  -> made    not done again; its answer is lost: `made`
 *                       \--> not there       -> (gone)  nothing was changed: may be tried again
 *
 * A claim is on disk before the request is begun, and what a request changes is journalled with its
 * id in the batch that makes the change: so no crash makes room for a second time, or loses the
 * first. Keys are per actor and kept as digests; a key that stands for another request is told.
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
/** HTTP status from which on an answer says that the server failed. */
const SERVER_ERROR = 500;
/** Rows that are removed with one claim, when they are too old. */
const SWEEP_STEP = 16;

/** What was answered. */
export interface KeptOutcome {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent when it was longer than IDEMPOTENCY_BODY_MAX, or was not given. */
  readonly body?: string;
}

/** A request that must not be done twice. */
export interface IdempotentRequest {
  /** All that makes two requests the same: method, path, body. */
  readonly content: string;
  /** What the journal calls it. */
  readonly id: string;
}

/**
 * The receipts of those requests that the journal has, by their ids.
 * @param sinceMs none of them is older
 */
export type ReceiptFinder = (
  requestIds: ReadonlySet<string>,
  sinceMs: number,
) => Promise<ReadonlyMap<string, readonly string[]>>;

export type IdempotencyClaim =
  /** Go on, then `finish` or `abandon`. */
  | { readonly kind: 'new'; readonly id: string }
  /** It was done: say the same again. */
  | { readonly kind: 'repeat'; readonly outcome: KeptOutcome }
  /** The key stands for another request. */
  | { readonly kind: 'different' }
  /** The first one is still under way. */
  | { readonly kind: 'running' }
  /** It was done, and the process ended before it was kept what was answered. */
  | { readonly kind: 'made'; readonly receipts: readonly string[] };

interface Claim {
  /** Digest of the request. */
  readonly request: string;
  readonly atMs: number;
  readonly state: 'running' | 'kept' | 'unsettled';
  /** What the journal calls the request; of claims that are kept nobody asks. */
  readonly requestId: string;
  /** What was answered and could not be kept. */
  readonly outcome?: KeptOutcome;
}

interface ClaimRow {
  request: string;
  requestId: string;
  atMs: number;
  outcome?: KeptOutcome;
  /** Instead of an outcome: of what was made. */
  receipts?: readonly string[];
}

/** A claim whose row does not say what came of it. */
interface Unfinished {
  readonly id: string;
  readonly row: ClaimRow;
}

export class IdempotencyKeys {
  readonly #store: KeyValueStore;
  readonly #findReceipts: ReceiptFinder;
  /** By digest of actor and key, oldest first. */
  readonly #claims: Map<string, Claim>;

  private constructor(
    store: KeyValueStore,
    findReceipts: ReceiptFinder,
    claims: Map<string, Claim>,
  ) {
    this.#store = store;
    this.#findReceipts = findReceipts;
    this.#claims = claims;
  }

  /** @throws StoreError STORE_DAMAGED, CodedError STORE_LAYOUT */
  static async open(store: KeyValueStore, findReceipts: ReceiptFinder): Promise<IdempotencyKeys> {
    const claims: [string, Claim][] = [];
    const unfinished: Unfinished[] = [];
    const { from, to } = prefixRange(Uint8Array.of(KEYSPACE.idempotency));
    for await (const chunk of store.range(from, to)) {
      for (const { key, value } of chunk) {
        const row = parseAccessRow('an idempotency key', value) as ClaimRow;
        const id = formatHex(key.subarray(1));
        const { request, atMs, outcome, receipts } = row;
        if (outcome === undefined && receipts === undefined) unfinished.push({ id, row });
        else claims.push([id, { request, requestId: '', atMs, state: 'kept' }]);
      }
    }
    if (unfinished.length > 0) claims.push(...(await settle(store, unfinished, findReceipts)));
    claims.sort(([, a], [, b]) => a.atMs - b.atMs);
    return new IdempotencyKeys(store, findReceipts, new Map(claims));
  }

  /**
   * @param actor whose key it is
   * @throws AccessError ACCESS_FULL when all the keys that may be kept are under way or young
   * @throws StoreError of a store that takes no writes
   */
  async claim(
    actor: string,
    key: string,
    { content, id: requestId }: IdempotentRequest,
    nowMs: number,
  ): Promise<IdempotencyClaim> {
    const id = digestOf(`${actor}\n${key}`);
    const request = digestOf(content);
    const held = this.#claims.get(id);
    if (held !== undefined && nowMs - held.atMs < IDEMPOTENCY_KEPT_MS) {
      if (held.request !== request) return { kind: 'different' };
      if (held.state === 'running') return { kind: 'running' };
      if (held.state === 'kept') return this.#readKept(id);
      const settled = await this.#settleLate(id, held);
      if (settled !== undefined) return settled;
    }
    const swept = this.#sweep(nowMs);
    if (this.#claims.size >= IDEMPOTENCY_KEYS_MAX) {
      const message = `${IDEMPOTENCY_KEYS_MAX} idempotency keys are kept, as many as there may be`;
      throw new AccessError('ACCESS_FULL', `${message}: send the request without one, or later`);
    }
    this.#claims.delete(id);
    this.#claims.set(id, { request, requestId, atMs: nowMs, state: 'running' });
    try {
      await this.#store.write([...swept, writeOf(id, { request, requestId, atMs: nowMs })]);
    } catch (error) {
      this.#claims.delete(id);
      throw error;
    }
    return { kind: 'new', id };
  }

  /**
   * Keeps what was answered; on disk when it resolves.
   * @throws StoreError of a store that takes no writes: it is kept later, or found out
   */
  async finish(id: string, { status, headers, body }: KeptOutcome): Promise<void> {
    const claim = this.#claims.get(id);
    if (claim === undefined) return;
    const isKept = body !== undefined && body.length <= IDEMPOTENCY_BODY_MAX;
    const outcome: KeptOutcome = { status, headers, ...(isKept && { body }) };
    try {
      await this.#keep(id, claim, outcome);
    } catch (error) {
      // Of a request that failed itself nobody knows yet whether it was done.
      const isKnown = status < SERVER_ERROR;
      this.#claims.set(id, { ...claim, state: 'unsettled', ...(isKnown && { outcome }) });
      throw error;
    }
  }

  /** The request changed nothing: its key is free again. */
  async abandon(id: string): Promise<void> {
    if (!this.#claims.delete(id)) return;
    await this.#store.write([{ key: rowKey(id), delete: true }]);
  }

  async #keep(id: string, claim: Claim, outcome: KeptOutcome): Promise<void> {
    const { request, atMs } = claim;
    await this.#store.write([writeOf(id, { request, requestId: '', atMs, outcome })]);
    this.#claims.set(id, { request, requestId: '', atMs, state: 'kept' });
  }

  /**
   * A claim whose answer the store refused to keep. `undefined`: nothing came of it, and its key is
   * free. The journal can be believed once the store takes a write: then it has undone what was
   * under way.
   */
  async #settleLate(id: string, claim: Claim): Promise<IdempotencyClaim | undefined> {
    const { request, requestId, atMs, outcome } = claim;
    if (outcome !== undefined) {
      // Still refused: it is told from memory.
      await this.#keep(id, claim, outcome).catch(() => {});
      return { kind: 'repeat', outcome };
    }
    this.#claims.set(id, { ...claim, state: 'running' });
    try {
      await this.#store.write([writeOf(id, { request, requestId, atMs })]);
      const row = { request, requestId, atMs };
      const [settled] = await settle(this.#store, [{ id, row }], this.#findReceipts);
      if (settled !== undefined) {
        this.#claims.set(...settled);
        return await this.#readKept(id);
      }
      this.#claims.delete(id);
      return undefined;
    } catch (error) {
      this.#claims.set(id, claim);
      throw error;
    }
  }

  async #readKept(id: string): Promise<IdempotencyClaim> {
    const value = await this.#store.get(rowKey(id));
    // Too old since a moment ago, and swept: who asks again begins anew.
    if (value === undefined) return { kind: 'running' };
    const { outcome, receipts = [] } = parseAccessRow('an idempotency key', value) as ClaimRow;
    return outcome === undefined ? { kind: 'made', receipts } : { kind: 'repeat', outcome };
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

/**
 * Claims that a crash or a full disk cut off: what was made is kept as made, the others are gone.
 * @returns the claims that are kept
 */
async function settle(
  store: KeyValueStore,
  unfinished: readonly Unfinished[],
  findReceipts: ReceiptFinder,
): Promise<[string, Claim][]> {
  const ids = new Set(unfinished.map(({ row }) => row.requestId));
  const found = await findReceipts(ids, Math.min(...unfinished.map(({ row }) => row.atMs)));
  const claims: [string, Claim][] = [];
  const writes = unfinished.map(({ id, row }): Write => {
    const receipts = found.get(row.requestId);
    if (receipts === undefined) return { key: rowKey(id), delete: true };
    claims.push([id, { request: row.request, requestId: '', atMs: row.atMs, state: 'kept' }]);
    return writeOf(id, { ...row, receipts });
  });
  await store.write(writes);
  return claims;
}

function writeOf(id: string, row: ClaimRow): Write {
  return { key: rowKey(id), value: formatAccessRow(row) };
}

function digestOf(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function rowKey(id: string): Uint8Array {
  return buildKey(KEYSPACE.idempotency, parseHex(id) ?? new Uint8Array());
}
