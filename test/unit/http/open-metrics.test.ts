import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { openMetricsText } from '#http/open-metrics.ts';

describe('OpenMetrics text', () => {
  it('names counters by family, keeps their samples, and ends with EOF', async () => {
    const registry = new Registry();
    const counter = new Counter({
      name: 'holdfast_answers_total',
      help: 'Answers.',
      labelNames: ['rcode'],
      registers: [registry],
    });
    counter.inc({ rcode: 'NOERROR' }, 3);
    new Gauge({ name: 'holdfast_zones', help: 'Zones.', registers: [registry] }).set(2);
    expect(openMetricsText(await registry.metrics()).split('\n')).toEqual([
      '# HELP holdfast_answers Answers.',
      '# TYPE holdfast_answers counter',
      'holdfast_answers_total{rcode="NOERROR"} 3',
      '# HELP holdfast_zones Zones.',
      '# TYPE holdfast_zones gauge',
      'holdfast_zones 2',
      '# EOF',
      '',
    ]);
  });

  it('leaves histograms as they are, whose count is not a counter of its own', async () => {
    const registry = new Registry();
    const buckets = [0.5];
    new Histogram({ name: 'wait_seconds', help: 'Wait.', buckets, registers: [registry] }).observe(
      1,
    );
    const text = openMetricsText(await registry.metrics());
    expect(text).toContain('wait_seconds_bucket{le="0.5"} 0\n');
    expect(text).toContain('wait_seconds_count 1\n');
    expect(text).not.toContain('_count_total');
  });

  it('appends the suffix that a counter was registered without', () => {
    const text = '# HELP asked Asked.\n# TYPE asked counter\nasked{a="b c"} 1\n';
    expect(openMetricsText(text)).toContain('\nasked_total{a="b c"} 1\n');
  });
});
