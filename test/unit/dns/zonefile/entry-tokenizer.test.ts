/** Entries and tokens, also when the file comes in pieces of any size. */
import { describe, expect, it } from 'vitest';
import { utf8 } from '#base/bytes.ts';
import { END, ENTRY, EntryTokenizer, MORE } from '#dns/zonefile/entry-tokenizer.ts';

/** Each entry as `LINE:COLUMN` (of its first token), a `<` for an omitted owner, and its tokens. */
function entries(text: string, pieceSize = 1000): string[] {
  const octets = utf8(text);
  const tokenizer = new EntryTokenizer('f');
  const found: string[] = [];
  let at = 0;
  for (;;) {
    const step = tokenizer.next();
    if (step === END) return found;
    if (step === MORE) {
      if (at >= octets.length) tokenizer.feedEnd();
      else tokenizer.feed(octets.subarray(at, at + pieceSize));
      at += pieceSize;
      continue;
    }
    expect(step).toBe(ENTRY);
    found.push(describeEntry(tokenizer));
  }
}

function describeEntry(tokenizer: EntryTokenizer): string {
  const { tokens, problem } = tokenizer;
  const words: string[] = [];
  for (let index = 0; index < tokens.count; index++) {
    const text = tokens.text(index);
    words.push(tokens.quoted[index] ? `"${text}"` : text);
  }
  const { line, column } = tokenizer.place(tokenizer.problemAt);
  const trouble = problem === undefined ? '' : ` !${line}:${column} ${problem}`;
  const owner = tokenizer.isOwnerOmitted ? '<' : '';
  return `${tokenizer.firstLine}:${tokenizer.firstColumn} ${owner}[${words.join('|')}]${trouble}`;
}

describe('EntryTokenizer', () => {
  it('splits lines at blanks and tabs and leaves out comments and empty lines', () => {
    expect(entries('a b\tc ; not this\n\n   \n; nor this\n  d e\n')).toEqual([
      '1:1 [a|b|c]',
      '5:3 <[d|e]',
    ]);
  });

  it('joins lines inside parentheses, nested ones too', () => {
    expect(entries('a ( b ; x\n c (d) \n) e\nf\n')).toEqual(['1:1 [a|b|c|d|e]', '4:1 [f]']);
  });

  it('counts the first token, not the parenthesis, as the place of an entry', () => {
    expect(entries('(\n\n  a b )\n')).toEqual(['3:3 [a|b]']);
  });

  it('keeps blanks, semicolons and parentheses of quoted strings, and escapes as they stand', () => {
    expect(entries('a "b ;( c" "" "d\\"e" f\\ g\\;h\n')).toEqual([
      '1:1 [a|"b ;( c"|""|"d\\"e"|f\\ g\\;h]',
    ]);
  });

  it('begins a new token at a quote', () => {
    expect(entries('k="v w"x\n')).toEqual(['1:1 [k=|"v w"|x]']);
  });

  it('reads CRLF and a last line without a newline', () => {
    expect(entries('a b\r\nc "d"\r\ne')).toEqual(['1:1 [a|b]', '2:1 [c|"d"]', '3:1 [e]']);
  });

  it('names the place where what is not closed was opened', () => {
    expect(entries('a (\nb\n')).toEqual(["1:1 [a|b] !1:3 '(' is never closed"]);
    expect(entries('a )\nb\n')).toEqual(["1:1 [a] !1:3 ')' without a '(' before it", '2:1 [b]']);
    expect(entries('a (\n "b\n c )\nd\n')).toEqual([
      '1:1 [a|b|c] !2:2 the quoted string is not closed on its line'.replace('|b|', '|"b"|'),
      '4:1 [d]',
    ]);
    expect(entries('a b\\\nc\n')).toEqual([
      '1:1 [a|b\\] !1:4 a backslash at the end of the line escapes nothing',
      '2:1 [c]',
    ]);
  });

  it('finds the same entries in pieces of any size', () => {
    const text = 'a "b c\\"" ( d\\\\ ; x\n e)\r\n\n f\\041 g;h\n( \n i\n)\n"j';
    const whole = entries(text);
    expect(whole).toHaveLength(4);
    for (let size = 1; size < text.length; size++) expect(entries(text, size)).toEqual(whole);
  });
});
