/**
 * A message that waited for a registrar, as XML: what it tells of stands in it whole (RFC 5730
 * section 2.9.2.3), changes by others with RFC 8590, planned work with RFC 9167.
 */
import { formatInstant } from '#base/clock.ts';
import type { MaintenanceNotice, ObjectChanged, PollData } from '#registry/model/poll.ts';
import { encodeContactTransfer, encodeStoredContact } from './encode-contact.ts';
import { encodeDomainTransfer, encodePendingAction, encodeStoredDomain } from './encode-domain.ts';
import { encodeStoredHost } from './encode-host.ts';
import { type Extended, instant, shortReason } from './encode-object.ts';
import { type Xml, xml, xmlObject, xmlObjectWith } from './xml-writer.ts';

export function encodePollData(data: PollData): Extended {
  switch (data.kind) {
    case 'changed':
      return encodeChanged(data);
    case 'maintenance':
      return { data: encodeMaintenance(data), extensions: [] };
    case 'domain:pending-action':
      return { data: encodePendingAction(data), extensions: [] };
    case 'domain:transfer':
      return { data: encodeDomainTransfer(data), extensions: [] };
    default:
      return { data: encodeContactTransfer(data), extensions: [] };
  }
}

function encodeChanged(change: ObjectChanged): Extended {
  const { object, state, operation, atMs, svTrid, who, reason } = change;
  const { data, extensions } = encodeStored(object);
  const told = xmlObjectWith(
    'changePoll:changeData',
    { state },
    xml('changePoll:operation', {}, operation),
    xml('changePoll:date', {}, formatInstant(atMs)),
    xml('changePoll:svTRID', {}, svTrid),
    xml('changePoll:who', {}, who),
    reason !== undefined && reason !== '' && xml('changePoll:reason', {}, shortReason(reason)),
  );
  return { ...(data && { data }), extensions: [...extensions, told] };
}

function encodeStored(object: ObjectChanged['object']): Extended {
  if (object.type === 'domain') return encodeStoredDomain(object.value);
  return object.type === 'host'
    ? encodeStoredHost(object.value)
    : encodeStoredContact(object.value);
}

function encodeMaintenance(notice: MaintenanceNotice): Xml {
  const { id, operation, systems, environment, fromMs, toMs, reason, description, tlds } = notice;
  const item = xml(
    'maint:item',
    {},
    xml('maint:id', {}, id),
    xml('maint:pollType', {}, operation),
    xml('maint:systems', {}, ...systems.map(encodeSystem)),
    xml('maint:environment', { type: environment }),
    xml('maint:start', {}, formatInstant(fromMs)),
    xml('maint:end', {}, formatInstant(toMs)),
    xml('maint:reason', {}, reason),
    description !== '' && xml('maint:description', {}, description),
    tlds.length > 0 && xml('maint:tlds', {}, ...tlds.map((tld) => xml('maint:tld', {}, tld))),
    instant('maint:crDate', notice.createdAtMs),
    instant('maint:upDate', notice.updatedAtMs),
  );
  return xmlObject('maint:infData', item);
}

function encodeSystem({ name, impact, host }: MaintenanceNotice['systems'][number]): Xml {
  return xml(
    'maint:system',
    {},
    xml('maint:name', {}, name),
    host !== undefined && xml('maint:host', {}, host),
    xml('maint:impact', {}, impact),
  );
}
