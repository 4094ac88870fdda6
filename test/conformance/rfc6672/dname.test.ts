// RFC 6672: DNAME redirection in the answer.
import { describe, expect, it } from 'vitest';
import { serveText } from '../../kit/image-fixture.ts';

const LONG = `${'l'.repeat(60)}.`;

describe('RFC 6672', () => {
  it('sections 2.2 and 3.1: below a DNAME the name is rewritten, with a CNAME of the same TTL', async () => {
    const fixture = await serveText({
      'x.': '$TTL 60\nfrob DNAME y.\n',
      'y.': '$TTL 70\na.b A 192.0.2.1\n',
    });
    expect(fixture.dig('a.B.frob.x.', 'A')).toEqual([
      'NOERROR aa',
      'an frob.x. 60 DNAME y.',
      'an a.B.frob.x. 60 CNAME a.B.y.',
      'an a.B.y. 70 A 192.0.2.1',
    ]);
    expect(fixture.dig('c.frob.x.', 'A')[0]).toBe('NXDOMAIN aa');
  });

  it('section 2.3: the owner itself is not redirected', async () => {
    const fixture = await serveText({ 'x.': '$TTL 60\nfrob DNAME y.\nfrob A 192.0.2.1\n' });
    expect(fixture.dig('frob.x.', 'A')).toEqual(['NOERROR aa', 'an frob.x. 60 A 192.0.2.1']);
    expect(fixture.dig('frob.x.', 'DNAME')).toEqual(['NOERROR aa', 'an frob.x. 60 DNAME y.']);
  });

  it('section 2.2: a name that becomes too long is YXDOMAIN, with the DNAME', async () => {
    const target = `${LONG.repeat(3)}y.`;
    const fixture = await serveText({ 'x.': `$TTL 60\nfrob DNAME ${target}\n` });
    expect(fixture.dig(`${'a'.repeat(62)}.frob.x.`, 'A')[0]).toBe('NOERROR aa');
    const answer = fixture.dig(`${LONG}${LONG}frob.x.`, 'A');
    expect(answer).toEqual(['YXDOMAIN aa', `an frob.x. 60 DNAME ${target}`]);
  });

  it('section 2.4: what stands below a DNAME is not shown', async () => {
    const fixture = await serveText({ 'x.': '$TTL 60\nfrob DNAME y.\nold.frob A 192.0.2.1\n' });
    expect(fixture.dig('old.frob.x.', 'A')[2]).toBe('an old.frob.x. 60 CNAME old.y.');
  });

  it('section 3.2: a chain that goes on growing ends', async () => {
    const fixture = await serveText({ 'x.': '$TTL 60\nfrob DNAME a.frob\n' });
    const answer = fixture.dig('q.frob.x.', 'A');
    expect(answer.filter((line) => line.includes(' DNAME '))).toHaveLength(1);
    expect(answer.filter((line) => line.includes(' CNAME ')).length).toBeLessThanOrEqual(16);
  });

  it('a chain that leads to another name which a wildcard gives the same DNAME shows it there too', async () => {
    const fixture = await serveText({ 'x.': '$TTL 60\n*.a DNAME a\n' });
    expect(fixture.dig('b.*.a.x.', 'DNAME')).toEqual([
      'NOERROR aa',
      'an *.a.x. 60 DNAME a.x.',
      'an b.*.a.x. 60 CNAME b.a.x.',
      'an b.a.x. 60 DNAME a.x.',
    ]);
  });

  it('a chain that leads back to the owner of its DNAME shows that DNAME once', async () => {
    const fixture = await serveText({
      'x.': '$TTL 60\nfrob DNAME y.\n',
      'y.': '$TTL 70\na CNAME frob.x.\n',
    });
    for (const type of ['DNAME', 'ANY']) {
      expect(fixture.dig('a.frob.x.', type)).toEqual([
        'NOERROR aa',
        'an frob.x. 60 DNAME y.',
        'an a.frob.x. 60 CNAME a.y.',
        'an a.y. 70 CNAME frob.x.',
      ]);
    }
  });

  it('a DNAME at the apex redirects all names below it', async () => {
    const fixture = await serveText({ 'x.': '$TTL 60\n@ DNAME y.\n' });
    expect(fixture.dig('a.x.', 'A')[2]).toBe('an a.x. 60 CNAME a.y.');
    expect(fixture.dig('x.', 'A')[0]).toBe('NOERROR aa');
  });
});
