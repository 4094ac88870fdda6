/**
 * The client's side: signs a request (RFC 8945 section 5.1) and verifies its replies, one or a
 * stream of them (5.3.1 and 5.4).
 *
 *     request -> first reply, signed -> up to 99 unsigned -> signed -> ... -> last, signed -> end
 *
 * What comes unsigned in a stream is vouched for by the signed message behind it, and the whole
 * stream by `end`: nothing of it may be used before.
 */
import { formatRcode, RCODE, readU16, readU32 } from '#dns/wire/header.ts';
import { equalNames, formatName } from '#dns/wire/name.ts';
import { equalMacs, TsigDigest } from './tsig-digest.ts';
import { TsigError, type TsigErrorCode } from './tsig-error.ts';
import { algorithmMacSize, algorithmName, type TsigKey } from './tsig-key.ts';
import { appendTsig, cutTsig, type FoundTsig, findTsig, TSIG_BADSIG } from './tsig-record.ts';
import { digestReply, signingRecord } from './tsig-signer.ts';

/** Messages without TSIG between two that have one (RFC 8945 section 5.3.1). */
export const UNSIGNED_RUN_MAX = 99;

export interface SignedRequest {
  message: Uint8Array;
  verifier: TsigVerifier;
}

/**
 * Signs a request.
 * @param message whole, without TSIG
 * @throws WireError WIRE_TOO_LONG when it leaves no room for a signature
 */
export function signRequest(message: Uint8Array, key: TsigKey, nowMs: number): SignedRequest {
  const record = signingRecord(key, message, nowMs);
  record.mac = digestReply(key, undefined, message, record);
  return { message: appendTsig(message, record), verifier: new TsigVerifier(key, record.mac) };
}

/** Verifies the replies to one request, in their order. */
export class TsigVerifier {
  readonly #key: TsigKey;
  #priorMac: Uint8Array;
  /** What later messages of a stream are digested into; fed with the unsigned ones. */
  #running: TsigDigest | undefined;
  #unsignedRun = 0;
  #verifiedCount = 0;

  constructor(key: TsigKey, requestMac: Uint8Array) {
    this.#key = key;
    this.#priorMac = requestMac;
  }

  /**
   * Verifies the next reply. The caller compares its id with the request's.
   *
   * A first reply that is not good leaves the verifier as it was: over UDP it may be forged, and
   * the next datagram the true one (section 5.4). In a stream any error is the end.
   * @returns the reply without its TSIG, in fresh memory; the reply itself where it may be unsigned
   * @throws TsigError
   */
  verify(reply: Uint8Array, nowMs: number): Uint8Array {
    const found = findTsig(reply);
    if (found === undefined) return this.#takeUnsigned(reply);
    this.#checkKey(found);
    if (found.mac.length === 0) throw refusedWithoutMac(found, nowMs);
    const macSizeMax = algorithmMacSize(this.#key.algorithm);
    if (found.mac.length > macSizeMax) {
      throw new TsigError('TSIG_FORMERR', 'a reply whose MAC is longer than its algorithm makes');
    }
    if (!equalMacs(found.mac, this.#digest(reply, found))) {
      throw new TsigError('TSIG_BADSIG', `the signature of a reply is wrong${this.#withKey()}`);
    }
    if (found.mac.length < macSizeMax) {
      throw new TsigError('TSIG_BADTRUNC', `the MAC of a reply is cut${this.#withKey()}`);
    }
    if (found.error !== 0) throw refusalOf(found, nowMs);
    const apart = Math.floor(nowMs / 1000) - found.timeSigned;
    if (Math.abs(apart) > found.fudge) {
      const message = `a reply was signed ${aside(apart)}; compare the clocks of both ends`;
      throw new TsigError('TSIG_BADTIME', message);
    }
    this.#priorMac = found.mac;
    this.#unsignedRun = 0;
    this.#verifiedCount += 1;
    return cutTsig(reply, found.at);
  }

  /** Says that no reply follows. @throws TsigError TSIG_MISSING when the last one was not signed */
  end(): void {
    if (this.#verifiedCount > 0 && this.#unsignedRun === 0) return;
    throw new TsigError('TSIG_MISSING', `the last reply is not signed${this.#withKey()}`);
  }

  #takeUnsigned(reply: Uint8Array): Uint8Array {
    if (this.#verifiedCount === 0) {
      const message = `the reply is not signed${this.#withKey()}; does the server know the key?`;
      throw new TsigError('TSIG_MISSING', message);
    }
    if (this.#unsignedRun === UNSIGNED_RUN_MAX) {
      const message = `more than ${UNSIGNED_RUN_MAX} messages in a row are not signed`;
      throw new TsigError('TSIG_MISSING', message);
    }
    this.#running ??= new TsigDigest(this.#key, this.#priorMac);
    this.#running.addPlain(reply);
    this.#unsignedRun += 1;
    return reply;
  }

  #checkKey(found: FoundTsig): void {
    const { name, algorithm } = this.#key;
    const isSame =
      equalNames(found.owner, name) && equalNames(found.algorithm, algorithmName(algorithm));
    if (isSame) return;
    const other = `${formatName(found.owner)} of ${formatName(found.algorithm)}`;
    throw new TsigError('TSIG_BADKEY', `the reply is signed with ${other}, not${this.#withKey()}`);
  }

  #digest(reply: Uint8Array, found: FoundTsig): Uint8Array {
    const isFirst = this.#verifiedCount === 0;
    const digest = this.#running ?? new TsigDigest(this.#key, this.#priorMac);
    this.#running = undefined;
    digest.addIncoming(reply, found);
    if (isFirst) digest.addVariables(found);
    else digest.addTimers(found);
    return digest.finish();
  }

  #withKey(): string {
    return ` with key ${formatName(this.#key.name)} (${this.#key.algorithm})`;
  }
}

/** What a server may say of a signature, and what to compare then. */
const REFUSALS: ReadonlyMap<number, { code: TsigErrorCode; remedy: string }> = new Map([
  [TSIG_BADSIG, { code: 'TSIG_BADSIG', remedy: 'compare its secret there' }],
  [RCODE.BADKEY, { code: 'TSIG_BADKEY', remedy: 'compare its name and algorithm there' }],
  [RCODE.BADTIME, { code: 'TSIG_BADTIME', remedy: 'compare the clocks of both ends' }],
  [RCODE.BADTRUNC, { code: 'TSIG_BADTRUNC', remedy: 'it wants longer MACs' }],
]);

/**
 * Section 5.3.2: a server that has no key to sign with says so unsigned, and some never sign an
 * error (NSD). Anybody else can say it, too.
 */
function refusedWithoutMac(found: FoundTsig, nowMs: number): TsigError {
  if (found.error !== 0) return refusalOf(found, nowMs);
  return new TsigError('TSIG_MISSING', 'the TSIG of a reply has neither MAC nor error');
}

/** The error that a reply says of our request. */
function refusalOf(found: FoundTsig, nowMs: number): TsigError {
  const { code, remedy } = REFUSALS.get(found.error) ?? UNKNOWN_REFUSAL;
  const answer = `the server answers ${said(found)} for key ${formatName(found.owner)}`;
  if (code !== 'TSIG_BADTIME' || found.other.length !== 6) {
    return new TsigError(code, `${answer}; ${remedy}`);
  }
  const serverTime = readU16(found.other, 0) * 0x1_0000_0000 + readU32(found.other, 2);
  const apart = aside(Math.floor(nowMs / 1000) - serverTime);
  return new TsigError(code, `${answer}, its own time is ${apart}; ${remedy}`);
}

const UNKNOWN_REFUSAL = { code: 'TSIG_FORMERR', remedy: 'it has no such error' } as const;

function said({ error }: FoundTsig): string {
  return error === TSIG_BADSIG ? 'BADSIG' : formatRcode(error);
}

/** `12 s in the past`. */
function aside(seconds: number): string {
  return `${Math.abs(seconds)} s in the ${seconds < 0 ? 'future' : 'past'}`;
}
