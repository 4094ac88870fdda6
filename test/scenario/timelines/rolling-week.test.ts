// The rolling week over the turn of a month, level by level, and minutes that fall out of it again.
import { describe, expect, it } from 'vitest';
import { downOf, scored } from '../../kit/scored-file.ts';
import { dnsSpan, topologyOf } from '../../kit/sla-evidence.ts';

const lab = (month: string, tests: ReturnType<typeof dnsSpan>) =>
  scored('biz-2013-lab', month, [topologyOf(2), ...tests]);

describe('the emergency share of a rolling week', () => {
  it('of an outage of the month before is highest with the first cycle of this one', async () => {
    const tests = dnsSpan('2026-01-31T12:00:00Z', '2026-01-31T12:30:00Z', [
      ['2026-01-31T12:00:00Z', '2026-01-31T12:30:00Z'],
    ]);
    const [january] = (await lab('2026-01', tests)).emergency;
    expect(january).toMatchObject({
      peakSeconds: 1800,
      peakAt: '2026-01-31T12:29:00Z',
      crossings: [{ ratio: 0.1, at: '2026-01-31T12:23:00Z' }],
    });
    const [february] = (await lab('2026-02', tests)).emergency;
    expect(february).toMatchObject({
      service: 'dns',
      thresholdSeconds: 14_400,
      ratio: 0,
      peakSeconds: 1800,
      peakRatio: 0.125,
      peakAt: '2026-02-01T00:00:00Z',
      crossings: [],
    });
  });

  it('reaches each level with the cycle that fills it', async () => {
    const span = ['2026-02-03T10:00:00Z', '2026-02-03T14:00:00Z'] as [string, string];
    const [dns] = (await lab('2026-02', dnsSpan(...span, [span]))).emergency;
    expect(dns).toMatchObject({ peakRatio: 1, peakAt: '2026-02-03T13:59:00Z' });
    expect(dns?.crossings).toEqual([
      { ratio: 0.1, at: '2026-02-03T10:23:00Z' },
      { ratio: 0.25, at: '2026-02-03T10:59:00Z' },
      { ratio: 0.5, at: '2026-02-03T11:59:00Z' },
      { ratio: 0.75, at: '2026-02-03T12:59:00Z' },
      { ratio: 1, at: '2026-02-03T13:59:00Z' },
    ]);
  });

  it('is crossed again once minutes have fallen out and others come in', async () => {
    const outages: [string, string][] = [
      ['2026-02-02T10:00:00Z', '2026-02-02T10:24:00Z'],
      // The first minute has fallen out when this one comes in, so 10 % holds to the end of it...
      ['2026-02-09T10:00:00Z', '2026-02-09T10:10:00Z'],
      // ... and is reached anew here.
      ['2026-02-10T10:00:00Z', '2026-02-10T10:14:00Z'],
    ];
    const tests = outages.flatMap((outage) => dnsSpan(...outage, [outage]));
    const score = await lab('2026-02', tests);
    expect(score.emergency[0]?.crossings).toEqual([
      { ratio: 0.1, at: '2026-02-02T10:23:00Z' },
      { ratio: 0.1, at: '2026-02-10T10:13:00Z' },
    ]);
    expect(downOf(score, 'dns-service-availability')).toBe(48 * 60);
  });

  it('of an outage over the leap day belongs to February and March', async () => {
    const outage = ['2028-02-29T23:56:00Z', '2028-03-01T00:03:00Z'] as [string, string];
    const tests = dnsSpan('2028-02-29T00:00:00Z', '2028-03-02T00:00:00Z', [outage]);
    const [february, march] = [await lab('2028-02', tests), await lab('2028-03', tests)];
    expect(downOf(february, 'dns-service-availability')).toBe(240);
    expect(downOf(march, 'dns-service-availability')).toBe(180);
    expect(march.emergency[0]).toMatchObject({ peakSeconds: 420, peakAt: '2028-03-01T00:02:00Z' });
    const start = '2028-02-29T23:58:00Z';
    for (const { incidents } of [february, march]) {
      const own = incidents.filter(({ service }) => service === 'dns');
      expect(own).toMatchObject([{ start, end: '2028-03-01T00:06:00Z', downSeconds: 300 }]);
    }
  });
});
