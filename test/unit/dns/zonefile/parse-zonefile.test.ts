/** Reading master files: errors and their places, includes, limits, and sources that fail. */
import { mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ENTRY_SIZE_MAX } from '#dns/zonefile/entry-tokenizer.ts';
import { INCLUDE_DEPTH_MAX, parseZonefile } from '#dns/zonefile/parse-zonefile.ts';
import { openZonefile, readSmallZonefile } from '#dns/zonefile/zonefile-source.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';
import { ORIGIN, pieces, readText, TextSink } from '../../../kit/zonefile-text.ts';

/** A folder with these files and an empty folder `sub`. */
async function files(contents: Record<string, string>): Promise<string> {
  const folder = await realpath(await temporaryFolder());
  await mkdir(join(folder, 'sub'));
  for (const [name, text] of Object.entries(contents)) await writeFile(join(folder, name), text);
  return folder;
}

async function* endless(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('a 60 TXT (\n');
  for (;;) yield Buffer.from('"x" \n'.repeat(10_000));
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('a 60 TXT x\n');
  throw new Error('connection reset');
}

describe('errors', () => {
  it.each([
    ['a 60 FOO x', "1:6: expected a type, found 'FOO'"],
    ['a 60', '1:5: expected a type, found the end of the record'],
    ['a 60 CH A 192.0.2.1', "1:6: expected class IN, found 'CH'"],
    ['a 1y A 192.0.2.1', "1:3: expected a TTL (seconds, or like 1h30m), found '1y'"],
    [
      'a A 192.0.2.1',
      '1:3: expected a TTL before the type: write one, or $TTL at the top of the file',
    ],
    [
      ' 60 A 192.0.2.1',
      '1:2: expected an owner name: the line begins with a blank, and no record is before it to take the owner from',
    ],
    ['a..b 60 A 192.0.2.1', "1:1: expected an owner name: name 'a..b' has an empty label"],
    ['a 60 MX (\n  10\n  b..c )', "3:3: name 'b..c' has an empty label"],
    ['a 60 A', '1:7: expected an IPv4 address, found the end of the record'],
    ['a 60 TXT "b', '1:10: the quoted string is not closed on its line'],
    ['$NOPE', "1:1: expected $ORIGIN, $TTL, $INCLUDE or $GENERATE, found '$NOPE'"],
    ['$TTL', '1:5: expected one TTL behind $TTL, found the end of the line'],
    ['$ORIGIN a b', "1:11: expected one domain name behind $ORIGIN, found 'b' as well"],
    ['$ORIGIN a..b', "1:9: expected a domain name: name 'a..b' has an empty label"],
    [
      '\ufeffa 60 TXT x',
      '1:1: expected text, found a byte order mark: save the file as ASCII or as UTF-8 without one',
    ],
  ])('%j gives %s', async (text, message) => {
    expect((await readText(text)).said).toEqual([message]);
  });

  it('do not stop the reading, so that one run finds them all', async () => {
    const { said, records } = await readText('a 60 A x\nb 60 A 192.0.2.1\nc 60 A y\n');
    expect(said).toHaveLength(2);
    expect(records).toEqual(['b.example.com. 60 A 192.0.2.1']);
  });

  it('stop it when there are more than asked for', async () => {
    const text = 'a 60 A x\n'.repeat(50);
    const { errors, moreErrors } = await readText(text);
    expect(errors).toHaveLength(20);
    expect(moreErrors).toBe(true);
    expect((await readText(text, { errorsMax: 50 })).moreErrors).toBe(false);
  });

  it('print as FILE:LINE:COLUMN with a code', async () => {
    const { errors } = await readText('\n  \na 60 FOO x\n', { file: 'zones/x.zone' });
    expect(errors[0]).toMatchObject({
      code: 'ZONEFILE_TYPE',
      message: "zones/x.zone:3:6: expected a type, found 'FOO'",
    });
  });
});

describe('records', () => {
  it('come with the place of their first token', async () => {
    const { places } = await readText('a 60 TXT x\n\n  60 TXT y\n(\n b 60 TXT z )\n');
    expect(places).toEqual(['1:1', '3:3', '5:2']);
  });

  it('of one owner come with the same Name object', async () => {
    const owners: Uint8Array[] = [];
    const sink = { record: (owner: Uint8Array): void => void owners.push(owner) };
    const options = { file: 'f', origin: ORIGIN, includes: false as const };
    await parseZonefile(pieces('a 6 TXT x\na 6 TXT y\n 6 TXT z\nb 6 TXT x\n', 99), options, sink);
    expect(owners[1]).toBe(owners[0]);
    expect(owners[2]).toBe(owners[0]);
    expect(owners[3]).not.toBe(owners[0]);
  });

  it('with the same relative owner under another origin have another owner', async () => {
    const { records } = await readText('a 6 TXT x\n$ORIGIN b.\na 6 TXT y\n');
    expect(records).toEqual(['a.example.com. 6 TXT "x"', 'a.b. 6 TXT "y"']);
  });

  it('are the same however the octets are cut', async () => {
    const text = '$TTL 5\n@ SOA ns h (1 2 3\n4 5) ; x\n a TXT "b c" d\\ e\n\tMX 1 x.y.\n'.repeat(3);
    const whole = await readText(text);
    for (let size = 1; size < 70; size++) {
      expect((await readText(text, {}, size)).records).toEqual(whole.records);
    }
  });

  it('with a TTL above 2^31-1 get 0 and a warning', async () => {
    const { records, said } = await readText('a 2147483648 TXT x\n');
    expect(records).toEqual(['a.example.com. 0 TXT "x"']);
    expect(said).toEqual([
      '1:3: warning: TTL 2147483648 is above 2147483647 and read as 0 (RFC 2181 section 8)',
    ]);
  });

  it('take defaultTtl until the file says $TTL', async () => {
    const { records } = await readText('a TXT x\n$TTL 9\nb TXT x\n', { defaultTtl: 7 });
    expect(records).toEqual(['a.example.com. 7 TXT "x"', 'b.example.com. 9 TXT "x"']);
  });
});

describe('$INCLUDE', () => {
  it('reads files relative to the file that includes them, and goes on as before', async () => {
    const folder = await files({
      'sub/b': 'x TXT in-b\n$INCLUDE c\n TXT after-c\n',
      'sub/c': '@ TXT in-c\n',
    });
    const text = '$TTL 5\na TXT a\n$INCLUDE "sub/b" o.test.\n TXT after-b\ny TXT y\n';
    const { records, said, files: read } = await readText(text, { includes: folder });
    expect(said).toEqual([]);
    expect(records).toEqual([
      'a.example.com. 5 TXT "a"',
      'x.o.test. 5 TXT "in-b"',
      'o.test. 5 TXT "in-c"',
      'x.o.test. 5 TXT "after-c"',
      'a.example.com. 5 TXT "after-b"',
      'y.example.com. 5 TXT "y"',
    ]);
    expect(read).toEqual(['zone', join(folder, 'sub/b'), join(folder, 'sub/c')]);
  });

  it('names the included file in its errors', async () => {
    const folder = await files({ b: '\nx 60 FOO\n' });
    const { errors } = await readText('$INCLUDE b\n', { includes: folder });
    expect(errors[0].message).toBe(`${join(folder, 'b')}:2:6: expected a type, found 'FOO'`);
  });

  it('is refused where the text comes over the network', async () => {
    const { errors } = await readText('$INCLUDE /etc/passwd\na 60 TXT x\n');
    expect(errors).toHaveLength(1);
    expect(errors[0].code).toBe('ZONEFILE_INCLUDE');
    expect(errors[0].message).toMatch(/^zone:1:10: \$INCLUDE is not allowed here/);
  });

  it('of a file that is being read is an error, through a link too', async () => {
    const folder = await files({ b: '$INCLUDE c\n' });
    await symlink(join(folder, 'b'), join(folder, 'c'));
    const { errors } = await readText('$INCLUDE b\n', { includes: folder });
    expect(errors.map(({ message }) => message)).toEqual([
      `${join(folder, 'b')}:1:10: expected a file that is not being read already, found ${join(folder, 'b')}`,
    ]);
  });

  it('of the source itself is an error at once', async () => {
    const folder = await files({ a: '$INCLUDE a\n' });
    const file = join(folder, 'a');
    const { errors } = await readText('$INCLUDE a\n', { includes: folder, file });
    expect(errors).toHaveLength(1);
    expect(errors[0].place).toEqual({ file, line: 1, column: 10 });
  });

  it('of what is missing or a folder is an error, and reading goes on', async () => {
    const folder = await files({});
    const text = '$INCLUDE nope\n$INCLUDE sub\na 60 TXT x\n';
    const { errors, records } = await readText(text, { includes: folder });
    expect(errors.map(({ code, place }) => `${code} ${place.line}:${place.column}`)).toEqual([
      'ZONEFILE_INCLUDE 1:10',
      'ZONEFILE_INCLUDE 2:10',
    ]);
    const nope = `${join(folder, 'nope')}: cannot be read: there is no such file or folder`;
    expect(errors[0].detail).toBe(`cannot be included: ${nope}; name a readable master file`);
    expect(records).toHaveLength(1);
  });

  it('has a bounded depth', async () => {
    const contents: Record<string, string> = {};
    for (let depth = 0; depth < 30; depth++) contents[`f${depth}`] = `$INCLUDE f${depth + 1}\n`;
    const folder = await files(contents);
    const { errors, files: read } = await readText('$INCLUDE f0\n', { includes: folder });
    expect(errors[0].message).toContain(`more than ${INCLUDE_DEPTH_MAX} deep`);
    expect(read).toHaveLength(INCLUDE_DEPTH_MAX + 1);
  });
});

describe('limits', () => {
  it('end the reading at a line or parenthesis that goes on and on', async () => {
    const options = { file: 'f', origin: ORIGIN, includes: false as const };
    const { errors } = await parseZonefile(endless(), options, new TextSink());
    expect(errors.map(({ message }) => message)).toEqual([
      `f:1:1: the record or line is longer than ${ENTRY_SIZE_MAX} octets`,
    ]);
  });

  it('leave room for the longest record', async () => {
    const string = `"${'\\001'.repeat(255)}"\n`;
    const { records, said } = await readText(`a 60 TXT (\n${string.repeat(255)})\n`, {}, 7001);
    expect(said).toEqual([]);
    expect(records).toHaveLength(1);
  });
});

describe('a source', () => {
  it('that cannot be opened is ZONEFILE_UNREADABLE', async () => {
    const options = { file: '/nope/x', origin: ORIGIN, includes: false as const };
    for (const open of [openZonefile, readSmallZonefile]) {
      const read = parseZonefile(open('/nope/x'), options, new TextSink());
      const reason = 'there is no such file or folder; name a readable master file';
      await expect(read).rejects.toMatchObject({
        code: 'ZONEFILE_UNREADABLE',
        message: `/nope/x: cannot be read: ${reason}`,
      });
    }
  });

  it('that breaks off is ZONEFILE_UNREADABLE, not a short zone', async () => {
    const options = { file: 'f', origin: ORIGIN, includes: false as const };
    await expect(parseZonefile(broken(), options, new TextSink())).rejects.toMatchObject({
      code: 'ZONEFILE_UNREADABLE',
    });
  });

  it('is closed when reading stops early', async () => {
    let isClosed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.from('a 60 A x\n');
      } finally {
        isClosed = true;
      }
    }
    const options = { file: 'f', origin: ORIGIN, includes: false as const };
    await parseZonefile(source(), options, new TextSink());
    expect(isClosed).toBe(true);
  });

  it('whose sink throws passes that on', async () => {
    const options = { file: 'f', origin: ORIGIN, includes: false as const };
    const sink = {
      record: (): void => {
        throw new Error('image full');
      },
    };
    await expect(parseZonefile(pieces('a 60 TXT x\n', 99), options, sink)).rejects.toThrow(
      'image full',
    );
  });
});
