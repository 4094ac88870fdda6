import { describe, expect, it } from 'vitest';
import { type AskOptions, type ImageFixture, serveText } from '../../../kit/image-fixture.ts';

const SIGNATURE = '13 2 60 20380101000000 20260101000000 1 x. AAAA';
const server = await serveText({
  'x.': `$TTL 60
@ NS ns
@ NS ns.elsewhere.
ns A 192.0.2.1
t A 192.0.2.2
t AAAA 2001:db8::2
mx MX 10 t
mx MX 20 T
outside MX 10 t.y.
alias CNAME mx
srv SRV 0 0 1 t
kx KX 1 t
rt RT 1 t
svcb SVCB 1 t alpn=h2
https HTTPS 1 t
chain SVCB 0 svcb
self SVCB 0 self
self A 192.0.2.4
dot HTTPS 1 .
afsdb AFSDB 1 t
naptr NAPTR 1 1 "a" "" "" t
ptr PTR t
cut NS ns.cut
ns.cut A 192.0.2.5
below MX 10 ns.cut
atcut MX 10 cut
*.w A 192.0.2.6
wild MX 10 a.w
*.m MX 10 t
missing MX 10 no
moved DNAME t
redirected MX 10 a.moved
`,
  'y.': 't A 192.0.2.9\n',
  's.': `$TTL 60
mx MX 10 t
mx RRSIG MX ${SIGNATURE}
t A 192.0.2.2
t RRSIG A ${SIGNATURE}
wild MX 10 a.w
wild RRSIG MX ${SIGNATURE}
*.w A 192.0.2.6
*.w RRSIG A ${SIGNATURE}
`,
});

/** What goes along, without TTLs. */
function along(name: string, type: string, options: AskOptions = {}, from: ImageFixture = server) {
  return from
    .dig(name, type, options)
    .filter((line) => line.startsWith('ad '))
    .map((line) => line.slice(3).replace(/ 60 /, ' '));
}

const T = ['t.x. A 192.0.2.2', 't.x. AAAA 2001:db8::2'];

describe('the additional section of an answer', () => {
  it.each([
    ['x.', 'NS', ['ns.x. A 192.0.2.1']],
    ['srv.x.', 'SRV', T],
    ['kx.x.', 'KX', T],
    ['rt.x.', 'RT', T],
    ['svcb.x.', 'SVCB', T],
    ['https.x.', 'HTTPS', T],
    ['alias.x.', 'MX', T],
    ['a.m.x.', 'MX', T],
    ['mx.x.', 'ANY', T],
    ['wild.x.', 'MX', ['a.w.x. A 192.0.2.6']],
  ])('has the addresses that the records of %s %s name', (name, type, lines) => {
    expect(along(name, type)).toEqual(lines);
  });

  it('has the addresses of a host once, however often it is named', () => {
    expect(along('mx.x.', 'MX')).toEqual(T);
  });

  it('has the service binding that another is an alias of, and not the same again', () => {
    expect(along('chain.x.', 'SVCB')).toEqual(['svcb.x. SVCB 1 t.x. alpn="h2"']);
    expect(along('self.x.', 'SVCB')).toEqual(['self.x. A 192.0.2.4']);
    expect(along('dot.x.', 'HTTPS')).toEqual([]);
  });

  it.each([
    ['outside.x.', 'MX'],
    ['below.x.', 'MX'],
    ['atcut.x.', 'MX'],
    ['missing.x.', 'MX'],
    ['redirected.x.', 'MX'],
    ['afsdb.x.', 'AFSDB'],
    ['naptr.x.', 'NAPTR'],
    ['ptr.x.', 'PTR'],
    ['alias.x.', 'CNAME'],
    ['mx.x.', 'A'],
  ])('is empty for %s %s', (name, type) => {
    expect(along(name, type)).toEqual([]);
  });

  it('has signatures for who wants them, and no signed wildcard', () => {
    const dnssecOk = { dnssecOk: true };
    expect(along('mx.s.', 'MX')).toEqual(['t.s. A 192.0.2.2']);
    expect(along('mx.s.', 'MX', dnssecOk)).toEqual([
      't.s. A 192.0.2.2',
      `t.s. RRSIG A ${SIGNATURE}`,
    ]);
    expect(along('wild.s.', 'MX', dnssecOk)).toEqual([]);
    expect(along('wild.s.', 'MX')).toEqual(['a.w.s. A 192.0.2.6']);
  });

  it('is left out where it does not fit, without TC, and looks at 16 records at most', async () => {
    const numbers = Array.from({ length: 20 }, (_, index) => index);
    const mails = numbers.map((n) => `mx MX ${n} host-${n}\nhost-${n} A 192.0.2.${n}\n`);
    const many = await serveText({ 'x.': `$TTL 60\n${mails.join('')}` });
    const plain = many.dig('mx.x.', 'MX');
    expect(plain[0]).toBe('NOERROR aa');
    expect(along('mx.x.', 'MX', {}, many).length).toBeLessThan(12);
    expect(along('mx.x.', 'MX', { stream: true }, many)).toHaveLength(16);
  });
});
