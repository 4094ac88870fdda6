/**
 * What commands on domains bring, as XML (RFC 5731 section 3), and what extensions add to it: DS
 * records (RFC 5910), grace periods (RFC 3915) and fees (encode-fee.ts).
 */
import { formatInstant } from '#base/clock.ts';
import type { Domain, DsData, RgpStatus } from '#registry/model/domain.ts';
import type {
  DomainChecked,
  DomainData,
  DomainInformation,
  DomainTransferred,
} from '#registry/model/domain-commands.ts';
import type { PendingActionResult } from '#registry/model/poll.ts';
import { shownDomainStatuses } from '#registry/model/shown-status.ts';
import { encodeFee, encodeFeeCheck } from './encode-fee.ts';
import {
  type Extended,
  encodeChecked,
  encodeStatuses,
  encodeTransfer,
  instant,
} from './encode-object.ts';
import { NAMESPACE } from './namespaces.ts';
import { type Xml, xml, xmlObject, xmlText } from './xml-writer.ts';

/** `maxOccurs` of `<status>` in the schema. */
const STATUSES_MAX = 11;

export function encodeDomainData(data: DomainData): Extended {
  switch (data.kind) {
    case 'domain:check':
      return encodeCheck(data);
    case 'domain:info':
      return encodeDomainInformation(data);
    case 'domain:create': {
      const { name, createdAtMs, expiresAtMs, fee } = data;
      const created = instant('domain:crDate', createdAtMs);
      const expires = instant('domain:exDate', expiresAtMs);
      const creation = xmlObject('domain:creData', xml('domain:name', {}, name), created, expires);
      return { data: creation, extensions: [encodeFee('creData', fee)] };
    }
    case 'domain:renew': {
      const { name, expiresAtMs, fee } = data;
      const expires = instant('domain:exDate', expiresAtMs);
      const renewal = xmlObject('domain:renData', xml('domain:name', {}, name), expires);
      return { data: renewal, extensions: [encodeFee('renData', fee)] };
    }
    case 'domain:transfer': {
      const { fee } = data;
      const transfer = encodeDomainTransfer(data);
      return { data: transfer, extensions: fee ? [encodeFee('trnData', fee)] : [] };
    }
    case 'domain:update': {
      const { rgp = [], fee } = data;
      const extensions = [
        ...(rgp.length > 0 ? [encodeRgp('rgp:upData', rgp)] : []),
        ...(fee ? [encodeFee('updData', fee)] : []),
      ];
      return { extensions };
    }
    default: {
      const { refund } = data;
      return { extensions: refund ? [encodeFee('delData', refund)] : [] };
    }
  }
}

function encodeCheck({ domains }: DomainChecked): Extended {
  return {
    data: encodeChecked('domain', 'name', domains),
    extensions: domains.some(({ fees }) => fees !== undefined) ? [encodeFeeCheck(domains)] : [],
  };
}

export function encodeDomainTransfer({ name, transfer }: DomainTransferred): Xml {
  const fields = encodeTransfer('domain', transfer);
  const expires = instant('domain:exDate', transfer.expiresAtMs);
  return xmlObject('domain:trnData', xml('domain:name', {}, name), fields, expires);
}

export function encodeDomainInformation(domain: DomainInformation): Extended {
  const { name, roid, statuses, contacts, nameservers, subordinates, sponsor, ds, rgp } = domain;
  const data = xmlObject(
    'domain:infData',
    xml('domain:name', {}, name),
    xml('domain:roid', {}, roid),
    encodeStatuses('domain', statuses.slice(0, STATUSES_MAX)),
    xmlText('domain:registrant', domain.registrant),
    contacts.map(({ role, id }) => xml('domain:contact', { type: role }, id)),
    nameservers.length > 0 &&
      xml('domain:ns', {}, ...nameservers.map((host) => xml('domain:hostObj', {}, host))),
    subordinates.map((host) => xml('domain:host', {}, host)),
    xml('domain:clID', {}, sponsor),
    xmlText('domain:crID', domain.createdBy),
    instant('domain:crDate', domain.createdAtMs),
    xmlText('domain:upID', domain.updatedBy),
    instant('domain:upDate', domain.updatedAtMs),
    instant('domain:exDate', domain.expiresAtMs),
    instant('domain:trDate', domain.transferredAtMs),
  );
  const extensions = [
    ...(ds.length > 0 ? [encodeDs(ds)] : []),
    ...(rgp.length > 0 ? [encodeRgp('rgp:infData', rgp)] : []),
  ];
  return { data, extensions };
}

/** A domain as poll messages carry it, without what lies under it. */
export function encodeStoredDomain(domain: Domain): Extended {
  const { periods: _periods, transfer: _transfer, authInfo: _authInfo, ...kept } = domain;
  const statuses = shownDomainStatuses(domain);
  return encodeDomainInformation({
    ...kept,
    kind: 'domain:info',
    statuses,
    subordinates: [],
    rgp: [],
  });
}

/** Outcome of a command that had been answered 1001 (RFC 5731 section 3.3). */
export function encodePendingAction(result: PendingActionResult): Xml {
  const { name, succeeded, clTrid, svTrid, atMs } = result;
  return xmlObject(
    'domain:panData',
    xml('domain:name', { paResult: succeeded }, name),
    xml(
      'domain:paTRID',
      {},
      // Of the protocol's own namespace, whose elements have no prefix in what we send.
      clTrid !== undefined && xml('clTRID', { xmlns: NAMESPACE.epp }, clTrid),
      xml('svTRID', { xmlns: NAMESPACE.epp }, svTrid),
    ),
    xml('domain:paDate', {}, formatInstant(atMs)),
  );
}

function encodeDs(ds: readonly DsData[]): Xml {
  const records = ds.map(({ keyTag, algorithm, digestType, digest }) =>
    xml(
      'secDNS:dsData',
      {},
      xml('secDNS:keyTag', {}, String(keyTag)),
      xml('secDNS:alg', {}, String(algorithm)),
      xml('secDNS:digestType', {}, String(digestType)),
      xml('secDNS:digest', {}, digest),
    ),
  );
  return xmlObject('secDNS:infData', ...records);
}

function encodeRgp(name: string, statuses: readonly RgpStatus[]): Xml {
  return xmlObject(name, ...statuses.map((status) => xml('rgp:rgpStatus', { s: status })));
}
