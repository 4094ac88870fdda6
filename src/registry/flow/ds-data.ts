/**
 * DS records that registrars send (RFC 5910 section 4): numbers in their ranges, algorithms that
 * IANA lists for signing zones, digests of the length that their type gives. What is kept has
 * upper-case hex, so that the same record sent otherwise is the same.
 */
import type { DsData } from '#registry/model/domain.ts';
import type { DsChange } from '#registry/model/domain-commands.ts';
import { RESULT, RegistryError, type ResultCode } from '#registry/model/result.ts';

/** IANA's DNSSEC algorithm numbers that sign zones; private and reserved ones are not taken. */
const ALGORITHMS: ReadonlySet<number> = new Set([3, 5, 6, 7, 8, 10, 12, 13, 14, 15, 16, 17, 23]);

/** Octets of a digest, by IANA's type: SHA-1, SHA-256, GOST R 34.11-94, SHA-384. */
const DIGEST_OCTETS: Readonly<Record<number, number>> = { 1: 20, 2: 32, 3: 32, 4: 48 };

/**
 * A domain's DS records after an update: what is removed goes first (RFC 5910 section 5.2.5).
 * @param max the TLD's limit
 * @throws RegistryError 2004, 2005 for data that no DS record has, 2306 for one that is there
 *   already, not there to remove, sent twice, or one too many
 */
export function changeDs(current: readonly DsData[], change: DsChange, max: number): DsData[] {
  const kept = new Map(current.map((ds) => [dsText(ds), ds]));
  if (change.remove === 'all') kept.clear();
  else {
    for (const ds of change.remove.map(checkDs)) {
      if (!kept.delete(dsText(ds))) throw refuse(RESULT.policy, 'is not there to remove', ds);
    }
  }
  for (const ds of change.add.map(checkDs)) {
    const text = dsText(ds);
    if (kept.has(text)) throw refuse(RESULT.policy, 'is there already', ds);
    kept.set(text, ds);
  }
  if (kept.size > max && change.add.length > 0) {
    const offender = { element: 'secDNS:dsData', text: '' };
    throw new RegistryError(RESULT.policy, `a name has at most ${max} DS records here`, offender);
  }
  return [...kept.values()];
}

function checkDs(ds: DsData): DsData {
  const { keyTag, algorithm, digestType } = ds;
  const digest = ds.digest.toUpperCase();
  if (!isWithin(keyTag, 65_535)) {
    throw outOfRange('secDNS:keyTag', keyTag, 'a key tag is 0 to 65535');
  }
  if (!isWithin(algorithm, 255) || !ALGORITHMS.has(algorithm)) {
    throw outOfRange('secDNS:alg', algorithm, 'no algorithm that signs zones');
  }
  const octets = DIGEST_OCTETS[digestType];
  if (octets === undefined) {
    throw outOfRange('secDNS:digestType', digestType, 'no digest type that is known');
  }
  if (!/^[0-9A-F]+$/.test(digest) || digest.length !== octets * 2) {
    const why = `a digest of type ${digestType} has ${octets * 2} hexadecimal digits`;
    const offender = { element: 'secDNS:digest', text: ds.digest.slice(0, 256) };
    throw new RegistryError(RESULT.parameterSyntax, why, offender);
  }
  return { keyTag, algorithm, digestType, digest };
}

function isWithin(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}

function outOfRange(element: string, value: number, reason: string): RegistryError {
  return new RegistryError(RESULT.parameterRange, reason, { element, text: String(value) });
}

function refuse(result: ResultCode, what: string, ds: DsData): RegistryError {
  const text = dsText(ds);
  return new RegistryError(result, `DS ${text} ${what}`, { element: 'secDNS:dsData', text });
}

/** As in a zone file. */
function dsText({ keyTag, algorithm, digestType, digest }: DsData): string {
  return `${keyTag} ${algorithm} ${digestType} ${digest}`;
}
