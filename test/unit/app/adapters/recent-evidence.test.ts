// Where probes are: what they hand in from one address comes from one vantage point.
import { describe, expect, it } from 'vitest';
import { RecentEvidence } from '#app/adapters/recent-evidence.ts';
import type { Test } from '#sla/measurement/measurement.ts';

function testOf(probe: string): Test {
  const place = { nameserver: 'ns1.example.', address: '192.0.2.1', transport: 'udp' } as const;
  return { kind: 'test', service: 'dns', cycle: 0, probe, ...place, outcome: 'answered', rttUs: 1 };
}

describe('vantage points', () => {
  it('are addresses, however many probes are at each', () => {
    const recent = new RecentEvidence();
    recent.heard([testOf('p02'), testOf('p01')], '192.0.2.7', 1_000);
    recent.heard([testOf('p03')], '2001:db8::7', 1_000);
    expect(recent.vantagePoints(0)).toEqual([
      { address: '192.0.2.7', probes: ['p01', 'p02'] },
      { address: '2001:db8::7', probes: ['p03'] },
    ]);
  });

  it('are left by probes that move, and by those that are silent', () => {
    const recent = new RecentEvidence();
    recent.heard([testOf('p01'), testOf('p02')], '192.0.2.7', 1_000);
    recent.heard([testOf('p01')], '192.0.2.8', 2_000);
    expect(recent.vantagePoints(1_001)).toEqual([{ address: '192.0.2.8', probes: ['p01'] }]);
  });
});
