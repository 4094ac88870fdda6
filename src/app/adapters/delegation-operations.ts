/**
 * What a zone has to be told so that a name of the register is in it as it should be: NS and DS of
 * a delegation (RFC 4034 section 5), A and AAAA of glue. All four types are set or taken away each
 * time, whatever was there, so that saying it twice, or late, does no harm; other types that an
 * operator put there stay.
 */
import { assert } from '#base/assert.ts';
import { concatBytes, parseHex } from '#base/bytes.ts';
import { type Name, parseName } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { Operation } from '#dns/zonedb/change.ts';
import { parseIpAddress } from '#net/ip-address.ts';
import type { Delegation } from '#registry/model/delegation.ts';
import type { DsData } from '#registry/model/domain.ts';
import type { Tld } from '#registry/model/tld.ts';

const IPV4_SIZE = 4;

/** A name of the register, which has no trailing dot. */
export function registerName(name: string): Name {
  return parseName(`${name}.`);
}

/** Four operations on the owner of the delegation. */
export function delegationOperations(
  { owner: name, nameservers, ds, addresses }: Delegation,
  ttl: Tld['ttl'],
): Operation[] {
  const owner = registerName(name);
  const octets = addresses.map(addressOctets);
  const rdatas = {
    [TYPE.NS]: { ttl: ttl.ns, records: nameservers.map(registerName) },
    [TYPE.DS]: { ttl: ttl.ds, records: ds.map(dsOctets) },
    [TYPE.A]: { ttl: ttl.glue, records: octets.filter(({ length }) => length === IPV4_SIZE) },
    [TYPE.AAAA]: { ttl: ttl.glue, records: octets.filter(({ length }) => length > IPV4_SIZE) },
  };
  return Object.entries(rdatas).map(([code, { ttl: seconds, records }]): Operation => {
    const type = Number(code);
    if (records.length === 0) return { kind: 'delete', owner, type };
    const stored = records.map((rdata) => ({ rdata, disabled: false }));
    return { kind: 'replace', owner, type, ttl: seconds, records: stored };
  });
}

/** RFC 4034 section 5.1. */
function dsOctets({ keyTag, algorithm, digestType, digest }: DsData): Uint8Array {
  const octets = parseHex(digest);
  assert(octets !== undefined, 'the register keeps digests as hex');
  return concatBytes([Uint8Array.of(keyTag >>> 8, keyTag & 0xff, algorithm, digestType), octets]);
}

function addressOctets(address: string): Uint8Array {
  const octets = parseIpAddress(address);
  assert(octets !== undefined, 'the register keeps addresses that were read');
  return octets;
}
