// RFC 8482 section 4.1: ANY is answered with one RRset.
import { describe, expect, it } from 'vitest';
import { serveText } from '../../kit/image-fixture.ts';

const ZONE = '$TTL 60\na A 192.0.2.1\na TXT "1"\na MX 1 a\nc CNAME a\n*.w A 192.0.2.2\n';

describe('RFC 8482', () => {
  it('gives one RRset of the name, over a stream too', async () => {
    const fixture = await serveText({ 'x.': ZONE });
    const expected = ['NOERROR aa', 'an a.x. 60 A 192.0.2.1'];
    expect(fixture.dig('a.x.', 'ANY')).toEqual(expected);
    expect(fixture.dig('a.x.', 'ANY', { stream: true })).toEqual(expected);
  });

  it('gives a CNAME as it is, and what a wildcard stands for', async () => {
    const fixture = await serveText({ 'x.': ZONE });
    expect(fixture.dig('c.x.', 'ANY')).toEqual(['NOERROR aa', 'an c.x. 60 CNAME a.x.']);
    expect(fixture.dig('q.w.x.', 'ANY')).toEqual(['NOERROR aa', 'an q.w.x. 60 A 192.0.2.2']);
  });

  it('leaves names without data and missing names what they are', async () => {
    const fixture = await serveText({ 'x.': ZONE });
    expect(fixture.dig('w.x.', 'ANY')[0]).toBe('NOERROR aa');
    expect(fixture.dig('w.x.', 'ANY')[1]).toContain('SOA');
    expect(fixture.dig('q.x.', 'ANY')[0]).toBe('NXDOMAIN aa');
  });
});
