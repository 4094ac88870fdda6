// tools/tidy over small trees written for each rule, and over this project's own tree.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkTree } from '../../../tools/tidy/check-tree.ts';
import { blankNonCode } from '../../../tools/tidy/source-file.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const TABLE = `# Map
**\`src/base\`** ground. **\`src/net\`** sockets. **\`src/app\`** roof. **\`src/dns/wire\`** octets.

| folder | may import | npm packages |
| --- | --- | --- |
| \`base\` | | |
| \`net\` | \`base\` | \`koffi\` |
| \`dns/wire\` | \`base\` | |
| \`app\` | everything | everything |
`;

/**
 * Findings over a tree of these files, each as `FILE:LINE: message`. ROOT stands for the tree's own
 * path; a tilde is left out, so that this file may show what the rules refuse.
 */
async function tidy(files: Record<string, string>): Promise<string[]> {
  const root = await temporaryFolder();
  for (const [path, text] of Object.entries({ 'ARCHITECTURE.md': TABLE, ...files })) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text.replaceAll('ROOT', root).replaceAll('~', ''));
  }
  return (await checkTree(root)).map(({ path, line, message }) => `${path}:${line}: ${message}`);
}

const src = (body: string): string => `/** A header. */\n${body}\n`;

describe('imports', () => {
  it('accepts what the table allows, from nested folders too', async () => {
    const files = {
      'src/base/a.ts': src('export const a = 1;'),
      'src/dns/wire/rdata/b.ts': src("import { a } from '#base/a.ts';\nexport { a };"),
      'src/net/c.ts': src("import koffi from 'koffi';\nimport { open } from 'node:fs';"),
      'src/app/d.ts': src("import '#dns/wire/rdata/b.ts';\nimport pino from 'pino';"),
    };
    expect(await tidy(files)).toEqual([]);
  });

  it('refuses a folder that the row does not name, types and dynamic imports too', async () => {
    const files = {
      'src/net/n.ts': src('export type N = 1;'),
      'src/base/a.ts': src("import type { N } from '#net/n.ts';"),
      'src/dns/wire/b.ts': src("const n = await import('#net/n.ts');"),
    };
    expect(await tidy(files)).toEqual([
      'src/base/a.ts:2: base may not import net; see the table in ARCHITECTURE.md',
      'src/dns/wire/b.ts:2: dns/wire may not import net; see the table in ARCHITECTURE.md',
    ]);
  });

  it('counts the entry of a worker thread as an import', async () => {
    const files = {
      'src/net/n.ts': src(''),
      'src/base/a.ts': src("new Worker(new URL('../net/n.ts', import.meta.url));"),
    };
    expect((await tidy(files)).join()).toContain('base may not import net');
  });

  it('refuses a package that the row does not name', async () => {
    expect(await tidy({ 'src/base/a.ts': src("import x from '@scope/x/deep.js';") })).toEqual([
      'src/base/a.ts:2: base may not import the package @scope/x',
    ]);
  });

  it('takes a relative path inside a row, and refuses one to another', async () => {
    const files = {
      'src/base/c.ts': src(''),
      'src/dns/wire/n.ts': src(''),
      'src/dns/wire/rdata/a.ts': src("import '../n.ts';\nimport '../../../base/c.ts';"),
    };
    expect(await tidy(files)).toEqual([
      'src/dns/wire/rdata/a.ts:3: import ../../../base/c.ts crosses folders; write #base/c.ts',
    ]);
  });

  it('refuses a folder without a row, and a row without a paragraph', async () => {
    expect(await tidy({ 'src/dns/other/a.ts': src('') })).toEqual([
      'src/dns/other/a.ts:1: src/dns/other has no row in ARCHITECTURE.md; add one',
    ]);
    const table = TABLE.replace('**`src/net`**', 'net');
    expect((await tidy({ 'ARCHITECTURE.md': table })).join()).toContain('net has a row but no');
  });

  it('finds a cycle of types across files once', async () => {
    const files = {
      'src/base/a.ts': src("import type { B } from './b.ts';"),
      'src/base/b.ts': src("import type { C } from './c.ts';"),
      'src/base/c.ts': src("import type { A } from './a.ts';"),
    };
    const findings = await tidy(files);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toContain('src/base/a.ts -> src/base/b.ts -> src/base/c.ts');
  });

  it('takes no import from a comment or a string', async () => {
    const body = "// import '#net/x.ts'\nconst said = \"import '#net/x.ts'\";";
    expect(await tidy({ 'src/base/a.ts': src(body) })).toEqual([]);
  });
});

describe('texts', () => {
  it.each([
    ['Date.now()', 'Clock'],
    ['performance.now()', 'Clock'],
    ['new Date()', 'Clock'],
    ['Math.random()', 'Random'],
    ['randomBytes(3)', 'Random'],
    ['process.env.HOME', 'src/app/config'],
    ["console.log('x')", 'log'],
    ["export * from './b.ts';", 'by name'],
    ['// FIX~ME later', 'fix it'],
    ['// TO~DO later', 'the reason'],
    ['// oxlint-~disable-next-line no-console', 'reason'],
    ["const at = 'ROOT/src';", 'relative'],
  ])('refuses %s and says what to write', async (line, remedy) => {
    const findings = await tidy({ 'src/net/a.ts': src(line), 'src/net/b.ts': src('') });
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatch(/^src\/net\/a\.ts:2: /);
    expect(findings[0]).toContain(remedy);
  });

  it('lets the rooms that own the clock, chance and environment use them', async () => {
    const files = {
      'src/base/clock.ts': src('Date.now();'),
      'src/base/random.ts': src('randomBytes(1);'),
      'src/app/config/environment.ts': src('process.env.HOME;'),
      'test/x.test.ts': 'Date.now();\n',
    };
    expect(await tidy(files)).toEqual([]);
  });

  it('lets a sentence name what code may not use', async () => {
    expect(await tidy({ 'src/net/a.ts': src("// not Date.now\nconst s = 'Date.now';") })).toEqual(
      [],
    );
  });

  it.each(['src/base/utils.ts', 'src/base/dns-helpers.ts', 'src/common/a.ts', 'src/base/index.ts'])(
    'refuses the name %s',
    async (path) => {
      expect((await tidy({ [path]: src('') })).join()).toMatch(/says nothing|no index files/);
    },
  );

  it('refuses a file without header, and one of 501 lines without the mark of a table', async () => {
    expect((await tidy({ 'src/base/a.ts': 'export {};\n' })).join()).toContain('no header');
    const long = 'export {};\n'.repeat(500);
    expect((await tidy({ 'src/base/a.ts': `/** H. */\n${long}` })).join()).toContain('501 lines');
    expect(await tidy({ 'src/base/a.ts': `// tidy: table\n/** H. */\n${long}` })).toEqual([]);
  });

  it('refuses a long line unless what makes it long cannot be split', async () => {
    const words = `// ${'word '.repeat(25)}`;
    expect((await tidy({ 'src/base/a.ts': src(words) })).join()).toContain('limit 100');
    expect(await tidy({ 'src/base/a.ts': src(`const digest = '${'a'.repeat(99)}';`) })).toEqual([]);
  });
});

describe('the scanner', () => {
  it('keeps code, and blanks comments, strings, templates and regular expressions', () => {
    const text = "a = `x ${b + `y ${c}` } z` / d; /* e */ f = /[/'\"]g/i; h = 'i'; // j\nk";
    const kept = blankNonCode(text).replaceAll(/\s+/g, ' ');
    expect(kept).toBe('a = b + c / d; f = ; h = ; k');
    expect(blankNonCode(text)).toHaveLength(text.length);
  });
});
