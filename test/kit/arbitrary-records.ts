/**
 * Names, RDATA and records for property tests, made from their wire form. Every type of the
 * registry is here; a test of the kit's users fails when one is missing.
 */
import * as fc from 'fast-check';
import { concatBytes } from '#base/bytes.ts';
import type { Name } from '#dns/wire/name.ts';
import { buildTypeBitmap } from '#dns/wire/rdata/fields/type-bitmap.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { ResourceRecord } from '#dns/wire/record.ts';

type Bytes = fc.Arbitrary<Uint8Array>;

const octets = (minLength: number, maxLength = minLength): Bytes =>
  fc.uint8Array({ minLength, maxLength });

const joined = (...parts: Bytes[]): Bytes => fc.tuple(...parts).map(concatBytes);

const withLength = (bytes: Bytes): Bytes =>
  bytes.map((content) => concatBytes([Uint8Array.of(content.length), content]));

const label = withLength(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom('a', 'B', 'www', 'ns1', '*').map((text) => Buffer.from(text)),
    },
    { weight: 2, arbitrary: octets(1, 6) },
    { weight: 1, arbitrary: octets(63) },
  ),
);

/** At most 4 labels, so never over 255 octets; any octet in a label. */
export const arbitraryName: fc.Arbitrary<Name> = fc
  .array(label, { maxLength: 3 })
  .chain((labels) =>
    fc
      .constantFrom('example', 'test')
      .map((top) =>
        concatBytes([...labels, Uint8Array.of(top.length), Buffer.from(top), Uint8Array.of(0)]),
      ),
  );

const string = withLength(fc.oneof(octets(0, 12), octets(255)));
const salt = withLength(octets(0, 8));
const types = fc.uniqueArray(fc.nat(0xffff), { maxLength: 5 });
const bitmap = types.map(buildTypeBitmap);
const fullBitmap = types.map((some) => buildTypeBitmap([1, ...some]));

const digest = fc.oneof(
  joined(fc.constant(Uint8Array.of(1)), octets(20)),
  joined(fc.constant(Uint8Array.of(2)), octets(32)),
  joined(fc.constant(Uint8Array.of(99)), octets(1, 9)),
);

const u16 = (value: number): Uint8Array => Uint8Array.of(value >>> 8, value);

const svcParam = fc.oneof(
  fc.tuple(fc.constant(1), joined(withLength(octets(1, 5)), withLength(octets(1, 5)))),
  fc.tuple(fc.constant(3), octets(2)),
  fc.tuple(fc.constant(4), octets(8)),
  fc.tuple(fc.constant(5), octets(1, 9)),
  fc.tuple(fc.constant(6), octets(16)),
  fc.tuple(fc.constant(7), octets(1, 9)),
  fc.tuple(fc.constant(8), octets(0)),
  fc.tuple(fc.constant(10), fc.oneof(octets(0), withLength(octets(1, 5)))),
  fc.tuple(fc.constant(11), octets(0)),
  fc.tuple(fc.integer({ min: 12, max: 65_534 }), octets(0, 9)),
);

const svcParams: Bytes = fc
  .uniqueArray(svcParam, { selector: ([key]) => key, maxLength: 5 })
  .map((params) => {
    const keys = params.map(([key]) => key).toSorted((a, b) => a - b);
    const all: [number, Uint8Array][] = [...params];
    if (keys.length > 0) all.push([0, concatBytes(keys.map(u16))]);
    if (keys.includes(1)) all.push([2, new Uint8Array(0)]);
    all.sort(([a], [b]) => a - b);
    return concatBytes(all.flatMap(([key, value]) => [u16(key), u16(value.length), value]));
  });

/** An octet of LOC's sizes: two decimal digits, no power of zero. */
const sphere = fc
  .tuple(fc.nat(9), fc.nat(9))
  .map(([mantissa, exponent]) => Uint8Array.of(mantissa === 0 ? 0 : (mantissa << 4) | exponent));

const angle = (degrees: number): Bytes =>
  fc.integer({ min: -degrees * 3_600_000, max: degrees * 3_600_000 }).map((ms) => {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, 0x8000_0000 + ms);
    return bytes;
  });

const tag = withLength(
  fc.constantFrom('issue', 'IODEF', 'x1').map((text) => new Uint8Array(Buffer.from(text))),
);

const strings = fc.array(string, { minLength: 1, maxLength: 4 }).map(concatBytes);
const names = fc.array(arbitraryName, { maxLength: 3 }).map(concatBytes);
const byte = (value: number): Bytes => fc.constant(Uint8Array.of(value));

const digits = (minLength: number): Bytes =>
  fc
    .array(fc.constantFrom(...Buffer.from('0123456789')), { minLength, maxLength: 12 })
    .map((codes) => Uint8Array.from(codes));

/** Flags that announce a key or not, protocol, algorithm, key. */
const key = fc.oneof(joined(byte(0x41), octets(3), octets(1, 32)), joined(byte(0xc0), octets(3)));

/** A gateway type with its gateway; the last is a type that nobody has registered. */
const gateway: fc.Arbitrary<[number, Bytes]> = fc.constantFrom<[number, Bytes][]>(
  [0, octets(0)],
  [1, octets(4)],
  [2, octets(16)],
  [3, arbitraryName],
  [9, octets(0, 9)],
);

const ipseckey = gateway.chain(([type, bytes]) =>
  joined(octets(1), byte(type), octets(1), bytes, type === 9 ? octets(0) : octets(0, 20)),
);
const amtrelay = gateway.chain(([type, bytes]) =>
  joined(octets(1), fc.constantFrom(Uint8Array.of(type), Uint8Array.of(0x80 | type)), bytes),
);

const hip = fc
  .tuple(octets(1, 16), octets(1), octets(1, 40), names)
  .map(([hit, algorithm, publicKey, servers]) =>
    concatBytes([
      Uint8Array.of(hit.length),
      algorithm,
      u16(publicKey.length),
      hit,
      publicKey,
      servers,
    ]),
  );

const addressPrefix = fc
  .tuple(fc.constantFrom(1, 2, 3), fc.nat(32), fc.boolean(), octets(0, 3))
  .map(([family, prefix, isNegated, address]) => {
    const significant = concatBytes([address, Uint8Array.of(7)]);
    const length = significant.length | (isNegated ? 0x80 : 0);
    return concatBytes([u16(family), Uint8Array.of(prefix, length), significant]);
  });

const a6 = fc.integer({ min: 0, max: 128 }).chain((prefix) => {
  const size = 16 - (prefix >>> 3);
  const suffix = octets(size).map((some) => {
    const bits = Uint8Array.from(some);
    if (size > 0) bits[0] &= 0xff >>> (prefix & 7);
    return bits;
  });
  return joined(byte(prefix), suffix, prefix === 0 ? octets(0) : arbitraryName);
});

/** A bitmap without trailing zero octets; bit 0 is not set. */
const flatBitmap = fc.oneof(octets(0), joined(byte(0x12), octets(0, 8), byte(0x40)));

const zonemdDigest = fc.oneof(
  joined(byte(1), octets(48)),
  joined(byte(2), octets(64)),
  joined(byte(240), octets(12, 20)),
);

/** Valid uncompressed RDATA by type. */
export const ARBITRARY_RDATA: ReadonlyMap<number, Bytes> = new Map([
  [TYPE.A, octets(4)],
  [TYPE.NS, arbitraryName],
  [TYPE.CNAME, arbitraryName],
  [TYPE.SOA, joined(arbitraryName, arbitraryName, octets(20))],
  [TYPE.PTR, arbitraryName],
  [TYPE.HINFO, joined(string, string)],
  [TYPE.MX, joined(octets(2), arbitraryName)],
  [TYPE.TXT, fc.array(string, { minLength: 1, maxLength: 4 }).map(concatBytes)],
  [TYPE.RP, joined(arbitraryName, arbitraryName)],
  [TYPE.AAAA, octets(16)],
  [
    TYPE.LOC,
    joined(fc.constant(Uint8Array.of(0)), sphere, sphere, sphere, angle(90), angle(180), octets(4)),
  ],
  [TYPE.SRV, joined(octets(6), arbitraryName)],
  [TYPE.NAPTR, joined(octets(4), string, string, string, arbitraryName)],
  [TYPE.DNAME, arbitraryName],
  [TYPE.DS, joined(octets(3), digest)],
  [TYPE.SSHFP, joined(octets(1), digest)],
  [TYPE.RRSIG, joined(octets(18), arbitraryName, octets(1, 64))],
  [TYPE.NSEC, joined(arbitraryName, fullBitmap)],
  [TYPE.DNSKEY, joined(octets(4), octets(1, 64))],
  [TYPE.NSEC3, joined(octets(4), salt, withLength(octets(20)), bitmap)],
  [TYPE.NSEC3PARAM, joined(octets(4), salt)],
  [TYPE.TLSA, joined(octets(3), octets(1, 32))],
  [TYPE.CDS, joined(octets(3), digest)],
  [TYPE.CDNSKEY, joined(octets(4), octets(1, 64))],
  [TYPE.SVCB, joined(octets(2), arbitraryName, svcParams)],
  [TYPE.HTTPS, joined(octets(2), arbitraryName, svcParams)],
  [TYPE.SPF, fc.array(string, { minLength: 1, maxLength: 4 }).map(concatBytes)],
  [TYPE.URI, joined(octets(4), octets(1, 20))],
  [TYPE.CAA, joined(octets(1), tag, octets(0, 20))],
  [TYPE.MD, arbitraryName],
  [TYPE.MF, arbitraryName],
  [TYPE.MB, arbitraryName],
  [TYPE.MG, arbitraryName],
  [TYPE.MR, arbitraryName],
  [TYPE.WKS, joined(octets(5), flatBitmap)],
  [TYPE.MINFO, joined(arbitraryName, arbitraryName)],
  [TYPE.AFSDB, joined(octets(2), arbitraryName)],
  [TYPE.X25, withLength(digits(4))],
  [TYPE.ISDN, fc.oneof(string, joined(string, string))],
  [TYPE.RT, joined(octets(2), arbitraryName)],
  [TYPE.NSAP, octets(1, 20)],
  [TYPE['NSAP-PTR'], arbitraryName],
  [TYPE.SIG, joined(octets(18), arbitraryName, octets(1, 64))],
  [TYPE.KEY, key],
  [TYPE.PX, joined(octets(2), arbitraryName, arbitraryName)],
  [TYPE.GPOS, joined(string, string, string)],
  [TYPE.NXT, joined(arbitraryName, flatBitmap)],
  [TYPE.EID, octets(1, 20)],
  [TYPE.NIMLOC, octets(1, 20)],
  [
    TYPE.ATMA,
    fc.oneof(
      joined(byte(0), octets(1, 20)),
      joined(byte(1), digits(1)),
      joined(byte(2), octets(4)),
    ),
  ],
  [TYPE.KX, joined(octets(2), arbitraryName)],
  [TYPE.CERT, joined(octets(5), octets(1, 40))],
  [TYPE.A6, a6],
  [TYPE.SINK, octets(3, 20)],
  [TYPE.APL, fc.array(addressPrefix, { maxLength: 4 }).map(concatBytes)],
  [TYPE.IPSECKEY, ipseckey],
  [TYPE.DHCID, octets(1, 40)],
  [TYPE.SMIMEA, joined(octets(3), octets(1, 32))],
  [TYPE.HIP, hip],
  [TYPE.NINFO, strings],
  [TYPE.RKEY, joined(fc.constant(u16(0)), octets(2), octets(1, 32))],
  [TYPE.TALINK, joined(arbitraryName, arbitraryName)],
  [TYPE.OPENPGPKEY, octets(1, 40)],
  [TYPE.CSYNC, joined(octets(6), bitmap)],
  [TYPE.ZONEMD, joined(octets(5), zonemdDigest)],
  [TYPE.DSYNC, joined(octets(5), arbitraryName)],
  [TYPE.HHIT, octets(1, 40)],
  [TYPE.BRID, octets(1, 40)],
  [TYPE.NID, octets(10)],
  [TYPE.L32, octets(6)],
  [TYPE.L64, octets(10)],
  [TYPE.LP, joined(octets(2), arbitraryName)],
  [TYPE.EUI48, octets(6)],
  [TYPE.EUI64, octets(8)],
  [TYPE.AVC, strings],
  [TYPE.DOA, joined(octets(9), string, octets(0, 20))],
  [TYPE.AMTRELAY, amtrelay],
  [TYPE.RESINFO, strings],
  [TYPE.WALLET, strings],
  [TYPE.CLA, strings],
  [TYPE.IPN, octets(8)],
  [TYPE.TA, joined(octets(3), digest)],
  [TYPE.DLV, joined(octets(3), digest)],
  [65_280, octets(0, 20)],
]);

/** A type with RDATA of it. */
export const arbitraryTypedRdata: fc.Arbitrary<{ type: number; rdata: Uint8Array }> = fc
  .constantFrom(...ARBITRARY_RDATA)
  .chain(([type, bytes]) => bytes.map((rdata) => ({ type, rdata })));

/** A record of class IN. */
export const arbitraryRecord: fc.Arbitrary<ResourceRecord> = fc
  .tuple(arbitraryName, arbitraryTypedRdata, fc.nat(0x7fff_ffff))
  .map(([owner, { type, rdata }, ttl]) => ({ owner, type, class: 1, ttl, rdata }));
