import { describe, expect, it } from 'vitest';
import { utf8 } from '#base/bytes.ts';
import { GroupCommit } from '#store/group-commit.ts';
import type { Write } from '#store/key-value-store.ts';

const LIMITS = { batchOctetsMax: 100, waitingCallsMax: 3, waitingOctetsMax: 1000 };

function put(size: number): Write[] {
  return [{ key: utf8('k'), value: new Uint8Array(size - 1) }];
}

/** A disk whose every batch waits until the test lets it finish. */
function slowDisk(): { batches: (readonly Write[])[]; finish: (error?: Error) => Promise<void> } & {
  commit: (writes: readonly Write[]) => Promise<void>;
} {
  const batches: (readonly Write[])[] = [];
  const waiting: PromiseWithResolvers<void>[] = [];
  return {
    batches,
    commit: (writes) => {
      batches.push(writes);
      const step = Promise.withResolvers<void>();
      waiting.push(step);
      return step.promise;
    },
    finish: async (error) => {
      await tick();
      const step = waiting.shift();
      if (error === undefined) step?.resolve();
      else step?.reject(error);
      await tick();
    },
  };
}

function tick(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

describe('group commit', () => {
  it('sends together what came while a batch was under way', async () => {
    const disk = slowDisk();
    const commits = new GroupCommit(disk.commit, LIMITS);
    const first = commits.submit(put(10));
    await tick();
    const later = [commits.submit(put(11)), commits.submit(put(12))];
    await disk.finish();
    await first;
    await disk.finish();
    await Promise.all(later);
    expect(disk.batches.map((batch) => batch.length)).toEqual([1, 2]);
    await commits.idle();
  });

  it('resolves nobody before the batch is done', async () => {
    const disk = slowDisk();
    const commits = new GroupCommit(disk.commit, LIMITS);
    let isDone = false;
    const write = (async () => {
      await commits.submit(put(10));
      isDone = true;
    })();
    await tick();
    expect(isDone).toBe(false);
    await disk.finish();
    await write;
    expect(isDone).toBe(true);
  });

  it('keeps a batch within its octets, and lets a larger write go alone', async () => {
    const disk = slowDisk();
    const commits = new GroupCommit(disk.commit, LIMITS);
    const writes = [commits.submit(put(500)), commits.submit(put(60)), commits.submit(put(60))];
    for (let step = 0; step < 3; step++) await disk.finish();
    await Promise.all(writes);
    expect(disk.batches.map((batch) => batch.length)).toEqual([1, 1, 1]);
  });

  it('refuses with STORE_BUSY when too many wait, and takes writes again later', async () => {
    const disk = slowDisk();
    const commits = new GroupCommit(disk.commit, LIMITS);
    const writes = [commits.submit(put(10))];
    await tick();
    for (let call = 0; call < 3; call++) writes.push(commits.submit(put(10)));
    await expect(commits.submit(put(10))).rejects.toMatchObject({ code: 'STORE_BUSY' });
    await disk.finish();
    await disk.finish();
    await Promise.all(writes);
    const again = commits.submit(put(10));
    await disk.finish();
    await expect(again).resolves.toBeUndefined();
  });

  it('asks who has to decide when nothing else is under way, and lets others wait for it', async () => {
    const disk = slowDisk();
    const commits = new GroupCommit(disk.commit, LIMITS);
    const decision = Promise.withResolvers<Write[]>();
    let batchesBefore: number | undefined;
    const first = commits.submit(put(10));
    const decided = commits.submitDecided(() => {
      batchesBefore = disk.batches.length;
      return decision.promise;
    });
    const last = commits.submit(put(11));
    await tick();
    expect(batchesBefore).toBeUndefined();
    await disk.finish();
    await first;
    expect(batchesBefore).toBe(1);
    expect(disk.batches).toHaveLength(1);
    decision.resolve([...put(12), ...put(13)]);
    await disk.finish();
    await decided;
    await disk.finish();
    await last;
    expect(disk.batches.map((batch) => batch.length)).toEqual([1, 2, 1]);
  });

  it('goes on when who has to decide cannot', async () => {
    const disk = slowDisk();
    const commits = new GroupCommit(disk.commit, LIMITS);
    const decided = commits.submitDecided(async () => {
      throw new Error('cannot be read');
    });
    const next = commits.submit(put(10));
    await expect(decided).rejects.toThrow('cannot be read');
    await disk.finish();
    await next;
    expect(commits.failure).toBeUndefined();
  });

  it('stops for good after a failed batch, and tells its callers apart from later ones', async () => {
    const disk = slowDisk();
    const commits = new GroupCommit(disk.commit, LIMITS);
    const first = commits.submit(put(10));
    await tick();
    const waiting = commits.submit(put(10));
    const outcomes = Promise.allSettled([first, waiting]);
    await disk.finish(new Error('ENOSPC'));
    const codes = (await outcomes).map((outcome) =>
      outcome.status === 'rejected' ? outcome.reason.code : 'resolved',
    );
    expect(codes).toEqual(['STORE_WRITE_FAILED', 'STORE_FAILED']);
    await expect(commits.submit(put(10))).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(disk.batches).toHaveLength(1);
    expect(commits.failure?.code).toBe('STORE_WRITE_FAILED');
  });
});
