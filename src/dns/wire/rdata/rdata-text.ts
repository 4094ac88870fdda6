/**
 * RDATA given as one line of text, as the admin API and the command line take it: tokens are
 * separated by blanks, strings may be in quotes, and nothing is a comment. Master files have their
 * own tokenizer in dns/zonefile; both fill the same `Tokens`.
 */
import type { Name } from '../name.ts';
import { RdataWriter } from './rdata-writer.ts';
import { parseRdata } from './registry.ts';
import { RdataTextError, Tokens } from './tokens.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const TAB = 0x09;
const BLANK = 0x20;

/**
 * Wire form of a record's content, e.g. `10 mail.example.com.` for MX. Quoted strings of over 255
 * octets are cut into several; characters beyond ASCII become their UTF-8 octets.
 * @param origin completes relative names and is what `@` stands for; without it they are refused
 * @param out lent for the call, for who reads many contents: a new one is 64 KiB
 * @throws RdataTextError RDATA_INVALID; CodedError RDATA_TOO_LONG
 */
export function parseRdataText(
  type: number,
  content: string,
  origin?: Name,
  out: RdataWriter = new RdataWriter(),
): Uint8Array {
  const tokens = new Tokens();
  tokens.reset(new TextEncoder().encode(content), origin);
  tokens.splitsLongStrings = true;
  splitContent(tokens);
  out.reset();
  parseRdata(type, tokens, out);
  return out.take();
}

function splitContent(tokens: Tokens): void {
  const { source } = tokens;
  let at = 0;
  while (at < source.length) {
    if (source[at] === BLANK || source[at] === TAB) {
      at += 1;
      continue;
    }
    const quoted = source[at] === QUOTE;
    const start = quoted ? at + 1 : at;
    const end = endOfToken(source, start, quoted);
    if (end < 0) throw new RdataTextError('a quoted string is not closed', tokens.count);
    tokens.push(start, end, quoted);
    at = quoted ? end + 1 : end;
  }
}

/** Where the token ends; -1 for a quoted one that does not. A quote ends an unquoted token. */
function endOfToken(source: Uint8Array, start: number, quoted: boolean): number {
  let at = start;
  while (at < source.length) {
    const octet = source[at];
    if (octet === QUOTE) return at;
    if (!quoted && (octet === BLANK || octet === TAB)) return at;
    at += octet === BACKSLASH ? 2 : 1;
  }
  return quoted ? -1 : source.length;
}
