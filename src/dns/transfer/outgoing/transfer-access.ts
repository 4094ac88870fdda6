/**
 * Who may transfer a zone: nobody, unless one of these lets him.
 *
 *     nameserver.transfer.allow            addresses, networks, keys, certificates: every zone
 *     zone metadata ALLOW-AXFR-FROM        addresses and networks; AUTO-NS: the addresses of the
 *                                          zone's own name servers
 *     zone metadata TSIG-ALLOW-AXFR        names of TSIG keys
 *     zone settings masterTsigKeyIds       the same, as the admin API has it
 *
 * Beside who asks, `nameserver.transfer.tls: required` wants all of it encrypted (RFC 9103), and
 * what goes over TLS goes over 1.3: the port is that of queries, which may still be of 1.2.
 */
import type { Name } from '#dns/wire/name.ts';
import type { ZoneSettings } from '#dns/zonedb/zone-row.ts';
import { AccessList, AccessListError } from '../access-list.ts';
import type { CheckedRequest } from '../request-router.ts';

export interface TransferRules {
  /** For every zone. */
  allow: AccessList;
  /** Over TLS only. */
  tlsRequired: boolean;
  /** The addresses that AUTO-NS stands for. */
  nameserverAddresses: (apex: Name) => Promise<readonly string[]>;
}

export type TransferPermit =
  /** The entry that lets the asker. */
  { isAllowed: true; by: string } | { isAllowed: false; reason: string };

type Asking = Pick<CheckedRequest, 'peer' | 'key' | 'certificate' | 'transport' | 'tlsVersion'>;

/** RFC 9103 section 7.2: no transfer goes over an older one. */
const TLS_VERSION = 'TLSv1.3';
const AUTO_NS = /^auto-ns$/i;

/** @throws StoreError when AUTO-NS has to be read and cannot be */
export async function permitTransfer(
  rules: TransferRules,
  apex: Name,
  settings: Pick<ZoneSettings, 'metadata' | 'masterTsigKeyIds'>,
  request: Asking,
): Promise<TransferPermit> {
  if (rules.tlsRequired && request.transport !== 'tls') {
    return { isAllowed: false, reason: 'transfers need TLS' };
  }
  if (request.transport === 'tls' && request.tlsVersion !== TLS_VERSION) {
    return { isAllowed: false, reason: 'transfers over TLS need TLS 1.3' };
  }
  const by = rules.allow.match(request) ?? matchZone(settings, request);
  if (by !== undefined) return { isAllowed: true, by };
  if (addressEntries(settings).some((entry) => AUTO_NS.test(entry))) {
    const addresses = await rules.nameserverAddresses(apex);
    if (new AccessList(addresses).allows(request)) return { isAllowed: true, by: 'AUTO-NS' };
  }
  const who = request.key === undefined ? 'this address' : 'this address or key';
  return { isAllowed: false, reason: `${who} is not allowed to transfer the zone` };
}

function matchZone(
  settings: Pick<ZoneSettings, 'metadata' | 'masterTsigKeyIds'>,
  request: Asking,
): string | undefined {
  const keys = [...(settings.metadata['TSIG-ALLOW-AXFR'] ?? []), ...settings.masterTsigKeyIds];
  const entries = [
    ...addressEntries(settings).filter((entry) => !AUTO_NS.test(entry)),
    ...keys.map((key) => `key:${key}`),
  ];
  return new AccessList(entries.filter(isEntry)).match(request);
}

function addressEntries({ metadata }: Pick<ZoneSettings, 'metadata'>): string[] {
  return metadata['ALLOW-AXFR-FROM'] ?? [];
}

/** What is none, and came into the store by whatever way, lets nobody in. */
function isEntry(entry: string): boolean {
  try {
    return !new AccessList([entry]).isEmpty;
  } catch (error) {
    if (error instanceof AccessListError) return false;
    throw error;
  }
}
