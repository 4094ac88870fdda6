/**
 * Signs the replies to one signed request (RFC 8945 section 5.3): the first over the request's MAC
 * and all variables, each further one over the MAC before it and the timers (5.3.1), so that a
 * stream of messages cannot lose, gain or reorder one. Every message is signed. MACs are whole even
 * where the request's was cut: no client may want less than it sent.
 */
import { assert } from '#base/assert.ts';
import { HEADER_SIZE, readU16 } from '#dns/wire/header.ts';
import { TsigDigest } from './tsig-digest.ts';
import { algorithmMacSize, algorithmName, type TsigKey } from './tsig-key.ts';
import { appendTsig, FUDGE_DEFAULT, type TsigRecord, tsigSize } from './tsig-record.ts';

const NO_OCTETS = new Uint8Array(0);

export class TsigSigner {
  /** Octets that a signature takes: keep them free in every reply. */
  readonly reserve: number;
  readonly #key: TsigKey;
  #priorMac: Uint8Array;
  #isFirst = true;

  /** @param requestMac as long as it was sent */
  constructor(key: TsigKey, requestMac: Uint8Array) {
    this.#key = key;
    this.#priorMac = requestMac;
    this.reserve = tsigSize(
      key.name,
      algorithmName(key.algorithm),
      algorithmMacSize(key.algorithm),
    );
  }

  /**
   * The next reply with its signature, in fresh memory.
   * @param reply whole, without TSIG
   * @param nowMs wall clock; a long transfer passes the time of each message
   * @throws WireError WIRE_TOO_LONG when `reserve` was not kept free
   */
  sign(reply: Uint8Array, nowMs: number): Uint8Array {
    const record = signingRecord(this.#key, reply, nowMs);
    record.mac = this.#isFirst
      ? digestReply(this.#key, this.#priorMac, reply, record)
      : this.#digestNext(reply, record);
    const signed = appendTsig(reply, record);
    this.#priorMac = record.mac;
    this.#isFirst = false;
    return signed;
  }

  #digestNext(reply: Uint8Array, record: TsigRecord): Uint8Array {
    const digest = new TsigDigest(this.#key, this.#priorMac);
    digest.addPlain(reply);
    digest.addTimers(record);
    return digest.finish();
  }
}

/** The record for a message about to be signed, its MAC still to be made. */
export function signingRecord(key: TsigKey, message: Uint8Array, nowMs: number): TsigRecord {
  assert(message.length >= HEADER_SIZE, 'what is signed has a header');
  return {
    owner: key.name,
    algorithm: algorithmName(key.algorithm),
    timeSigned: Math.floor(nowMs / 1000),
    fudge: FUDGE_DEFAULT,
    mac: NO_OCTETS,
    originalId: readU16(message, 0),
    error: 0,
    other: NO_OCTETS,
  };
}

/** The MAC over a request (without `requestMac`) or the first reply, which has no TSIG yet. */
export function digestReply(
  key: TsigKey,
  requestMac: Uint8Array | undefined,
  message: Uint8Array,
  record: TsigRecord,
): Uint8Array {
  const digest = new TsigDigest(key, requestMac);
  digest.addPlain(message);
  digest.addVariables(record);
  return digest.finish();
}
