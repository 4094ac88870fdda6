// RFC 4592 section 2.2.1: the example zone and what the RFC says of each query, and 4.2 to 4.5.
import { beforeAll, describe, expect, it } from 'vitest';
import { type ImageFixture, serveText } from '../../kit/image-fixture.ts';

const ZONE = `$TTL 3600
@ SOA ns host 1 7200 1800 1209600 300
@ NS ns.example.com.
@ NS ns.example.net.
* TXT "this is a wildcard"
* MX 10 host1.example.
sub.* TXT "this is not a wildcard"
host1 A 192.0.2.1
_ssh._tcp.host1 SRV 0 0 22 host1
_ssh._tcp.host2 SRV 0 0 22 host2
subdel NS ns.example.com.
subdel NS ns.example.net.
`;

describe('RFC 4592 section 2.2.1', () => {
  let fixture: ImageFixture;

  beforeAll(async () => {
    fixture = await serveText({ 'example.': ZONE });
  });

  it('host3 MX is synthesized from the wildcard, under the name that was asked', () => {
    expect(fixture.dig('host3.example.', 'MX')).toEqual([
      'NOERROR aa',
      'an host3.example. 3600 MX 10 host1.example.',
      'ad host1.example. 3600 A 192.0.2.1',
    ]);
  });

  it('host3 A is no data: the wildcard has no A', () => {
    const [first, soa] = fixture.dig('host3.example.', 'A');
    expect(first).toBe('NOERROR aa');
    expect(soa).toContain('au example. 300 SOA');
  });

  it('foo.bar TXT is synthesized: bar does not exist', () => {
    expect(fixture.dig('foo.bar.example.', 'TXT')).toEqual([
      'NOERROR aa',
      'an foo.bar.example. 3600 TXT "this is a wildcard"',
    ]);
  });

  it.each([
    ['host1.example.', 'MX', 'NOERROR aa', 'host1 exists'],
    ['sub.*.example.', 'MX', 'NOERROR aa', 'sub.* exists'],
    ['_telnet._tcp.host1.example.', 'SRV', 'NXDOMAIN aa', '_tcp.host1 exists without data'],
    ['host.subdel.example.', 'A', 'NOERROR', 'subdel is a zone cut'],
    ['ghost.*.example.', 'MX', 'NXDOMAIN aa', '*.example. exists'],
    ['_tcp.host1.example.', 'TXT', 'NOERROR aa', 'an empty non-terminal exists'],
  ])('%s %s is not synthesized: %s, %s', (name, type, first) => {
    const answer = fixture.dig(name, type);
    expect(answer[0]).toBe(first);
    expect(answer.filter((line) => line.startsWith('an'))).toEqual([]);
  });

  it('a wildcard owner that is asked for by name is an ordinary name', () => {
    expect(fixture.dig('*.example.', 'TXT')[1]).toContain('an *.example. 3600 TXT');
    expect(fixture.dig('sub.*.example.', 'TXT')[1]).toContain('this is not a wildcard');
  });
});

describe('RFC 4592 section 4', () => {
  it('a CNAME at a wildcard is followed, section 4.4', async () => {
    const fixture = await serveText({ 'x.': '$TTL 60\n*.w CNAME t\nt A 192.0.2.1\n' });
    expect(fixture.dig('a.b.w.x.', 'A')).toEqual([
      'NOERROR aa',
      'an a.b.w.x. 60 CNAME t.x.',
      'an t.x. 60 A 192.0.2.1',
    ]);
  });

  it('a wildcard without data is an empty non-terminal and still stops NXDOMAIN, section 4.8', async () => {
    const fixture = await serveText({ 'x.': '$TTL 60\na.*.w A 192.0.2.1\n' });
    expect(fixture.dig('b.w.x.', 'A')[0]).toBe('NOERROR aa');
    expect(fixture.dig('b.x.', 'A')[0]).toBe('NXDOMAIN aa');
  });
});
