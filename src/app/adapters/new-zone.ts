/** A zone as the admin API creates it: what PowerDNS puts in when the request leaves it out. */

import { concatBytes } from '#base/bytes.ts';
import { equalNames, type Name, parseName } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { writeSoa } from '#dns/zone/soa.ts';
import type { Operation } from '#dns/zonedb/change.ts';
import { contentInvalid } from '#http/api/api-error.ts';
import type { NewZone } from '#http/api/ports.ts';
import { readEdit, readName } from './zone-text.ts';

/** Seconds: TTL of a generated SOA and of NS records made from `nameservers`. */
const GENERATED_TTL = 3600;
/** MNAME of a generated SOA: nobody should rely on it. */
const GENERATED_PRIMARY = 'a.misconfigured.dns.server.invalid.';
const HOSTMASTER = new TextEncoder().encode('hostmaster');

/** @throws ApiError as `readEdit` */
export function newZoneOperations(zone: NewZone, apex: Name): Operation[] {
  const operations = zone.rrsets.flatMap((rrset) =>
    readEdit({ ...rrset, change: 'REPLACE' }, apex),
  );
  if (zone.nameservers.length > 0) operations.push(nameserverOperation(zone, apex));
  const hasSoa = operations.some(({ type, owner }) => type === TYPE.SOA && equalNames(owner, apex));
  return hasSoa ? operations : [soaOperation(apex, zone.serial ?? 0), ...operations];
}

function nameserverOperation(zone: NewZone, apex: Name): Operation {
  const records = zone.nameservers.map((target) => {
    const rdata = readName(target);
    if (rdata === undefined) {
      throw contentInvalid({ name: zone.name, type: 'NS' }, target, { why: 'not a domain name' });
    }
    return { rdata, disabled: false };
  });
  return { kind: 'replace', owner: apex, type: TYPE.NS, ttl: GENERATED_TTL, records };
}

function soaOperation(apex: Name, serial: number): Operation {
  const rdata = writeSoa({
    primary: parseName(GENERATED_PRIMARY),
    mailbox: concatBytes([Uint8Array.of(HOSTMASTER.length), HOSTMASTER, apex]),
    serial,
    refresh: 10_800,
    retry: 3600,
    expire: 604_800,
    minimum: 3600,
  });
  const records = [{ rdata, disabled: false }];
  return { kind: 'replace', owner: apex, type: TYPE.SOA, ttl: GENERATED_TTL, records };
}
