/**
 * SvcParams, the tail of SVCB and HTTPS (RFC 9460 section 2.1 and 2.2): in text `key=value` in any
 * order, on the wire ascending by key and each key once:
 *
 *     | key (16) | length (16) | value |
 *
 * Self-consistent (section 2.4.3): what `mandatory` lists is there, and `no-default-alpn` comes
 * with `alpn`.
 */
import { readU16 } from '#dns/wire/header.ts';
import { WireError } from '#dns/wire/wire-error.ts';
import type { RdataWriter } from '../rdata-writer.ts';
import type { Tokens } from '../tokens.ts';
import { copyOctets, type Field } from './field.ts';
import { formatQuoted, writeUnescaped } from './string-fields.ts';
import { findSvcKey, formatSvcKey, numbersOf, SVC_KEY, svcKeyOfText } from './svc-param-keys.ts';

const EQUALS = 0x3d;
const PARAM_HEADER_SIZE = 4;

interface SvcParam {
  code: number;
  value: Uint8Array;
}

export const svcParams: Field = {
  parse(tokens, out) {
    const params: SvcParam[] = [];
    while (!tokens.atEnd) {
      const param = parseParam(tokens, out);
      if (params.some((other) => other.code === param.code)) {
        tokens.fail(`${formatSvcKey(param.code)} is given twice`);
      }
      params.push(param);
    }
    params.sort((a, b) => a.code - b.code);
    const wrong = findInconsistency(params);
    if (wrong !== undefined) tokens.fail(wrong);
    for (const param of params) {
      out.u16(param.code);
      out.u16(param.value.length);
      out.bytes(param.value);
    }
  },
  format: (rdata, at) => splitParams(rdata, at, rdata.length).map(formatParam).join(' '),
  read(message, at, end, out) {
    const params = splitParams(message, at, end);
    params.forEach((param, index) => {
      if (index > 0 && param.code <= params[index - 1].code) {
        throw badParams('the keys are not in ascending order');
      }
      if (findSvcKey(param.code)?.isValid(param.value) === false || param.code === 0xffff) {
        throw badParams(`bad value of ${formatSvcKey(param.code)}`);
      }
    });
    const wrong = findInconsistency(params);
    if (wrong !== undefined) throw badParams(wrong);
    return copyOctets(message, at, end - at, end, out, 'a service parameter');
  },
  size: (rdata, at) => rdata.length - at,
};

/** @param out lends the room behind its octets to unescape the value */
function parseParam(tokens: Tokens, out: RdataWriter): SvcParam {
  const index = tokens.take('a service parameter');
  const octets = tokens.octets(index);
  const equalsAt = octets.indexOf(EQUALS);
  const keyText = tokens.text(index).slice(0, equalsAt < 0 ? octets.length : equalsAt);
  const code = tokens.quoted[index] ? undefined : svcKeyOfText(keyText);
  if (code === undefined) return tokens.fail('expected a service parameter like key=value', index);
  const text = equalsAt < 0 ? new Uint8Array(0) : takeValue(tokens, index, equalsAt + 1, out);
  // The generic spelling gives the wire form, also of a key that has a form of its own.
  const isGeneric = keyText.startsWith('key');
  const key = findSvcKey(code);
  if (key === undefined) return { code, value: text };
  const value = isGeneric ? text : key.parse(text);
  if (value === undefined || !key.isValid(value)) {
    return tokens.fail(`the value of ${key.mnemonic} is not one`, index);
  }
  return { code, value };
}

/** The octets behind `=`: in the same token, or in the quoted one that touches it. */
function takeValue(tokens: Tokens, index: number, valueAt: number, out: RdataWriter): Uint8Array {
  const start = out.size;
  const touching =
    tokens.starts[index] + valueAt === tokens.ends[index] &&
    !tokens.atEnd &&
    tokens.quoted[index + 1] &&
    tokens.starts[index + 1] === tokens.ends[index] + 1;
  if (touching) {
    writeUnescaped(tokens, tokens.take('a value'), out);
  } else {
    writeUnescaped(tokens, index, out, tokens.starts[index] + valueAt);
  }
  const value = out.buffer.slice(start, out.size);
  out.size = start;
  return value;
}

/** @throws WireError WIRE_RDATA when a parameter is cut off */
function splitParams(octets: Uint8Array, at: number, end: number): SvcParam[] {
  const params: SvcParam[] = [];
  let paramAt = at;
  while (paramAt < end) {
    if (paramAt + PARAM_HEADER_SIZE > end) throw badParams('a parameter is cut off');
    const valueAt = paramAt + PARAM_HEADER_SIZE;
    const valueEnd = valueAt + readU16(octets, paramAt + 2);
    if (valueEnd > end) throw badParams('a parameter is cut off');
    params.push({ code: readU16(octets, paramAt), value: octets.subarray(valueAt, valueEnd) });
    paramAt = valueEnd;
  }
  return params;
}

function findInconsistency(params: readonly SvcParam[]): string | undefined {
  const has = (code: number): boolean => params.some((param) => param.code === code);
  const [first] = params;
  if (first?.code === SVC_KEY.MANDATORY) {
    const missing = numbersOf(first.value).find((code) => !has(code));
    if (missing !== undefined) return `mandatory names ${formatSvcKey(missing)}, which is missing`;
  }
  if (has(SVC_KEY.NO_DEFAULT_ALPN) && !has(SVC_KEY.ALPN)) return 'no-default-alpn without alpn';
  return undefined;
}

function formatParam({ code, value }: SvcParam): string {
  const key = findSvcKey(code);
  const text = key === undefined ? value : key.format(value);
  const name = formatSvcKey(code);
  if (text.length === 0) return name;
  if (typeof text === 'string') return `${name}=${text}`;
  return `${name}=${formatQuoted(text, 0, text.length)}`;
}

function badParams(why: string): WireError {
  return new WireError('WIRE_RDATA', `service parameters: ${why}`);
}
