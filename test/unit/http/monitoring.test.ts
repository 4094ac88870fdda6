import { Counter, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { startAdmin } from '../../kit/admin/admin-fixture.ts';

describe('/metrics', () => {
  it.each([
    [undefined, 'text/plain; version=0.0.4; charset=utf-8'],
    ['*/*', 'text/plain; version=0.0.4; charset=utf-8'],
    [
      'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1',
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    ],
    ['text/plain', 'text/plain; version=0.0.4; charset=utf-8'],
  ])('for Accept %s is %s, without a key', async (accept, type) => {
    const registry = new Registry();
    const counter = new Counter({ name: 'asked_total', help: 'Asked.', registers: [registry] });
    counter.inc(2);
    const admin = await startAdmin({ metrics: registry });
    const headers: Record<string, string> = accept === undefined ? {} : { accept };
    const response = await fetch(`${admin.url}/metrics`, { headers });
    expect(response.headers.get('content-type')).toBe(type);
    const text = await response.text();
    expect(text).toContain('\nasked_total 2\n');
    expect(text.endsWith('# EOF\n')).toBe(type.startsWith('application/openmetrics'));
  });
});

describe('/healthz', () => {
  const good = { name: 'dns 127.0.0.1:53/udp', healthy: true };
  const bad = { name: 'dns [::1]:53/udp', healthy: false, reason: 'no answer in 1000 ms' };

  it('is 200 when all is well, to GET and HEAD, without a key', async () => {
    const admin = await startAdmin({ health: { check: async () => [good] } });
    const response = await fetch(`${admin.url}/healthz`);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({ status: 'healthy', checks: [good] });
    expect((await fetch(`${admin.url}/healthz`, { method: 'HEAD' })).status).toBe(200);
  });

  it('is 503 with the reason when one check fails', async () => {
    const admin = await startAdmin({ health: { check: async () => [good, bad] } });
    const response = await fetch(`${admin.url}/healthz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: 'unhealthy', checks: [good, bad] });
  });

  it('is 503 when the checks break or do not come back', async () => {
    const broken = await startAdmin({
      health: {
        check: async () => {
          throw new Error('no socket');
        },
      },
    });
    const answer = await fetch(`${broken.url}/healthz`);
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain('no socket');
    const silent = await startAdmin({
      health: { check: () => Promise.withResolvers<never>().promise },
    });
    const late = await fetch(`${silent.url}/healthz`);
    expect(late.status).toBe(503);
    expect(await late.text()).toContain('no result in 4000 ms');
  });
});
