// RFC 9471: glue in referrals, and TC where what is required does not fit.
import { describe, expect, it } from 'vitest';
import { type AskOptions, type ImageFixture, serveText } from '../../kit/image-fixture.ts';

/** A delegation to `count` servers of its own, with both addresses. */
function inDomain(count: number): string {
  const numbers = Array.from({ length: count }, (_, index) => index);
  return numbers
    .map((n) => `cut NS ns${n}.cut\nns${n}.cut A 192.0.2.${n}\nns${n}.cut AAAA 2001:db8::${n}\n`)
    .join('');
}

function sections(fixture: ImageFixture, name: string, options: AskOptions = {}): string {
  const answer = fixture.dig(name, 'A', options);
  const count = (section: string): number =>
    answer.filter((line) => line.startsWith(section)).length;
  return `${answer[0]} ${count('au')}/${count('ad')}`;
}

describe('RFC 9471', () => {
  it('section 2.1: in-domain glue goes along whole', async () => {
    const fixture = await serveText({ 'x.': `$TTL 60\n${inDomain(4)}` });
    expect(sections(fixture, 'www.cut.x.')).toBe('NOERROR 4/8');
  });

  it('section 3.1: TC when in-domain glue does not fit', async () => {
    const fixture = await serveText({ 'x.': `$TTL 60\n${inDomain(10)}` });
    expect(sections(fixture, 'www.cut.x.')).toMatch(/^NOERROR tc 10\//);
    expect(sections(fixture, 'www.cut.x.', { payloadSize: 1232 })).toBe('NOERROR 10/20');
    expect(sections(fixture, 'www.cut.x.', { stream: true })).toBe('NOERROR 10/20');
  });

  it('section 3.2: sibling glue goes along where it fits, and behind in-domain glue', async () => {
    const many = Array.from({ length: 8 }, (_, n) => `cut NS ns${n}.other\n`).join('');
    const addresses = Array.from({ length: 8 }, (_, n) => `ns${n}.other A 192.0.2.${n}\n`).join('');
    const more = addresses.replaceAll(' A 192.0.2.', ' AAAA 2001:db8::');
    const zone = `$TTL 60\nother NS ns0.other\n${addresses}${more}${many}cut NS z.cut\nz.cut A 192.0.2.99\n`;
    const fixture = await serveText({ 'x.': zone });
    const plain = fixture.dig('www.cut.x.', 'A');
    expect(plain[0]).toBe('NOERROR');
    expect(plain.find((line) => line.startsWith('ad'))).toBe('ad z.cut.x. 60 A 192.0.2.99');
    expect(sections(fixture, 'www.cut.x.', { payloadSize: 1232 })).toBe('NOERROR 9/17');
  });

  it('a name server that is the delegated name itself has its address there', async () => {
    const fixture = await serveText({ 'x.': '$TTL 60\ncut NS cut\ncut A 192.0.2.1\n' });
    expect(fixture.dig('a.cut.x.', 'TXT')).toEqual([
      'NOERROR',
      'au cut.x. 60 NS cut.x.',
      'ad cut.x. 60 A 192.0.2.1',
    ]);
  });

  it('name servers elsewhere have no glue', async () => {
    const fixture = await serveText({
      'x.': '$TTL 60\ncut NS ns.y.\n',
      'y.': '$TTL 60\nns A 192.0.2.1\n',
    });
    expect(sections(fixture, 'a.cut.x.')).toBe('NOERROR 1/0');
  });
});
