/**
 * Signed messages made without the server's own code: every field of a TSIG record in the test's
 * hand, and a second reading of RFC 8945 section 4.3 to make its MAC.
 */
import { createHmac } from 'node:crypto';
import type { TsigKey, TsigKeyring, TsigPolicy } from '#dns/tsig/tsig-key.ts';
import { formatName, nameKey } from '#dns/wire/name.ts';
import { nameOctets } from './dns-query.ts';

/** 2026-11-22T05:32:28Z, seconds. */
export const SIGNED_AT = 1_795_325_548;

/** The secret that the recorded messages of these tests are signed with. */
export const SECRET = Uint8Array.from(Buffer.from('01234567890123456789012345678901'));

export const XFER_KEY: TsigKey = {
  name: Uint8Array.from(nameOctets('xfer.example.')),
  algorithm: 'hmac-sha256',
  secret: SECRET,
};

export function keyringOf(keys: readonly TsigKey[], policy: TsigPolicy = {}): TsigKeyring {
  const byName = new Map(keys.map((key) => [nameKey(key.name), key]));
  return { find: (name) => byName.get(nameKey(name)), policy };
}

/** All of a TSIG record; what is left out is as it should be for XFER_KEY at SIGNED_AT. */
export interface TsigFields {
  owner?: string;
  /** The owner's octets, where they are not a plain name. */
  ownerOctets?: readonly number[];
  rrclass?: number;
  ttl?: number;
  algorithm?: string;
  time?: number;
  fudge?: number;
  mac?: Uint8Array;
  originalId?: number;
  error?: number;
  other?: Uint8Array;
}

export interface Digested {
  key?: TsigKey;
  /** The request's MAC, or that of the message before. */
  priorMac?: Uint8Array;
  /** Only the timers, as from a stream's second message on. */
  isTimersOnly?: boolean;
}

/** The MAC that a message with these fields should have; the message is without TSIG. */
export function macOf(message: Uint8Array, fields: TsigFields = {}, digested: Digested = {}) {
  const { key = XFER_KEY, priorMac, isTimersOnly = false } = digested;
  const { time = SIGNED_AT, fudge = 300, error = 0, other = new Uint8Array(0) } = fields;
  const hmac = createHmac(key.algorithm.replace('hmac-', ''), key.secret);
  if (priorMac !== undefined) hmac.update(Buffer.concat([u16(priorMac.length), priorMac]));
  const id = fields.originalId ?? Buffer.from(message).readUInt16BE(0);
  hmac.update(Buffer.concat([u16(id), message.subarray(2)]));
  const timers = Buffer.concat([u48(time), u16(fudge)]);
  if (isTimersOnly) return Uint8Array.from(hmac.update(timers).digest());
  const owner = (fields.owner ?? formatName(key.name)).toLowerCase();
  const algorithm = (fields.algorithm ?? nameOfAlgorithm(key)).toLowerCase();
  hmac.update(Buffer.from([...nameOctets(owner), 0, 255, 0, 0, 0, 0, ...nameOctets(algorithm)]));
  hmac.update(Buffer.concat([timers, u16(error), u16(other.length), other]));
  return Uint8Array.from(hmac.digest());
}

/** The message with the record behind it; its MAC is a right one where none is given. */
export function signMessage(message: Uint8Array, fields: TsigFields = {}, digested: Digested = {}) {
  const { key = XFER_KEY } = digested;
  const { rrclass = 255, ttl = 0, time = SIGNED_AT, fudge = 300, error = 0 } = fields;
  const other = fields.other ?? new Uint8Array(0);
  const mac = fields.mac ?? macOf(message, fields, digested);
  const id = fields.originalId ?? Buffer.from(message).readUInt16BE(0);
  const rdata = Buffer.concat([
    Buffer.from(nameOctets(fields.algorithm ?? nameOfAlgorithm(key))),
    Buffer.concat([u48(time), u16(fudge), u16(mac.length), mac]),
    Buffer.concat([u16(id), u16(error), u16(other.length), other]),
  ]);
  const owner = fields.ownerOctets ?? nameOctets(fields.owner ?? formatName(key.name));
  const head = [u16(250), u16(rrclass), u16(ttl >>> 16), u16(ttl & 0xffff), u16(rdata.length)];
  return withRecord(message, Buffer.concat([Buffer.from(owner), ...head, rdata]));
}

/** The message with one more additional record. */
export function withRecord(message: Uint8Array, record: Uint8Array): Uint8Array {
  const whole = Buffer.concat([message, record]);
  whole.writeUInt16BE(whole.readUInt16BE(10) + 1, 10);
  return Uint8Array.from(whole);
}

function nameOfAlgorithm({ algorithm }: TsigKey): string {
  return algorithm === 'hmac-md5' ? 'hmac-md5.sig-alg.reg.int.' : `${algorithm}.`;
}

function u16(value: number): Buffer {
  return Buffer.from([(value >>> 8) & 0xff, value & 0xff]);
}

function u48(value: number): Buffer {
  const octets = Buffer.alloc(6);
  octets.writeUIntBE(value, 0, 6);
  return octets;
}
