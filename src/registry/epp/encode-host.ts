/** What commands on hosts bring, as XML (RFC 5732 section 3). */
import type { Host } from '#registry/model/host.ts';
import type { HostData } from '#registry/model/host-commands.ts';
import { shownHostStatuses } from '#registry/model/shown-status.ts';
import type { SetStatus } from '#registry/model/status.ts';
import { type Extended, encodeChecked, encodeStatuses, instant } from './encode-object.ts';
import { type Xml, xml, xmlObject, xmlText } from './xml-writer.ts';

/** `maxOccurs` of `<status>` in the schema. */
const STATUSES_MAX = 7;

export function encodeHostData(data: HostData): Extended {
  switch (data.kind) {
    case 'host:check':
      return { data: encodeChecked('host', 'name', data.hosts), extensions: [] };
    case 'host:info':
      return { data: encodeInformation(data.host, data.statuses), extensions: [] };
    case 'host:create': {
      const created = instant('host:crDate', data.createdAtMs);
      const name = xml('host:name', {}, data.name);
      return { data: xmlObject('host:creData', name, created), extensions: [] };
    }
    default:
      return { extensions: [] };
  }
}

/** A host as poll messages carry it: whether something uses it is not told. */
export function encodeStoredHost(host: Host): Extended {
  return { data: encodeInformation(host, shownHostStatuses(host.statuses, false)), extensions: [] };
}

function encodeInformation(host: Host, statuses: readonly SetStatus<string>[]): Xml {
  return xmlObject(
    'host:infData',
    xml('host:name', {}, host.name),
    xml('host:roid', {}, host.roid),
    encodeStatuses('host', statuses.slice(0, STATUSES_MAX)),
    host.addresses.map((address) =>
      xml('host:addr', { ip: address.includes(':') ? 'v6' : 'v4' }, address),
    ),
    xml('host:clID', {}, host.sponsor),
    xml('host:crID', {}, host.createdBy),
    instant('host:crDate', host.createdAtMs),
    xmlText('host:upID', host.updatedBy),
    instant('host:upDate', host.updatedAtMs),
    instant('host:trDate', host.transferredAtMs),
  );
}
