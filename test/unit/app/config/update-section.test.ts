import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '#app/config/load-configuration.ts';
import { errorMessage } from '#base/coded-error.ts';

function allowOf(text: string): unknown {
  return parseConfiguration('h.yaml', `nameserver: {update: {allow: ${text}}}`).nameserver?.update
    .allow;
}

function errorOf(text: string): string {
  try {
    allowOf(text);
    return '';
  } catch (error) {
    return errorMessage(error);
  }
}

describe('nameserver.update', () => {
  it('lets nobody in by default', () => {
    expect(parseConfiguration('h.yaml', 'nameserver: {}').nameserver?.update.allow).toEqual([]);
  });

  it('takes entries of an access list, and keys narrowed to names and types', () => {
    const narrowed = '{key: Acme, names: [_ACME-challenge.Example.com.], types: [txt]}';
    expect(allowOf(`["key:xfer@192.0.2.0/24", ${narrowed}, {key: all}]`)).toEqual([
      { entry: 'key:xfer@192.0.2.0/24' },
      {
        entry: 'key:acme.',
        names: ['_acme-challenge.example.com.'],
        scope: { write: true, types: ['TXT'] },
      },
      { entry: 'key:all.', scope: { write: true } },
    ]);
  });

  it.each([
    ['["key"]', 'is no entry of an access list'],
    ['[{names: ["a.example."]}]', 'key'],
    ['[{key: a, name: "b."}]', 'unknown key'],
    ['[{key: a, names: ["b"]}]', 'must end in a dot'],
    ['[{key: a, names: []}]', 'names'],
    ['[{key: a, types: [NOTYPE]}]', 'there is no such record type'],
    ['[{key: a, zones: [b]}]', 'must end in a dot'],
    ['[{key: a, networks: ["192.0.2.1/33"]}]', '192.0.2.1/33'],
    ['key:a', 'write a list'],
  ])('refuses %s with its place', (text, message) => {
    expect(errorOf(text)).toMatch(/^h\.yaml:1:\d+: nameserver\.update\.allow/);
    expect(errorOf(text)).toContain(message);
  });
});
