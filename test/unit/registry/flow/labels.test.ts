// Which names can be registered, and with which result the others are refused.
import idnHostname from 'idn-hostname';
import { describe, expect, it } from 'vitest';
import { parseDomainName, parseNameText } from '#registry/flow/labels.ts';
import { TLD_DEFAULTS } from '#registry/flow/operator/tld-policy.ts';
import { RegistryError } from '#registry/model/result.ts';
import type { Tld } from '#registry/model/tld.ts';

const PRICES = { create: 0, renew: 0, transfer: 0, restore: 0 };

function tld(name: string, changes: Partial<Tld> = {}): Tld {
  const base = { ...TLD_DEFAULTS, repositoryId: 'TEST', currency: 'USD', prices: PRICES };
  return { ...base, name, ...changes };
}

const TLDS: readonly Tld[] = [
  tld('tld', { scripts: ['Latin', 'Greek', 'Cyrillic', 'Hebrew', 'Arabic'] }),
  tld('co.tld', { labelMin: 3 }),
  tld('asia', { scripts: ['Han', 'Hiragana', 'Katakana', 'Latin'] }),
];

function resultOf(text: string): number {
  try {
    parseDomainName(text, TLDS);
    return 1000;
  } catch (error) {
    if (error instanceof RegistryError) return error.result;
    throw error;
  }
}

/** The label in Punycode, whatever is in it. */
function ace(label: string, zone = 'tld'): string {
  return `xn--${idnHostname.punycode.encode(label)}.${zone}`;
}

describe('a name to register', () => {
  it('lies one label below the longest TLD that fits', () => {
    const found = parseDomainName('Example.CO.tld', TLDS);
    expect(found).toMatchObject({ name: 'example.co.tld', label: 'example' });
    expect(found.tld.name).toBe('co.tld');
    expect(parseDomainName('example.tld', TLDS).tld.name).toBe('tld');
  });

  it.each([
    ['a label of one character', 'a.tld'],
    ['a label of digits', '123.tld'],
    ['a label of 63 characters', `${'a'.repeat(63)}.tld`],
    ['hyphens inside', 'a-b--c.tld'],
    ['a German IDN', ace('bücher')],
    ['a Greek IDN', ace('παράδειγμα')],
    ['a Cyrillic IDN', ace('пример')],
    ['a Hebrew IDN', ace('דוגמה')],
    ['an Arabic IDN', ace('مثال')],
    ['eszett, which IDNA2008 knows', ace('straße')],
    ['final sigma, which IDNA2008 knows', ace('παράς')],
    ['a middle dot between two l', ace('col·legi')],
    ['Japanese in three scripts', ace('日本のドメイン', 'asia')],
    ['Japanese with Latin letters', ace('日本go', 'asia')],
    ['an A-label in upper case', 'XN--BCHER-KVA.TLD'],
  ])('may be %s', (_what, text) => {
    expect(resultOf(text)).toBe(1000);
  });

  it.each([
    ['nothing', ''],
    ['a final dot', 'example.tld.'],
    ['a leading dot', '.example.tld'],
    ['an empty label', 'a..tld'],
    ['a blank inside', 'exa mple.tld'],
    ['a blank in front', ' example.tld'],
    ['an underscore', '_dmarc.tld'],
    ['an asterisk', '*.tld'],
    ['a slash', 'a/b.tld'],
    ['an at sign', 'a@b.tld'],
    ['a NUL', 'a\0b.tld'],
    ['a line end', 'example.tld\n'],
    ['an escape', 'a\\.b.tld'],
    ['a hyphen in front', '-example.tld'],
    ['a hyphen at the end', 'example-.tld'],
    ['a label of 64 characters', `${'a'.repeat(64)}.tld`],
    ['a name of 254 characters', `${'a.'.repeat(125)}.tld`],
    ['a name of a million characters', 'a'.repeat(1_000_000)],
    ['hyphens in the third and fourth place', 'ab--cd.tld'],
    ['a U-label', 'bücher.tld'],
    ['a U-label of full-width letters', 'ｅｘａｍｐｌｅ.tld'],
    ['an ideographic full stop', 'example。tld'],
    ['an A-label of nothing', 'xn--.tld'],
    ['an A-label of ASCII', 'xn--example-.tld'],
    ['an A-label that is no Punycode', 'xn--a-ü.tld'],
    ['an A-label with digits beyond its alphabet', 'xn--9999999999.tld'],
    ['an A-label that is not in NFC', ace('u\u0308ber')],
    ['an emoji, which IDNA2008 has not', ace('💩')],
    ['a symbol', ace('i♥')],
    ['full-width letters in an A-label', ace('ｅx')],
    ['a zero-width joiner out of place', ace('a\u200db')],
    ['a zero-width non-joiner out of place', ace('a\u200cb')],
    ['a middle dot elsewhere', ace('a·b')],
    ['a Katakana middle dot without Japanese', ace('a・b')],
    ['a Hebrew geresh without Hebrew in front', ace('a׳')],
    ['a Greek keraia in front of Latin', ace('͵a')],
    ['Arabic digits of two kinds', ace('م٠۰')],
    ['a digit in front of right-to-left letters', ace('1א')],
    ['letters of both directions', ace('אa')],
    ['a combining mark in front', ace('\u0301ü')],
    ['hyphens in the third and fourth place of the U-label', ace('ab--ü')],
    ['a hyphen in front of the U-label', ace('-ü')],
    ['an unassigned code point', ace('\u{e0080}ü')],
    ['an A-label inside an A-label', ace('xn--bcher-kvaü')],
  ])('is refused as wrong in its form: %s', (_what, text) => {
    expect(resultOf(text)).toBe(2005);
  });

  it.each([
    ['the TLD itself', 'tld'],
    ['a second-level registry itself', 'co.tld'],
    ['a name in no zone of this register', 'example.org'],
    ['a name that only ends like a TLD', 'example.xtld'],
    ['two labels below the TLD', 'www.example.tld'],
    ['two labels below a second-level registry', 'a.bcd.co.tld'],
    ['a label that is too short', 'ab.co.tld'],
    ['an IDN where there are none', 'xn--bcher-kva.co.tld'],
    ['a script that the TLD has not', 'xn--fsqu00a.tld'],
    ['Latin and Cyrillic mixed', ace('aпример')],
    ['Greek and Latin mixed', ace('aπ')],
    ['Han and Cyrillic, where Cyrillic is not allowed', ace('中文ж', 'asia')],
  ])('is refused by the rules: %s', (_what, text) => {
    expect(resultOf(text)).toBe(2306);
  });

  it('shows its Unicode form', () => {
    expect(parseDomainName('XN--BCHER-KVA.tld', TLDS).unicodeName).toBe('bücher.tld');
    expect(parseDomainName('example.tld', TLDS)).not.toHaveProperty('unicodeName');
  });
});

describe('the name of an object', () => {
  it('is compared in lower case, wherever it lies', () => {
    expect(parseNameText('NS1.Example.NET', 'host:name')).toBe('ns1.example.net');
  });

  it('tells which element was wrong, and no more of a long text than can be read', () => {
    const text = 'x'.repeat(100_000);
    const element = 'host:name';
    expect(() => parseNameText(text, element)).toThrow(
      expect.objectContaining({
        offender: { element, text: expect.stringMatching(/^x{253}…$/) },
      }),
    );
  });
});
