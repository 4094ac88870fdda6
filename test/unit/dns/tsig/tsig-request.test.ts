import { describe, expect, it } from 'vitest';
import { parseHex } from '#base/bytes.ts';
import type { TsigKey, TsigPolicy } from '#dns/tsig/tsig-key.ts';
import { findTsig } from '#dns/tsig/tsig-record.ts';
import { type BadRequest, checkRequest, type GoodRequest } from '#dns/tsig/tsig-request.ts';
import { formatName, parseName } from '#dns/wire/name.ts';
import { writeQuery } from '../../../kit/dns-query.ts';
import {
  keyringOf,
  macOf,
  SECRET,
  SIGNED_AT,
  signMessage,
  type TsigFields,
  XFER_KEY,
} from '../../../kit/tsig-message.ts';

const QUERY = writeQuery({ id: 0x1234, name: 'www.example.com.', type: 1 });
const REPLY = Uint8Array.from(QUERY).with(2, 0x80).with(3, 9);
const NOW_MS = SIGNED_AT * 1000;

interface Circumstances {
  keys?: readonly TsigKey[];
  policy?: TsigPolicy;
  nowMs?: number;
}

function check(message: Uint8Array, { keys = [XFER_KEY], policy, nowMs }: Circumstances = {}) {
  return checkRequest(message, keyringOf(keys, policy), nowMs ?? NOW_MS);
}

function good(message: Uint8Array, circumstances?: Circumstances): GoodRequest {
  const checked = check(message, circumstances);
  if (checked.kind !== 'good') throw new Error(`the request is ${checked.kind}`);
  return checked;
}

function bad(message: Uint8Array, circumstances?: Circumstances): BadRequest {
  const checked = check(message, circumstances);
  if (checked.kind !== 'bad') throw new Error(`the request is ${checked.kind}`);
  return checked;
}

/** The TSIG record of the reply that goes with an error, whose size was told before. */
function rejected(request: BadRequest) {
  const reply = request.reject(REPLY);
  expect(reply.length - REPLY.length).toBe(request.reserve);
  const found = findTsig(reply);
  if (found === undefined) throw new Error('the rejection has no TSIG');
  return { ...found, owner: formatName(found.owner), algorithm: formatName(found.algorithm) };
}

describe('a signed request', () => {
  it('is good when the MAC, the key and the time are, and comes back without its TSIG', () => {
    const checked = good(signMessage(QUERY));
    expect(checked.message).toEqual(QUERY);
    expect(checked.key).toBe(XFER_KEY);
    expect(checked.mac).toEqual(macOf(QUERY));
  });

  it('may name key and algorithm in any case', () => {
    expect(
      good(signMessage(QUERY, { owner: 'XFER.Example.', algorithm: 'HMAC-sha256.' })).key,
    ).toBe(XFER_KEY);
  });

  it('may have got another id on its way: its own was signed, the reply has the new one', () => {
    const signed = signMessage(QUERY, { originalId: 0x9999 });
    expect(good(signed).message).toEqual(QUERY);
    expect(bad(signMessage(QUERY, { originalId: 0x9999, mac: macOf(QUERY) })).error).toBe(16);
  });

  it('is unsigned without a TSIG record', () => {
    expect(check(QUERY)).toEqual({ kind: 'unsigned' });
  });

  it('is malformed without a key being looked for when TSIG is not the last record', () => {
    const request = bad(signMessage(signMessage(QUERY)));
    expect(request).toMatchObject({ rcode: 1, error: 0, keyName: undefined, reserve: 0 });
    expect(request.reject(REPLY)).toBe(REPLY);
  });

  it('is taken up to its fudge early or late', () => {
    const signed = signMessage(QUERY, { fudge: 60 });
    expect(good(signed, { nowMs: NOW_MS + 60_999 }).kind).toBe('good');
    expect(good(signed, { nowMs: NOW_MS - 60_000 }).kind).toBe('good');
    expect(bad(signed, { nowMs: NOW_MS + 61_000 }).error).toBe(18);
    expect(bad(signed, { nowMs: NOW_MS - 60_001 }).error).toBe(18);
  });

  it('is taken for 300 s at most, however large a fudge it claims', () => {
    const signed = signMessage(QUERY, { fudge: 0xffff });
    expect(good(signed, { nowMs: NOW_MS + 300_999 }).kind).toBe('good');
    expect(bad(signed, { nowMs: NOW_MS + 301_000 }).error).toBe(18);
  });

  // Recorded from dig 9.18.49 and kdig 3.2.6, `-y ALGORITHM:NAME:SECRET www.example.com A`.
  const head = '0120000100000000000';
  const question = '03777777076578616d706c6503636f6d0000010001';
  const cookie = '00002904d000000000000c000a0008';
  const xfer = '0478666572076578616d706c6500';
  const fixed = '00fa00ff00000000';
  const ofSha256 = '0b686d61632d73686132353600';
  it.each<[string, string, TsigKey, TsigPolicy]>([
    [
      'dig',
      `4db5${head}2${question}${cookie}5229aa8e2dff2ca6${xfer}${fixed}003d${ofSha256}0000\
6b02750c012c00206fc380bdbdf8b3cc36671d4f4187dd70f34fd439c2815c05afa5aee11717f4574db500000000`,
      XFER_KEY,
      {},
    ],
    [
      'kdig',
      `f0ed${head}1${question}${xfer}${fixed}005d0b686d61632d736861353132000000\
6b02750d012c004086356437f9f7898c80062fc44a1af3a435b6f4b2d0aa2a7b5f9e25036d95edf1b96a21eb0609176669b0\
65f28f7257b350478f1a7701c5c8dd5b695b06a2a253f0ed00000000`,
      { ...XFER_KEY, algorithm: 'hmac-sha512' },
      {},
    ],
    [
      'dig with a MAC cut to 128 bits',
      `5f80${head}2${question}${cookie}0b3c8bf1d0389af1057472756e6300${fixed}002d${ofSha256}0000\
6b02750e012c0010112de63a34f46d0c1bb776a216b4ba625f8000000000`,
      { ...XFER_KEY, name: parseName('trunc.') },
      { allowsTruncation: true },
    ],
    [
      'dig with MD5',
      `d300${head}1${question}016b00${fixed}003a08686d61632d6d6435077369672d616c670372656703696e7400\
00006b02750f012c00104f8ed9f474495e299eff6cfc1927f5bdd30000000000`,
      { name: parseName('k.'), algorithm: 'hmac-md5', secret: SECRET },
      { allowsMd5: true },
    ],
  ])('of %s is good, and one flipped bit makes it bad', (_, hex, key, policy) => {
    const message = parseHex(hex);
    if (message === undefined) throw new Error('not hexadecimal');
    const circumstances = { keys: [key], policy, nowMs: 0x6b02_750d * 1000 };
    expect(good(message, circumstances).key).toBe(key);
    expect(bad(message.with(20, (message[20] ?? 0) ^ 1), circumstances).error).toBe(16);
  });
});

describe('a request with a bad key', () => {
  const elsewhere: Record<string, TsigFields> = {
    'an unknown name': { owner: 'Other.Key.' },
    'another algorithm': { algorithm: 'hmac-sha1.' },
    'an algorithm that nobody has': { algorithm: 'Hmac-Unheard.Of.' },
  };
  it.each(Object.entries(elsewhere))('is BADKEY for %s, unsigned', (_, fields) => {
    const request = bad(signMessage(QUERY, fields));
    expect(request).toMatchObject({ rcode: 9, error: 17 });
    expect(rejected(request)).toMatchObject({
      owner: fields.owner ?? 'xfer.example.',
      algorithm: fields.algorithm ?? 'hmac-sha256.',
      error: 17,
      originalId: 0x1234,
      timeSigned: SIGNED_AT,
      fudge: 300,
      mac: new Uint8Array(0),
      other: new Uint8Array(0),
    });
  });

  it('is BADKEY for MD5 where the policy does not allow it', () => {
    const keys: TsigKey[] = [{ ...XFER_KEY, algorithm: 'hmac-md5' }];
    const signed = signMessage(QUERY, {}, { key: keys[0] });
    expect(bad(signed, { keys }).error).toBe(17);
    expect(good(signed, { keys, policy: { allowsMd5: true } }).kind).toBe('good');
  });

  it('does not learn whether its time or MAC would have been good', () => {
    const request = bad(signMessage(QUERY, { owner: 'other.', time: 1, mac: Uint8Array.of(1) }));
    expect(request.error).toBe(17);
  });
});

describe('a request with a bad MAC', () => {
  it('is BADSIG, unsigned', () => {
    const request = bad(signMessage(QUERY, { mac: macOf(REPLY) }));
    expect(request).toMatchObject({ rcode: 9, error: 16 });
    expect(formatName(request.keyName ?? parseName('.'))).toBe('xfer.example.');
    expect(rejected(request)).toMatchObject({ error: 16, mac: new Uint8Array(0) });
  });

  it('is BADSIG and not BADTIME when both are wrong', () => {
    expect(bad(signMessage(QUERY, { time: 1, mac: macOf(QUERY) })).error).toBe(16);
  });

  it.each([0, 9, 15, 33])('is malformed when it has %i octets', (size) => {
    const mac = Uint8Array.of(...macOf(QUERY), 0).subarray(0, size);
    expect(bad(signMessage(QUERY, { mac })).rcode).toBe(1);
  });

  it.each([
    ['hmac-sha1', 9, 1],
    ['hmac-sha1', 10, 9],
    ['hmac-sha512', 31, 1],
    ['hmac-sha512', 32, 9],
  ] as const)(
    'of %s is malformed up to half its size: %i octets, rcode %i',
    (algorithm, size, rcode) => {
      const key = { ...XFER_KEY, algorithm };
      const mac = macOf(QUERY, {}, { key }).subarray(0, size);
      expect(bad(signMessage(QUERY, { mac }, { key }), { keys: [key] }).rcode).toBe(rcode);
    },
  );
});

describe('a request at a bad time', () => {
  it('is BADTIME, signed at its own time and with ours', () => {
    const request = bad(signMessage(QUERY, { fudge: 5 }), { nowMs: NOW_MS + 7_200_000 });
    expect(request).toMatchObject({ rcode: 9, error: 18 });
    const other = Uint8Array.from(
      Buffer.from((SIGNED_AT + 7200).toString(16).padStart(12, '0'), 'hex'),
    );
    const said = { error: 18, other, fudge: 5 };
    const mac = macOf(REPLY, said, { priorMac: macOf(QUERY, { fudge: 5 }) });
    expect(rejected(request)).toMatchObject({ ...said, timeSigned: SIGNED_AT, mac });
  });
});

describe('a request with a MAC cut short', () => {
  const mac = macOf(QUERY).subarray(0, 16);

  it('is BADTRUNC, signed with a whole MAC over the cut one', () => {
    const request = bad(signMessage(QUERY, { mac }));
    expect(request).toMatchObject({ rcode: 9, error: 22 });
    const whole = macOf(REPLY, { error: 22 }, { priorMac: mac });
    expect(rejected(request)).toMatchObject({ error: 22, mac: whole });
  });

  it('is good where the policy allows it, down to half the size', () => {
    const policy = { allowsTruncation: true };
    expect(good(signMessage(QUERY, { mac }), { policy }).mac).toEqual(mac);
    const wrong = mac.with(15, (mac[15] ?? 0) ^ 1);
    expect(bad(signMessage(QUERY, { mac: wrong }), { policy }).error).toBe(16);
  });
});
