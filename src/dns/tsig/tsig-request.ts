/**
 * The server's side: is a request signed, and well (RFC 8945 section 5.2)? In the RFC's order, so
 * that nothing is told to those who have not shown the secret: form, key, MAC, time, truncation.
 *
 *     form bad        FORMERR, without TSIG
 *     key, MAC bad    NOTAUTH with BADKEY or BADSIG, unsigned: there is nobody to sign for
 *     time bad        NOTAUTH with BADTIME, signed, with our time: the client's clock may be off
 *     MAC too short   NOTAUTH with BADTRUNC, signed
 *
 * A fudge above 300 s counts as 300 s: for longer than that nobody remembers what he has seen.
 * A request that comes twice within its fudge is good twice. Section 5.2.3 would have a key's times
 * only ever rise, which refuses honest clients: several with one key, datagrams that overtake each
 * other, a retransmission. Those who must not do a thing twice can tell it by `mac`.
 */
import { RCODE, readU16 } from '#dns/wire/header.ts';
import type { Name } from '#dns/wire/name.ts';
import { equalMacs, TsigDigest } from './tsig-digest.ts';
import { TsigError } from './tsig-error.ts';
import {
  algorithmMacSize,
  findAlgorithm,
  type TsigKey,
  type TsigKeyring,
  type TsigPolicy,
} from './tsig-key.ts';
import {
  appendTsig,
  cutTsig,
  type FoundTsig,
  FUDGE_DEFAULT,
  findTsig,
  TSIG_BADSIG,
  type TsigRecord,
  tsigSize,
  writeTime,
} from './tsig-record.ts';
import { digestReply, TsigSigner } from './tsig-signer.ts';

/** The shortest MAC that may be looked at, whatever the algorithm (section 5.2.2.1). */
const MAC_SIZE_MIN = 10;

export type TsigCheck = UnsignedRequest | GoodRequest | BadRequest;

export interface UnsignedRequest {
  kind: 'unsigned';
}

export interface GoodRequest {
  kind: 'good';
  key: TsigKey;
  /** Without its TSIG, and ARCOUNT accordingly. The id is the header's, which a reply must have. */
  message: Uint8Array;
  /** The request's MAC: the same octets again are the same request again. */
  mac: Uint8Array;
  /** For the replies. */
  signer: TsigSigner;
}

export interface BadRequest {
  kind: 'bad';
  /** For the reply's header: FORMERR or NOTAUTH. */
  rcode: number;
  /** What its TSIG says: TSIG_BADSIG, RCODE.BADKEY, BADTIME, BADTRUNC; 0 with FORMERR. */
  error: number;
  /** The name of the key that it claims, for logs; `undefined` with FORMERR. */
  keyName: Name | undefined;
  /** Octets that `reject` adds. */
  reserve: number;
  /** Adds to the reply, which has `rcode` already, the TSIG that goes with the error. */
  reject(reply: Uint8Array): Uint8Array;
}

/** Looks for a signature and checks it. No octets make it throw. */
export function checkRequest(message: Uint8Array, keyring: TsigKeyring, nowMs: number): TsigCheck {
  let found: FoundTsig | undefined;
  try {
    found = findTsig(message);
  } catch (error) {
    if (error instanceof TsigError) return FORMERR;
    throw error;
  }
  if (found === undefined) return { kind: 'unsigned' };
  const policy = keyring.policy ?? {};
  const key = keyring.find(found.owner);
  if (key === undefined || !isUsable(key, found, policy)) {
    return unsignedRefusal(found, RCODE.BADKEY, nowMs);
  }
  const macSizeMax = algorithmMacSize(key.algorithm);
  const macSize = found.mac.length;
  if (macSize > macSizeMax || macSize < Math.max(MAC_SIZE_MIN, macSizeMax / 2)) return FORMERR;
  if (!equalMacs(found.mac, digestRequest(key, message, found))) {
    return unsignedRefusal(found, TSIG_BADSIG, nowMs);
  }
  const now = Math.floor(nowMs / 1000);
  if (Math.abs(now - found.timeSigned) > Math.min(found.fudge, FUDGE_DEFAULT)) {
    const other = writeTime(now);
    const { timeSigned, fudge } = found;
    return signedRefusal(key, found, { error: RCODE.BADTIME, timeSigned, fudge, other });
  }
  if (macSize < macSizeMax && policy.allowsTruncation !== true) {
    const other = new Uint8Array(0);
    const times = { timeSigned: now, fudge: FUDGE_DEFAULT };
    return signedRefusal(key, found, { error: RCODE.BADTRUNC, ...times, other });
  }
  const signer = new TsigSigner(key, found.mac);
  return { kind: 'good', key, message: cutTsig(message, found.at), mac: found.mac, signer };
}

const FORMERR: BadRequest = {
  kind: 'bad',
  rcode: RCODE.FORMERR,
  error: 0,
  keyName: undefined,
  reserve: 0,
  reject: (reply) => reply,
};

/** A key is one with its algorithm: another one's is as unknown as another name. */
function isUsable(key: TsigKey, found: FoundTsig, policy: TsigPolicy): boolean {
  if (findAlgorithm(found.algorithm) !== key.algorithm) return false;
  return key.algorithm !== 'hmac-md5' || policy.allowsMd5 === true;
}

function digestRequest(key: TsigKey, message: Uint8Array, found: FoundTsig): Uint8Array {
  const digest = new TsigDigest(key, undefined);
  digest.addIncoming(message, found);
  digest.addVariables(found);
  return digest.finish();
}

/** Section 5.3.2, first half: no MAC. */
function unsignedRefusal(found: FoundTsig, error: number, nowMs: number): BadRequest {
  const record = {
    owner: found.owner,
    algorithm: found.algorithm,
    timeSigned: Math.floor(nowMs / 1000),
    fudge: FUDGE_DEFAULT,
    mac: new Uint8Array(0),
    error,
    other: new Uint8Array(0),
  };
  return refusal(record, (reply) =>
    appendTsig(reply, { ...record, originalId: readU16(reply, 0) }),
  );
}

/** Section 5.3.2, second half: signed like any reply, over the request's MAC. */
function signedRefusal(
  key: TsigKey,
  found: FoundTsig,
  said: Pick<TsigRecord, 'error' | 'timeSigned' | 'fudge' | 'other'>,
): BadRequest {
  const { owner, algorithm } = found;
  const mac = new Uint8Array(algorithmMacSize(key.algorithm));
  return refusal({ owner, algorithm, mac, ...said }, (reply) => {
    const record: TsigRecord = { owner, algorithm, mac, originalId: readU16(reply, 0), ...said };
    record.mac = digestReply(key, found.mac, reply, record);
    return appendTsig(reply, record);
  });
}

function refusal(
  record: Omit<TsigRecord, 'originalId'>,
  reject: (reply: Uint8Array) => Uint8Array,
): BadRequest {
  const { owner, algorithm, mac, other, error } = record;
  const reserve = tsigSize(owner, algorithm, mac.length) + other.length;
  return { kind: 'bad', rcode: RCODE.NOTAUTH, error, keyName: owner, reserve, reject };
}
