// The audit log: written in order and soon, trimmed, whole after a restart, never in the way.
import { describe, expect, it } from 'vitest';
import { type AuditEntry, AuditLog } from '#access/audit-log.ts';
import { silentLog } from '#base/log.ts';
import { StoreError } from '#store/store-error.ts';
import { temporaryStore, watchWrites } from '../../kit/temporary-store.ts';

function entry(requestId: string): AuditEntry {
  return {
    atMs: 1,
    actor: 'token:a',
    address: '192.0.2.1',
    door: 'api',
    action: 'PATCH /x',
    outcome: 'done',
    status: '204',
    requestId,
  };
}

function append(log: AuditLog, from: number, to: number): void {
  for (let at = from; at <= to; at++) log.append(entry(String(at)));
}

async function idsAfter(log: AuditLog, after: number): Promise<string[]> {
  return (await log.read(after, 100_000)).map(({ entry: { requestId } }) => requestId);
}

describe('the audit log', () => {
  it('gives entries in their order, page by page, and after a restart', async () => {
    const store = await temporaryStore();
    const log = await AuditLog.open(store, silentLog());
    append(log, 1, 3);
    await log.flush();
    append(log, 4, 5);
    await log.flush();
    const again = await AuditLog.open(store, silentLog());
    for (const opened of [log, again]) {
      expect(await opened.read(0, 1)).toEqual([{ sequence: 1, entry: entry('1') }]);
      expect(await idsAfter(opened, 3)).toEqual(['4', '5']);
      expect([opened.first, opened.last]).toEqual([1, 5]);
    }
  });

  it('writes many entries in one batch, without being asked', async () => {
    let batches = 0;
    const store = watchWrites(await temporaryStore(), () => (batches += 1));
    const log = await AuditLog.open(store, silentLog());
    append(log, 1, 500);
    await expect.poll(() => log.last, { timeout: 5_000 }).toBe(500);
    await log.flush();
    expect(batches).toBe(1);
  });

  it('keeps the newest of more than it may keep', async () => {
    const store = await temporaryStore();
    const log = await AuditLog.open(store, silentLog(), 1_000);
    append(log, 1, 3_000);
    await log.flush();
    const ids = await idsAfter(log, log.first - 1);
    expect(ids.length).toBeGreaterThanOrEqual(1_000);
    expect(ids.length).toBeLessThan(1_300);
    expect(ids.at(-1)).toBe('3000');
    expect(await idsAfter(await AuditLog.open(store, silentLog(), 1_000), 0)).toEqual(ids);
  });

  it('counts what came faster than it may hold, and says so in an entry', async () => {
    const log = await AuditLog.open(await temporaryStore(), silentLog());
    append(log, 1, 10_004);
    await log.flush();
    expect(log.last).toBe(10_001);
    const [{ entry: last }] = await log.read(10_000, 1);
    expect(last).toMatchObject({ action: 'lost entries', status: '4', outcome: 'failed' });
  });

  it('asks a busy store again, without a gap', async () => {
    const inner = await temporaryStore();
    let refusals = 2;
    const store = watchWrites(inner, () => {
      refusals -= 1;
      if (refusals >= 0) throw new StoreError('STORE_BUSY', 'full');
    });
    const log = await AuditLog.open(store, silentLog());
    append(log, 1, 2);
    await log.flush();
    append(log, 3, 3);
    await log.flush();
    expect(await idsAfter(await AuditLog.open(inner, silentLog()), 0)).toEqual(['1', '2', '3']);
  });

  it('loses what comes while the store takes nothing, and says how much when it does', async () => {
    const inner = await temporaryStore();
    let isFull = true;
    const store = watchWrites(inner, () => {
      if (isFull) throw new StoreError('STORE_FAILED', 'read-only');
    });
    const log = await AuditLog.open(store, silentLog());
    append(log, 1, 2);
    await log.flush();
    append(log, 3, 3);
    await log.flush();
    expect(await idsAfter(log, 0)).toEqual([]);
    isFull = false;
    append(log, 4, 4);
    await log.flush();
    const again = await AuditLog.open(inner, silentLog());
    const [own, gap] = await again.read(0, 10);
    expect(own).toMatchObject({ sequence: 1, entry: { requestId: '4' } });
    expect(gap).toMatchObject({ sequence: 2, entry: { action: 'lost entries', status: '3' } });
  });
});
