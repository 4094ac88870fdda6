/**
 * What a MAC is made of (RFC 8945 section 4.3), in this order:
 *
 *     a request           message | variables
 *     the first reply     request's MAC | message | variables
 *     each one behind     the MAC before | messages since, unsigned ones too | timers
 *
 * A message counts as it was before its TSIG was added: with the original id and without the record
 * in ARCOUNT. A MAC counts with its size in front, as long as it was sent.
 */
import { createHmac, type Hmac, timingSafeEqual } from 'node:crypto';
import { HEADER_SIZE, readU16 } from '#dns/wire/header.ts';
import { lowerName } from '#dns/wire/name.ts';
import { CLASS_ANY } from '#dns/wire/record.ts';
import { algorithmHash, type TsigKey } from './tsig-key.ts';
import { type FoundTsig, type TsigRecord, writeTimers, writeU16 } from './tsig-record.ts';

/** A digest that is being fed. */
export class TsigDigest {
  readonly #hmac: Hmac;

  /** @param priorMac that of the request or of the message before; none for a request */
  constructor(key: TsigKey, priorMac: Uint8Array | undefined) {
    this.#hmac = createHmac(algorithmHash(key.algorithm), key.secret);
    if (priorMac === undefined) return;
    this.#hmac.update(sizeOf(priorMac));
    this.#hmac.update(priorMac);
  }

  /** A message without TSIG as it is: about to be signed, or left unsigned in a stream. */
  addPlain(message: Uint8Array): void {
    this.#hmac.update(message);
  }

  /** A message that came signed, as it was before. */
  addIncoming(message: Uint8Array, { at, originalId }: FoundTsig): void {
    const header = Uint8Array.from(message.subarray(0, HEADER_SIZE));
    writeU16(header, 0, originalId);
    writeU16(header, 10, readU16(message, 10) - 1);
    this.#hmac.update(header);
    this.#hmac.update(message.subarray(HEADER_SIZE, at));
  }

  /** Section 4.3.3: the record without type, MAC and original id, names in lower case. */
  addVariables(record: TsigRecord): void {
    const classAndTtl = new Uint8Array(6);
    writeU16(classAndTtl, 0, CLASS_ANY);
    const error = new Uint8Array(2);
    writeU16(error, 0, record.error);
    this.#hmac.update(lowerName(record.owner));
    this.#hmac.update(classAndTtl);
    this.#hmac.update(lowerName(record.algorithm));
    this.#hmac.update(writeTimers(record));
    this.#hmac.update(error);
    this.#hmac.update(sizeOf(record.other));
    this.#hmac.update(record.other);
  }

  /** Section 5.3.1: all that later messages of a stream have instead of the variables. */
  addTimers(record: TsigRecord): void {
    this.#hmac.update(writeTimers(record));
  }

  /** The whole MAC. The digest is used up. */
  finish(): Uint8Array {
    return new Uint8Array(this.#hmac.digest());
  }
}

/**
 * True if `mac` is the beginning of `whole`, or all of it, in a time that tells nothing of where
 * they differ.
 */
export function equalMacs(mac: Uint8Array, whole: Uint8Array): boolean {
  return mac.length <= whole.length && timingSafeEqual(mac, whole.subarray(0, mac.length));
}

function sizeOf(octets: Uint8Array): Uint8Array {
  const size = new Uint8Array(2);
  writeU16(size, 0, octets.length);
  return size;
}
