/**
 * A list of addresses and networks, as configuration writes it: `192.0.2.1`, `198.51.100.0/24`,
 * `2001:db8::/32`. Asking whether an address is in it costs no object, so the packet threads can.
 */
import { parseIpAddress } from './ip-address.ts';
import { NetError } from './net-error.ts';

interface AddressRange {
  octets: Uint8Array;
  /** Leading bits that count. */
  bits: number;
}

export class AddressRanges {
  readonly #ipv4: readonly AddressRange[];
  readonly #ipv6: readonly AddressRange[];

  /** @throws NetError NET_ADDRESS_INVALID, as `checkAddressRange` */
  constructor(texts: readonly string[]) {
    const ranges = texts.map(parseRange);
    this.#ipv4 = ranges.filter(({ octets }) => octets.length === 4);
    this.#ipv6 = ranges.filter(({ octets }) => octets.length === 16);
  }

  get isEmpty(): boolean {
    return this.#ipv4.length + this.#ipv6.length === 0;
  }

  /** Whether the address at `octets[at]` (4 octets, 16 with `isIpv6`) is in one of the ranges. */
  contains(octets: Uint8Array, at: number, isIpv6: boolean): boolean {
    const ranges = isIpv6 ? this.#ipv6 : this.#ipv4;
    for (let index = 0; index < ranges.length; index++) {
      if (isInside(ranges[index], octets, at)) return true;
    }
    return false;
  }
}

/**
 * The text as it was given.
 * @throws NetError NET_ADDRESS_INVALID when it is neither an address nor a network, or has bits
 *   behind its prefix
 */
export function checkAddressRange(text: string): string {
  parseRange(text);
  return text;
}

function isInside({ octets: range, bits }: AddressRange, octets: Uint8Array, at: number): boolean {
  const whole = bits >>> 3;
  for (let step = 0; step < whole; step++) if (range[step] !== octets[at + step]) return false;
  const shift = 8 - (bits & 7);
  return shift === 8 || (range[whole] ^ octets[at + whole]) >>> shift === 0;
}

function parseRange(text: string): AddressRange {
  const parts = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text);
  const octets = parseIpAddress(parts?.[1] ?? '');
  const prefix = parts?.[2];
  const bits = prefix === undefined ? (octets?.length ?? 0) * 8 : Number(prefix);
  if (octets === undefined || bits > octets.length * 8) {
    throw invalid(text, 'write an address, or a network as ADDRESS/BITS');
  }
  const range = { octets, bits };
  const first = octets.map((octet, index) => {
    const kept = Math.min(8, Math.max(0, bits - index * 8));
    return octet & (0xff00 >>> kept);
  });
  if (first.some((octet, index) => octet !== octets[index])) {
    throw invalid(text, `bits behind the first ${bits} must be 0`);
  }
  return range;
}

function invalid(text: string, wanted: string): NetError {
  return new NetError('NET_ADDRESS_INVALID', `'${text}' is no address or network: ${wanted}`);
}
