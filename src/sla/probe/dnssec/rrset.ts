/**
 * RRsets and their signatures (RFC 4034 section 3, RFC 4035 section 5.3): which records of a
 * message belong together, what of them was signed, and whether a key of the zone signed it. One
 * good signature is enough (RFC 6840 5.11); when there is none, the reason is that of the signature
 * that came closest.
 *
 *   signed = RRSIG RDATA without the signature | for each record in canonical order:
 *            owner | type | class | original TTL | RDLENGTH | RDATA
 */
import { type DnsKey, isKnownAlgorithm, isSignedBy } from './dnskey.ts';
import { formatLabels, isSameLabels, type Labels, wireOf } from './domain-labels.ts';
import { type RawRecord, readName, TYPE } from './raw-message.ts';

/** Why data is bogus: the names are error codes of the probe. */
export type BogusCode =
  | 'dnssec-unsigned'
  | 'dnssec-key-unknown'
  | 'dnssec-signature-invalid'
  | 'dnssec-signature-expired'
  | 'dnssec-signature-early'
  | 'dnssec-key-untrusted'
  | 'dnssec-denial-missing';

/** Why the probe cannot tell. */
export type UncheckableCode = 'dnssec-algorithm' | 'dnssec-iterations';

export type Verdict =
  | { status: 'secure' }
  | { status: 'bogus'; code: BogusCode }
  | { status: 'uncheckable'; code: UncheckableCode };

/** Of one RRset; `expandedFrom` is the wildcard's parent where the records come from a wildcard. */
export type RRsetVerdict =
  | { status: 'secure'; expandedFrom?: Labels }
  | Exclude<Verdict, { status: 'secure' }>;

export interface RRset {
  owner: Labels;
  type: number;
  records: RawRecord[];
  /** RDATA of the RRSIGs that cover it. */
  signatures: Buffer[];
}

/** A zone whose keys were verified. */
export interface ZoneKeys {
  zone: Labels;
  keys: readonly DnsKey[];
}

const SIGNATURE_FIXED_SIZE = 18;
const HALF = 0x8000_0000;
const CLASS_IN = 1;
/** Signatures of one RRset that are tried; each costs a public-key operation. */
const SIGNATURES_MAX = 16;

/** From the least telling reason to the most. */
const REASONS: readonly (BogusCode | UncheckableCode)[] = [
  'dnssec-unsigned',
  'dnssec-key-unknown',
  'dnssec-signature-invalid',
  'dnssec-signature-early',
  'dnssec-signature-expired',
  'dnssec-algorithm',
];

/** The records of a section as RRsets, RRSIGs with what they cover. */
export function groupRRsets(records: readonly RawRecord[]): RRset[] {
  const sets = new Map<string, RRset>();
  const setOf = (owner: Labels, type: number): RRset => {
    const key = `${type} ${formatLabels(owner)}`;
    const present = sets.get(key) ?? { owner, type, records: [], signatures: [] };
    sets.set(key, present);
    return present;
  };
  for (const record of records) {
    const { owner, type, rdata } = record;
    if (type !== TYPE.rrsig) setOf(owner, type).records.push(record);
    else if (rdata.length > SIGNATURE_FIXED_SIZE) {
      setOf(owner, rdata.readUInt16BE(0)).signatures.push(rdata);
    }
  }
  return [...sets.values()].filter((set) => set.records.length > 0);
}

/** Whether a key of `trusted` signed the RRset, at `nowS` (Unix time). */
export function checkRRset(rrset: RRset, trusted: ZoneKeys, nowS: number): RRsetVerdict {
  let reason: BogusCode | UncheckableCode = 'dnssec-unsigned';
  for (const rdata of rrset.signatures.slice(0, SIGNATURES_MAX)) {
    const seen = checkSignature(rrset, rdata, trusted, nowS);
    if (typeof seen !== 'string') return seen;
    if (REASONS.indexOf(seen) > REASONS.indexOf(reason)) reason = seen;
  }
  return reason === 'dnssec-algorithm'
    ? { status: 'uncheckable', code: reason }
    : { status: 'bogus', code: reason as BogusCode };
}

/**
 *   covered (2) | algorithm (1) | labels (1) | original TTL (4) | expiration (4) | inception (4)
 *   | key tag (2) | signer's name | signature
 */
function checkSignature(
  rrset: RRset,
  rdata: Buffer,
  { zone, keys }: ZoneKeys,
  nowS: number,
): Extract<RRsetVerdict, { status: 'secure' }> | BogusCode | UncheckableCode {
  const signer = nameIn(rdata, SIGNATURE_FIXED_SIZE);
  if (signer === undefined || !isSameLabels(signer.labels, zone)) return 'dnssec-key-unknown';
  const algorithm = rdata.readUInt8(2);
  const tag = rdata.readUInt16BE(16);
  const candidates = keys.filter(
    (key) => key.isZoneKey && key.tag === tag && key.algorithm === algorithm,
  );
  if (candidates.length === 0) return 'dnssec-key-unknown';
  // Only a key that the zone really has excuses: else a made-up number would.
  if (!isKnownAlgorithm(algorithm)) return 'dnssec-algorithm';
  const signed = signedOctets(rrset, rdata, signer.end);
  if (signed === undefined) return 'dnssec-signature-invalid';
  const signature = rdata.subarray(signer.end);
  const isGood = candidates.some((key) => isSignedBy(key, signed.octets, signature));
  if (!isGood) return 'dnssec-signature-invalid';
  if (isLater(nowS, rdata.readUInt32BE(8))) return 'dnssec-signature-expired';
  if (isLater(rdata.readUInt32BE(12), nowS)) return 'dnssec-signature-early';
  const { expandedFrom } = signed;
  return { status: 'secure', ...(expandedFrom !== undefined && { expandedFrom }) };
}

function signedOctets(
  rrset: RRset,
  rdata: Buffer,
  signatureAt: number,
): { octets: Buffer; expandedFrom?: Labels } | undefined {
  const isWildcardOwner = rrset.owner[0] === '*';
  const ownLabels = rrset.owner.length - (isWildcardOwner ? 1 : 0);
  const labels = rdata.readUInt8(3);
  if (labels > ownLabels) return undefined;
  const parent = rrset.owner.slice(rrset.owner.length - labels);
  const isExpanded = labels < ownLabels;
  const fixed = Buffer.alloc(8);
  fixed.writeUInt16BE(rrset.type, 0);
  fixed.writeUInt16BE(CLASS_IN, 2);
  fixed.writeUInt32BE(rdata.readUInt32BE(4), 4);
  const head = Buffer.concat([wireOf(isExpanded ? ['*', ...parent] : rrset.owner), fixed]);
  const records = distinctRdata(rrset).map((each) => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(each.length);
    return Buffer.concat([head, length, each]);
  });
  const octets = Buffer.concat([rdata.subarray(0, signatureAt), ...records]);
  return { octets, ...(isExpanded && { expandedFrom: parent }) };
}

/** In canonical order, each once (RFC 4034 6.3). */
function distinctRdata({ records }: RRset): Buffer[] {
  const sorted = records.map(({ rdata }) => rdata).sort((a, b) => Buffer.compare(a, b));
  return sorted.filter((rdata, at) => !sorted[at - 1]?.equals(rdata));
}

/** Serial arithmetic on seconds (RFC 4034 3.1.5): true if `a` is after `b`. */
function isLater(a: number, b: number): boolean {
  const ahead = (a - b) >>> 0;
  return ahead !== 0 && ahead < HALF;
}

function nameIn(rdata: Buffer, at: number): { labels: Labels; end: number } | undefined {
  try {
    return readName(rdata, at);
  } catch {
    return undefined;
  }
}
