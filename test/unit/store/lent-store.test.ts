import { describe, expect, it, vi } from 'vitest';
import { openLent } from '#store/lent-store.ts';
import { openLevelStore } from '#store/level-store.ts';
import { numberedRow } from '../../kit/numbered-row.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { readAllRows, temporaryStore } from '../../kit/temporary-store.ts';

describe('a store that is lent', () => {
  it('shows the borrower one moment while writes go on', async () => {
    const store = await temporaryStore();
    await store.write([numberedRow(1)]);
    const loan = store.lend(() => {});
    const lent = await openLent(loan.folder);
    const early = lent.snapshot();
    await store.write([numberedRow(2)]);
    const late = lent.snapshot();
    expect(await readAllRows(early)).toEqual([numberedRow(1)]);
    expect(await readAllRows(late)).toEqual([numberedRow(1), numberedRow(2)]);
    for (const snapshot of [early, late]) await snapshot.close();
    await lent.close();
    loan.giveBack();
    await store.write([numberedRow(3)]);
    expect(await readAllRows(store)).toHaveLength(3);
  });

  it('is asked back before it closes, and closes when it is back', async () => {
    const folder = await temporaryFolder();
    const store = await openLevelStore(folder);
    const steps: string[] = [];
    const loans = ['first', 'second'].map((name) => store.lend(() => steps.push(`recall ${name}`)));
    const lent = await openLent(loans[0].folder);
    const closing = store.close().then(() => steps.push('closed'));
    expect(() => store.lend(() => {})).toThrow(expect.objectContaining({ code: 'STORE_CLOSED' }));
    await vi.waitFor(() => expect(steps).not.toEqual([]));
    loans[1].giveBack();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(steps).toEqual(['recall first', 'recall second']);
    await lent.close();
    loans[0].giveBack();
    await closing;
    expect(steps.at(-1)).toBe('closed');
    // Nobody holds it any more: it can be opened as any other.
    const again = await openLevelStore(folder);
    await again.close();
  });

  it('fails reads that are under way when the borrower gives it back', async () => {
    const store = await temporaryStore();
    await store.write(Array.from({ length: 3000 }, (_, index) => numberedRow(index)));
    const loan = store.lend(() => {});
    const lent = await openLent(loan.folder);
    const rows = lent.snapshot().range(numberedRow(0).key, numberedRow(3000).key);
    const iterator = rows[Symbol.asyncIterator]();
    await iterator.next();
    await lent.close();
    loan.giveBack();
    await expect(iterator.next()).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    expect(await readAllRows(store)).toHaveLength(3000);
  });
});
