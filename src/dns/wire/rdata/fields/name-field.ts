/**
 * A domain name in RDATA. On reading, a compression pointer is followed in every type: RFC 3597
 * section 4 asks it for some types beyond those that may be compressed, and no receiver is harmed.
 */

import { formatName } from '#dns/wire/name.ts';
import { behindName, expandName } from '#dns/wire/name-wire.ts';
import type { Field } from './field.ts';

/** `what` with its article: 'a mail exchanger'. */
export function name(what: string): Field {
  return {
    parse: (tokens, out) => tokens.writeName(what, out),
    format: (rdata, at) => formatName(rdata.subarray(at, at + sizeOfName(rdata, at))),
    read(message, at, end, out) {
      out.advance(expandName(message, at, end, out.buffer, out.size));
      return behindName(message, at);
    },
    size: sizeOfName,
    names: (_rdata, at) => [at],
  };
}

/** Any number of names, to the end of the record. */
export function namesToEnd(what: string): Field {
  const one = name(what);
  return {
    parse(tokens, out) {
      while (!tokens.atEnd) one.parse(tokens, out);
    },
    format: (rdata, at) =>
      nameOffsets(rdata, at)
        .map((nameAt) => one.format(rdata, nameAt))
        .join(' '),
    read(message, at, end, out) {
      let next = at;
      while (next < end) next = one.read(message, next, end, out);
      return next;
    },
    size: (rdata, at) => rdata.length - at,
    names: nameOffsets,
  };
}

function nameOffsets(rdata: Uint8Array, at: number): number[] {
  const offsets: number[] = [];
  for (let next = at; next < rdata.length; next = behindName(rdata, next)) offsets.push(next);
  return offsets;
}

function sizeOfName(rdata: Uint8Array, at: number): number {
  return behindName(rdata, at) - at;
}
