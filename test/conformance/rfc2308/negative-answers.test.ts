// RFC 2308: negative answers carry the SOA, with the TTL that they may be kept for.
import { describe, expect, it } from 'vitest';
import { serveText } from '../../kit/image-fixture.ts';

const soa = (ttl: number, minimum: number): string =>
  `@ ${ttl} SOA ns.x. host.x. 7 7200 1800 1209600 ${minimum}\n`;

describe('RFC 2308', () => {
  it('section 3: the TTL is the lesser of the SOA and its MINIMUM', async () => {
    const low = await serveText({ 'x.': soa(3600, 60) });
    expect(low.dig('a.x.', 'A')).toEqual([
      'NXDOMAIN aa',
      'au x. 60 SOA ns.x. host.x. 7 7200 1800 1209600 60',
    ]);
    const high = await serveText({ 'x.': soa(30, 60) });
    expect(high.dig('x.', 'A')[1]).toMatch(/^au x. 30 SOA/);
    expect(low.dig('x.', 'SOA')[1]).toMatch(/^an x. 3600 SOA/);
  });

  it('section 2.1: the rcode is that of the end of a chain, AA that of its beginning', async () => {
    const fixture = await serveText({ 'x.': `${soa(60, 60)}$TTL 60\na CNAME b\nc CNAME d.y.\n` });
    expect(fixture.dig('a.x.', 'A').slice(0, 2)).toEqual(['NXDOMAIN aa', 'an a.x. 60 CNAME b.x.']);
    expect(fixture.dig('c.x.', 'A')).toEqual(['NOERROR aa', 'an c.x. 60 CNAME d.y.']);
  });

  it('the SOA is that of the zone in which the chain ended', async () => {
    const fixture = await serveText({
      'x.': `${soa(60, 60)}$TTL 60\na CNAME b.y.\n`,
      'y.': soa(90, 90).replaceAll('.x.', '.y.'),
    });
    expect(fixture.dig('a.x.', 'A')[2]).toMatch(/^au y. 90 SOA ns.y. host.y. /);
  });

  it('RFC 8020: a name above one that exists is not NXDOMAIN, one below a leaf is', async () => {
    const fixture = await serveText({ 'x.': `${soa(60, 60)}$TTL 60\na.b.c A 192.0.2.1\n` });
    expect(fixture.dig('b.c.x.', 'A')[0]).toBe('NOERROR aa');
    expect(fixture.dig('q.a.b.c.x.', 'A')[0]).toBe('NXDOMAIN aa');
  });
});
