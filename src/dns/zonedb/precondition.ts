/**
 * Whether a zone is as a change demands: its serial, its version, and the prerequisites of RFC 2136
 * section 3.2, in the order in which they were given. Only what clients are served counts.
 */
import { formatName, isAtOrBelow } from '#dns/wire/name.ts';
import { canonicalOrder, compareRdatas } from '#dns/zone/canonical-order.ts';
import {
  ChangeError,
  type ChangeErrorDetail,
  type Precondition,
  type Prerequisite,
} from './change.ts';
import { formatPlace, isServed } from './stored-rrset.ts';
import type { ZoneDraft } from './zone-draft.ts';
import type { ZoneRow } from './zone-row.ts';

/** @throws ChangeError PRECONDITION_FAILED with what failed in its detail */
export function checkPrecondition(
  draft: ZoneDraft,
  zone: ZoneRow,
  { serial, version, prerequisites = [] }: Precondition,
): void {
  const name = formatName(zone.apex);
  if (serial !== undefined && serial !== zone.serial) {
    throw failed(`zone ${name} has serial ${zone.serial}, not ${serial}`, { serial: zone.serial });
  }
  if (version !== undefined && version !== zone.version) {
    throw failed(`zone ${name} has version ${zone.version}, not ${version}`, {
      version: zone.version,
    });
  }
  for (const [index, prerequisite] of prerequisites.entries()) {
    const rcode = prerequisiteRcode(draft, prerequisite);
    if (rcode === undefined) continue;
    const { owner } = prerequisite;
    const place =
      'type' in prerequisite ? formatPlace(owner, prerequisite.type) : formatName(owner);
    const detail = { prerequisite: index, rcode };
    throw failed(`prerequisite ${prerequisite.kind} of ${place} fails (${rcode})`, detail);
  }
}

function failed(message: string, detail: ChangeErrorDetail): ChangeError {
  return new ChangeError('PRECONDITION_FAILED', message, detail);
}

/** What the prerequisite fails with; `undefined`: it is met. */
function prerequisiteRcode(
  draft: ZoneDraft,
  prerequisite: Prerequisite,
): ChangeErrorDetail['rcode'] {
  const { owner } = prerequisite;
  if (!isAtOrBelow(owner, draft.apex)) return 'NOTZONE';
  const served = draft.node(owner).rrsets.filter(isServed);
  switch (prerequisite.kind) {
    case 'name-in-use':
      return served.length > 0 ? undefined : 'NXDOMAIN';
    case 'name-not-in-use':
      return served.length === 0 ? undefined : 'YXDOMAIN';
    default:
  }
  const { type } = prerequisite;
  const rrset = served.find((candidate) => candidate.type === type);
  if (prerequisite.kind === 'rrset-missing') return rrset === undefined ? undefined : 'YXRRSET';
  if (rrset === undefined) return 'NXRRSET';
  if (prerequisite.kind !== 'rrset-equals') return undefined;
  // Stored records are in canonical order already.
  const wanted = canonicalOrder(type, prerequisite.rdatas, (rdata) => rdata);
  const found = rrset.records.filter((record) => !record.disabled);
  const same =
    found.length === wanted.length &&
    found.every(({ rdata }, index) => compareRdatas(type, rdata, wanted[index]) === 0);
  return same ? undefined : 'NXRRSET';
}
