/**
 * Where trust begins: DS or DNSKEY records of a zone, as text or from its parent. A zone's keys are
 * trusted when the DNSKEY RRset is signed by a key that one of them names (RFC 4035 section 5.2).
 *
 *   example. DS 12345 13 2 0123...          example. DNSKEY 257 3 13 Base64==
 */
import { type DnsKey, isKnownAlgorithm, keyDigest, readDnsKey } from './dnskey.ts';
import { isSameLabels, type Labels, parseLabels } from './domain-labels.ts';
import { type RawRecord, TYPE } from './raw-message.ts';
import { checkRRset, type RRset, type Verdict, type ZoneKeys } from './rrset.ts';

export interface TrustAnchor {
  zone: Labels;
  type: typeof TYPE.ds | typeof TYPE.dnskey;
  rdata: Buffer;
}

const DS_DIGEST_OFFSET = 4;
const DIGEST_SHA256 = 2;
const DIGEST_SHA384 = 4;
const DIGEST_SIZES: ReadonlyMap<number, number> = new Map([
  [DIGEST_SHA256, 32],
  [DIGEST_SHA384, 48],
]);
/** Keys of one zone that are looked at. */
const KEYS_MAX = 32;

/**
 * One DS or DNSKEY record in master-file form, TTL and class left out or not; `undefined` if the
 * text is none, or names a digest or an algorithm that cannot be checked.
 */
export function parseTrustAnchor(text: string): TrustAnchor | undefined {
  const pattern = /^(\S+)\s+(?:\d+\s+)?(?:IN\s+)?(DS|DNSKEY)\s+(\d+)\s+(\d+)\s+(\d+)\s+(.+)$/is;
  const [, name = '', type = '', first = '', second = '', third = '', rest = ''] =
    pattern.exec(text.trim()) ?? [];
  const zone = name.endsWith('.') ? parseLabels(name) : undefined;
  if (zone === undefined || Number(first) > 0xffff) return undefined;
  if (Number(second) > 0xff || Number(third) > 0xff) return undefined;
  const data = rest.replace(/[\s()]/g, '');
  const isDs = type.toUpperCase() === 'DS';
  const octets = Buffer.from(data, isDs ? 'hex' : 'base64');
  const fixed = Buffer.from([
    Number(first) >> 8,
    Number(first) & 0xff,
    Number(second),
    Number(third),
  ]);
  const rdata = Buffer.concat([fixed, octets]);
  const anchor: TrustAnchor = { zone, type: isDs ? TYPE.ds : TYPE.dnskey, rdata };
  const isWhole = octets.toString(isDs ? 'hex' : 'base64') === (isDs ? data.toLowerCase() : data);
  return isWhole && isCheckable(anchor) ? anchor : undefined;
}

/** The keys of `zone` if an anchor vouches for its DNSKEY RRset; else why not. */
export function trustKeys(
  zone: Labels,
  dnskeys: RRset | undefined,
  anchors: readonly TrustAnchor[],
  nowS: number,
): ZoneKeys | Exclude<Verdict, { status: 'secure' }> {
  const own = anchors.filter((anchor) => isSameLabels(anchor.zone, zone));
  const checkable = own.filter(isCheckable);
  if (own.length > 0 && checkable.length === 0) {
    return { status: 'uncheckable', code: 'dnssec-algorithm' };
  }
  const records = dnskeys?.records.slice(0, KEYS_MAX) ?? [];
  const keys = records.flatMap(({ owner, rdata }) => readDnsKey(owner, rdata) ?? []);
  const vouched = keys.filter(
    (key) => key.isZoneKey && checkable.some((anchor) => vouchesFor(anchor, key)),
  );
  if (dnskeys === undefined || vouched.length === 0) {
    return { status: 'bogus', code: 'dnssec-key-untrusted' };
  }
  const verdict = checkRRset(dnskeys, { zone, keys: vouched }, nowS);
  return verdict.status === 'secure' ? { zone, keys } : verdict;
}

/** The DS records of an RRset as anchors of the zone that owns them. */
export function anchorsOf(records: readonly RawRecord[]): TrustAnchor[] {
  return records.map(({ owner, rdata }) => ({ zone: owner, type: TYPE.ds, rdata }));
}

function vouchesFor({ type, rdata }: TrustAnchor, key: DnsKey): boolean {
  if (type === TYPE.dnskey) return rdata.equals(key.rdata);
  if (rdata.readUInt16BE(0) !== key.tag || rdata[2] !== key.algorithm) return false;
  return keyDigest(key, rdata[3] ?? 0)?.equals(rdata.subarray(DS_DIGEST_OFFSET)) ?? false;
}

function isCheckable({ type, rdata }: TrustAnchor): boolean {
  if (type === TYPE.dnskey) return rdata.length > 4 && isKnownAlgorithm(rdata[3] ?? 0);
  const size = DIGEST_SIZES.get(rdata[3] ?? 0);
  return isKnownAlgorithm(rdata[2] ?? 0) && rdata.length === DS_DIGEST_OFFSET + (size ?? -1);
}
