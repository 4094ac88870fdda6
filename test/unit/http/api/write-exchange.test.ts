import { describe, expect, it } from 'vitest';
import { preferredWaitMs } from '#http/api/write-exchange.ts';
import { createExampleZone, startAdmin, ZONES } from '../../../kit/admin/admin-fixture.ts';

describe('the wait preference', () => {
  it.each([
    ['wait=5', 5_000],
    ['respond-async, wait=10', 10_000],
    ['wait = "3"; x=y', 3_000],
    [['return=minimal', 'Wait=1'], 1_000],
    ['wait=0', 0],
    ['wait=86400', 60_000],
    ['wait', undefined],
    ['wait=-1', undefined],
    ['wait=soon', undefined],
    ['await=3', undefined],
    [undefined, undefined],
  ])('%j is %s ms', (prefer, waitMs) => {
    expect(preferredWaitMs(prefer)).toBe(waitMs);
  });

  it('holds the answer to a write until the change is served', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const rrset = { name: 'a.example.org.', type: 'A', ttl: 60, changetype: 'REPLACE' };
    const body = { rrsets: [{ ...rrset, records: [{ content: '192.0.2.9' }] }] };
    setTimeout(() => admin.parts.setServed('example.org.', 1_000), 200);
    const started = performance.now();
    const response = await admin.call('PATCH', `${ZONES}/example.org.`, body, {
      prefer: 'wait=20',
    });
    const waitedMs = performance.now() - started;
    expect(response.status).toBe(204);
    expect(response.headers.get('holdfast-receipt')).toBe('r-2');
    expect(response.headers.get('preference-applied')).toBe('wait=20');
    expect(waitedMs).toBeGreaterThan(150);
    expect(waitedMs).toBeLessThan(5_000);
  });
});
