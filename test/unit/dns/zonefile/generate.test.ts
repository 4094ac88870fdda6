/** `$GENERATE`: ranges, templates and the records they make. */
import { describe, expect, it } from 'vitest';
import {
  expandGenerateTemplate,
  generateCount,
  parseGenerateRange,
  parseGenerateTemplate,
} from '#dns/zonefile/generate.ts';
import { readText } from '../../../kit/zonefile-text.ts';

function expand(template: string, number: number): string {
  return expandGenerateTemplate(parseGenerateTemplate(template), number);
}

describe('a range', () => {
  it('has a start, a stop and a step', () => {
    expect(parseGenerateRange('1-127')).toEqual({ start: 1, stop: 127, step: 1 });
    expect(generateCount(parseGenerateRange('0-255/3'))).toBe(86);
    expect(generateCount(parseGenerateRange('5-5'))).toBe(1);
  });

  it.each(['5-4', '1', '1-', '-1-4', '1-4/0', '1-9999999999', 'a-b'])('refuses %s', (text) => {
    expect(() => parseGenerateRange(text)).toThrow(/range/);
  });
});

describe('a template', () => {
  it.each([
    ['host-$', 7, 'host-7'],
    ['$.${1}', 7, '7.8'],
    ['${-5}', 7, '2'],
    ['${0,3}', 7, '007'],
    ['${0,3,d}', 1234, '1234'],
    ['${0,0,o}', 8, '10'],
    ['${0,4,x}', 171, '00ab'],
    ['${0,4,X}', 171, '00AB'],
    ['${0,8,n}', 0x1a2b, 'b.2.a.1.'],
    ['${0,7,N}', 0x1a2b, 'B.2.A.1'],
    ['${0,0,n}', 0x1a2b, 'b.2.a.1'],
    ['\\$$', 7, '\\$7'],
    ['$$$', 7, '\\$7'],
    ['a\\.b', 7, 'a\\.b'],
  ])('%s with %i is %s', (template, number, text) => {
    expect(expand(template, number)).toBe(text);
  });

  it.each(['${', '${}', '${a}', '${1,2,q}', '${1,9999}', '${1,2,d,4}'])(
    'refuses %s',
    (template) => {
      expect(() => parseGenerateTemplate(template)).toThrow(/\$\{|width/);
    },
  );

  it('refuses a number below 0 or above 2^31-1', () => {
    expect(() => expand('${-8}', 7)).toThrow(/offset/);
    expect(() => expand('${1}', 0x7fff_ffff)).toThrow(/offset/);
  });
});

describe('$GENERATE', () => {
  it('makes a record for each number, of any type, TTL and class in either order', async () => {
    const { records, said } = await readText(
      '$GENERATE 1-3/2 h$ 60 IN A 192.0.2.$\n$GENERATE 4-4 $ IN 60 MX "10 mail-$"\n',
    );
    expect(said).toEqual([]);
    expect(records).toEqual([
      'h1.example.com. 60 A 192.0.2.1',
      'h3.example.com. 60 A 192.0.2.3',
      '4.example.com. 60 MX 10 mail-4.example.com.',
    ]);
  });

  it('takes several tokens and quoted strings as RDATA', async () => {
    const { records } = await readText(
      '$TTL 1\n$GENERATE 1-1 m MX 10 a$\n$GENERATE 2-2 t TXT "a $" b$\n',
    );
    expect(records).toEqual([
      'm.example.com. 1 MX 10 a1.example.com.',
      't.example.com. 1 TXT "a 2" "b2"',
    ]);
  });

  it('blames a mistake on the directive, once', async () => {
    const { said } = await readText('$TTL 1\n$GENERATE 250-260 h$ A 192.0.2.$\n');
    expect(said).toEqual(["2:1: expected an IPv4 address, found '192.0.2.256'"]);
    expect((await readText('$GENERATE 9-1 h$ 5 A 192.0.2.1\n')).said[0]).toMatch(
      /^1:11: range '9-1'/,
    );
    expect((await readText('$GENERATE 1-2 h$ 5 A\n')).said[0]).toMatch(/^1:21: expected/);
  });

  it('is bounded by directive and by file', async () => {
    const limits = { generateCountMax: 100, generateTotalMax: 150 };
    const lines = '$GENERATE 1-100 a$ 5 A 192.0.2.1\n$GENERATE 1-100 b$ 5 A 192.0.2.1\n';
    const { recordCount, errors } = await readText(lines, limits);
    expect(recordCount).toBe(100);
    expect(errors.map(({ code, place }) => `${code} ${place.line}`)).toEqual(['ZONEFILE_LIMIT 2']);
    expect((await readText('$GENERATE 1-101 a$ 5 A 192.0.2.1\n', limits)).recordCount).toBe(0);
  });

  it('leaves the event loop its turn while it makes many', async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 0);
    await readText('$GENERATE 1-60000 h$ 5 A 192.0.2.1\n');
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });
});
