/** Members of a catalog zone as operations of a Change: how they come, change and go. */
import { type Name, parseName } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { writeSoa } from '#dns/zone/soa.ts';
import type { Operation } from '#dns/zonedb/change.ts';
import { CATALOG_VERSION, type CatalogMember, prefixName } from './catalog-zone.ts';

/** TTLs mean nothing in a catalog (RFC 9432 section 4.1). */
const TTL = 0;
/** Name of nobody: a catalog is not resolved (section 4). */
const INVALID = 'invalid.';
/** Seconds: how late a secondary is at most that missed NOTIFY, and how long it goes on alone. */
const REFRESH = 300;
const RETRY = 60;
const EXPIRE = 2_147_483_646;

/** Everything that a catalog without members has. @param serial of its first version */
export function newCatalogOperations(apex: Name, serial: number): Operation[] {
  const nobody = parseName(INVALID);
  const times = { refresh: REFRESH, retry: RETRY, expire: EXPIRE, minimum: TTL };
  const soa = writeSoa({ primary: nobody, mailbox: nobody, serial, ...times });
  return [replace(apex, TYPE.SOA, [soa]), replace(apex, TYPE.NS, [nobody]), versionOperation(apex)];
}

export function versionOperation(apex: Name): Operation {
  return replace(prefixName(['version'], apex), TYPE.TXT, [CATALOG_VERSION]);
}

/** The member as it is to be; labels are plain letters and digits. */
export function memberOperations(
  apex: Name,
  { label, zone, groups, coo }: CatalogMember,
): Operation[] {
  const owner = prefixName([label, 'zones'], apex);
  const groupOwner = prefixName(['group'], owner);
  const cooOwner = prefixName(['coo'], owner);
  return [
    replace(owner, TYPE.PTR, [zone]),
    replace(groupOwner, TYPE.TXT, groups.map(textRdata)),
    replace(cooOwner, TYPE.PTR, coo === undefined ? [] : [coo]),
  ];
}

/** Nothing of the member stays. */
export function removalOperations(apex: Name, label: string): Operation[] {
  const owner = prefixName([label, 'zones'], apex);
  return [
    { kind: 'delete', owner, type: TYPE.PTR },
    { kind: 'delete', owner: prefixName(['group'], owner), type: TYPE.TXT },
    { kind: 'delete', owner: prefixName(['coo'], owner), type: TYPE.PTR },
  ];
}

function replace(owner: Name, type: number, rdatas: readonly Uint8Array[]): Operation {
  const records = rdatas.map((rdata) => ({ rdata, disabled: false }));
  return { kind: 'replace', owner, type, ttl: TTL, records };
}

function textRdata(text: string): Uint8Array {
  const octets = Buffer.from(text, 'latin1').subarray(0, 255);
  return Uint8Array.from([octets.length, ...octets]);
}
