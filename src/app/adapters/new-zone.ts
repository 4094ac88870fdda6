/**
 * Whole contents of a zone as the admin API is given them, and what PowerDNS puts in when the
 * request that creates a zone leaves it out: the SOA, and NS records from `nameservers`.
 */
import { concatBytes } from '#base/bytes.ts';
import { equalNames, NAME_SIZE_MAX, type Name, parseName, ROOT } from '#dns/wire/name.ts';
import { RdataWriter } from '#dns/wire/rdata/rdata-writer.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { writeSoa } from '#dns/zone/soa.ts';
import { buildNewZone } from '#dns/zonedb/new-zone.ts';
import { servedRrset } from '#dns/zonedb/served-rrset.ts';
import { parseZonefile } from '#dns/zonefile/parse-zonefile.ts';
import { formatNode } from '#dns/zonefile/zonefile-printer.ts';
import { zonefileOfText } from '#dns/zonefile/zonefile-source.ts';
import { contentInvalid } from '#http/api/api-error.ts';
import type { NewZone } from '#http/api/ports.ts';
import { type ReplaceOperation, readContent, readName } from './zone-text.ts';

/** Seconds: TTL of a generated SOA and of NS records made from `nameservers`. */
const GENERATED_TTL = 3600;
/** MNAME of a generated SOA: nobody should rely on it. */
const GENERATED_PRIMARY = 'a.misconfigured.dns.server.invalid.';
const HOSTMASTER = new TextEncoder().encode('hostmaster');

/** @throws as `readContent` */
export function newZoneOperations(zone: NewZone, apex: Name): ReplaceOperation[] {
  const operations = readContent(zone.rrsets, apex, new RdataWriter());
  if (zone.nameservers.length > 0) operations.push(nameserverOperation(zone, apex));
  const hasSoa = operations.some(({ type, owner }) => type === TYPE.SOA && equalNames(owner, apex));
  return hasSoa ? operations : [soaOperation(apex, zone.serial ?? 0), ...operations];
}

/** The master file of a new zone with what the request leaves to us, behind its last line. */
export async function completeZonefile(
  masterFile: string,
  zone: NewZone,
  apex: Name,
  nowMs: number,
): Promise<string> {
  const hasSoa = await bringsSoa(masterFile, apex);
  const operations = [soaOperation(apex, zone.serial ?? 0)];
  if (zone.nameservers.length > 0) operations.push(nameserverOperation(zone, apex));
  const [node] = await buildNewZone(apex, operations, zone.settings, nowMs);
  const rrsets = node.rrsets
    .filter(({ type }) => !hasSoa || type !== TYPE.SOA)
    .map((stored) => servedRrset(apex, stored))
    .filter((rrset) => rrset !== undefined);
  return rrsets.length === 0 ? masterFile : `${masterFile}\n${formatNode({ owner: apex, rrsets })}`;
}

async function bringsSoa(masterFile: string, apex: Name): Promise<boolean> {
  let hasSoa = false;
  const options = { file: 'zone', origin: apex, includes: false } as const;
  await parseZonefile(zonefileOfText(masterFile), options, {
    record: (owner, type) => {
      hasSoa ||= type === TYPE.SOA && equalNames(owner, apex);
    },
  });
  return hasSoa;
}

function nameserverOperation(zone: NewZone, apex: Name): ReplaceOperation {
  const records = zone.nameservers.map((target) => {
    const rdata = readName(target);
    if (rdata === undefined) {
      throw contentInvalid({ name: zone.name, type: 'NS' }, target, 'not a domain name');
    }
    return { rdata, disabled: false };
  });
  return { kind: 'replace', owner: apex, type: TYPE.NS, ttl: GENERATED_TTL, records };
}

function soaOperation(apex: Name, serial: number): ReplaceOperation {
  const rdata = writeSoa({
    primary: parseName(GENERATED_PRIMARY),
    mailbox: mailboxOf(apex),
    serial,
    refresh: 10_800,
    retry: 3600,
    expire: 604_800,
    minimum: 3600,
  });
  const records = [{ rdata, disabled: false }];
  return { kind: 'replace', owner: apex, type: TYPE.SOA, ttl: GENERATED_TTL, records };
}

/** `hostmaster` in the zone; where the zone's own name leaves no room for it, nobody. */
function mailboxOf(apex: Name): Name {
  const mailbox = concatBytes([Uint8Array.of(HOSTMASTER.length), HOSTMASTER, apex]);
  return mailbox.length <= NAME_SIZE_MAX ? mailbox : ROOT;
}
