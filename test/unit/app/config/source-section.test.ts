// `sla.source`: where the sidecar reads metrics, from one place and with the jobs that ship.
import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '#app/config/load-configuration.ts';

const parse = (sla: string) => parseConfiguration('/etc/h.yaml', `sla:\n${sla}`).sla;

describe('sla.source', () => {
  it('is a Prometheus, with the jobs of the configuration that ships', () => {
    expect(parse('  source: { prometheus: "http://127.0.0.1:9090/" }\n')?.source).toEqual({
      prometheus: 'http://127.0.0.1:9090',
      jobs: ['holdfast', 'holdfast-probe'],
    });
    expect(parse('  listen: 127.0.0.1:8082\n')?.source).toBeUndefined();
  });

  it('is refused beside a list of URLs to scrape', () => {
    const source = '  source: { prometheus: "http://127.0.0.1:9090" }\n';
    expect(() => parse(`${source}  scrape: ["http://127.0.0.1:8081/metrics"]\n`)).toThrow(
      '/etc/h.yaml:3:11: sla.scrape: metrics are read from sla.source; remove one of them',
    );
  });

  it.each([
    ['prometheus: "ftp://a"', 'http'],
    ['jobs: [a]', 'prometheus'],
    ['prometheus: "http://a", jobs: []', 'jobs'],
    ['prometheus: "http://a", jobs: [a, a]', 'jobs'],
    ['prometheus: "http://a", token: b', 'token'],
  ])('refuses { %s }', (written, named) => {
    expect(() => parse(`  source: { ${written} }\n`)).toThrow(named);
  });
});
