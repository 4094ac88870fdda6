// Idempotency keys: a request is done once, and what came of it is told again for a day.
import { describe, expect, it } from 'vitest';
import {
  IDEMPOTENCY_KEPT_MS,
  IdempotencyKeys,
  type ReceiptFinder,
} from '#access/idempotency-keys.ts';
import { StoreError } from '#store/store-error.ts';
import { readAllRows, temporaryStore, watchWrites } from '../../kit/temporary-store.ts';

const OUTCOME = { status: 200, headers: { 'holdfast-receipt': 'r-1' }, body: '{"a":1}' };

function asked(content = 'POST /x {}') {
  return { content, id: 'request-1' };
}

/** A journal that has the changes of these requests. */
function journalOf(receipts: Record<string, string[]> = {}): ReceiptFinder {
  return async () => new Map(Object.entries(receipts));
}

async function begin(keys: IdempotencyKeys, key: string, nowMs = 0): Promise<string> {
  const claim = await keys.claim('admin-key', key, asked(), nowMs);
  if (claim.kind !== 'new') throw new Error(claim.kind);
  return claim.id;
}

describe('an idempotency key', () => {
  it('tells again what was answered, after a restart too', async () => {
    const store = await temporaryStore();
    const keys = await IdempotencyKeys.open(store, journalOf());
    await keys.finish(await begin(keys, 'k'), OUTCOME);
    for (const opened of [keys, await IdempotencyKeys.open(store, journalOf())]) {
      const repeat = { kind: 'repeat', outcome: OUTCOME };
      expect(await opened.claim('admin-key', 'k', asked(), 1)).toEqual(repeat);
      const other = await opened.claim('admin-key', 'k', asked('POST /x {"b":2}'), 1);
      expect(other).toEqual({ kind: 'different' });
    }
    expect(await keys.claim('token:a', 'k', asked(), 1)).toMatchObject({ kind: 'new' });
  });

  it('is taken while the first request is under way, and free when it changed nothing', async () => {
    const keys = await IdempotencyKeys.open(await temporaryStore(), journalOf());
    const both = await Promise.all([
      keys.claim('a', 'k', asked('r'), 0),
      keys.claim('a', 'k', asked('r'), 0),
    ]);
    expect(both.map(({ kind }) => kind)).toEqual(['new', 'running']);
    if (both[0]?.kind === 'new') await keys.abandon(both[0].id);
    expect(await keys.claim('a', 'k', asked('r'), 0)).toMatchObject({ kind: 'new' });
  });

  it('whose request was cut off by a crash is done again only if nothing came of it', async () => {
    const store = await temporaryStore();
    await begin(await IdempotencyKeys.open(store, journalOf()), 'k');
    const journal = journalOf({ 'request-1': ['r-7', 'r-8'] });
    const made = { kind: 'made', receipts: ['r-7', 'r-8'] };
    const again = await IdempotencyKeys.open(store, journal);
    expect(await again.claim('admin-key', 'k', asked(), 1)).toEqual(made);
    const later = await IdempotencyKeys.open(store, journalOf());
    expect(await later.claim('admin-key', 'k', asked(), 1)).toEqual(made);
    expect(await later.claim('admin-key', 'k', asked('other'), 1)).toEqual({ kind: 'different' });

    await begin(later, 'other');
    const free = await IdempotencyKeys.open(store, journalOf());
    expect(await readAllRows(store)).toHaveLength(1);
    expect(await free.claim('admin-key', 'other', asked(), 1)).toMatchObject({ kind: 'new' });
  });

  it('is forgotten after a day, and its row goes with a later one', async () => {
    const store = await temporaryStore();
    const keys = await IdempotencyKeys.open(store, journalOf());
    await keys.finish(await begin(keys, 'old'), OUTCOME);
    await keys.finish(await begin(keys, 'k', 1), OUTCOME);
    await begin(keys, 'k', IDEMPOTENCY_KEPT_MS + 1);
    expect(await readAllRows(store)).toHaveLength(1);
    const claim = await keys.claim('admin-key', 'old', asked(), IDEMPOTENCY_KEPT_MS + 2);
    expect(claim.kind).toBe('new');
  });

  it('keeps no body that is too long', async () => {
    const keys = await IdempotencyKeys.open(await temporaryStore(), journalOf());
    await keys.finish(await begin(keys, 'k'), { ...OUTCOME, body: 'x'.repeat(65_537) });
    expect(await keys.claim('admin-key', 'k', asked(), 1)).toEqual({
      kind: 'repeat',
      outcome: { status: 200, headers: OUTCOME.headers },
    });
  });
});

/** A store that takes nothing while `isFull`. */
async function filling() {
  const inner = await temporaryStore();
  const disk = { isFull: false };
  const store = watchWrites(inner, () => {
    if (disk.isFull) throw new StoreError('STORE_FAILED', 'read-only');
  });
  return { inner, store, disk };
}

describe('an idempotency key whose answer the store refused to keep', () => {
  it('tells it from memory, and keeps it when the store takes writes again', async () => {
    const { inner, store, disk } = await filling();
    const keys = await IdempotencyKeys.open(store, journalOf());
    const id = await begin(keys, 'k');
    disk.isFull = true;
    await expect(keys.finish(id, OUTCOME)).rejects.toMatchObject({ code: 'STORE_FAILED' });
    const repeat = { kind: 'repeat', outcome: OUTCOME };
    expect(await keys.claim('admin-key', 'k', asked(), 1)).toEqual(repeat);
    expect(await keys.claim('admin-key', 'k', asked('x'), 1)).toEqual({ kind: 'different' });
    disk.isFull = false;
    expect(await keys.claim('admin-key', 'k', asked(), 2)).toEqual(repeat);
    const again = await IdempotencyKeys.open(inner, journalOf());
    expect(await again.claim('admin-key', 'k', asked(), 3)).toEqual(repeat);
  });

  it('asks the journal what came of a request that failed, when the store is back', async () => {
    const { store, disk } = await filling();
    const keys = await IdempotencyKeys.open(store, journalOf({ 'request-1': ['r-7'] }));
    const failed = { status: 500, headers: {}, body: '{}' };
    const id = await begin(keys, 'k');
    disk.isFull = true;
    await expect(keys.finish(id, failed)).rejects.toMatchObject({ code: 'STORE_FAILED' });
    const early = keys.claim('admin-key', 'k', asked(), 1);
    await expect(early).rejects.toMatchObject({ code: 'STORE_FAILED' });
    disk.isFull = false;
    const made = { kind: 'made', receipts: ['r-7'] };
    expect(await keys.claim('admin-key', 'k', asked(), 1)).toEqual(made);
    expect(await keys.claim('admin-key', 'k', asked(), 1)).toEqual(made);
  });

  it('is free for one that changed nothing, and for one request alone', async () => {
    const { store, disk } = await filling();
    const keys = await IdempotencyKeys.open(store, journalOf());
    const id = await begin(keys, 'k');
    disk.isFull = true;
    const kept = keys.finish(id, { status: 500, headers: {} });
    await expect(kept).rejects.toMatchObject({ code: 'STORE_FAILED' });
    disk.isFull = false;
    const claims = [1, 2].map(async () => keys.claim('admin-key', 'k', asked(), 1));
    const both = await Promise.all(claims);
    expect(both.map(({ kind }) => kind)).toEqual(['new', 'running']);
    expect(await readAllRows(store)).toHaveLength(1);
  });
});
