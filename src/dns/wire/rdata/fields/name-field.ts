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
    isName: true,
    parse: (tokens, out) => tokens.writeName(what, out),
    format: (rdata, at) => formatName(rdata.subarray(at, at + sizeOfName(rdata, at))),
    read(message, at, end, out) {
      out.advance(expandName(message, at, end, out.buffer, out.size));
      return behindName(message, at);
    },
    size: sizeOfName,
  };
}

function sizeOfName(rdata: Uint8Array, at: number): number {
  return behindName(rdata, at) - at;
}
