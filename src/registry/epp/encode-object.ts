/** What domains, hosts and contacts have in common when they are written as XML. */
import { formatInstant } from '#base/clock.ts';
import type { SetStatus } from '#registry/model/status.ts';
import type { Transfer } from '#registry/model/transfer.ts';
import { type Xml, xml, xmlObject } from './xml-writer.ts';

/** What a response says beside its result. */
export interface Extended {
  data?: Xml;
  extensions: Xml[];
}

export type ObjectPrefix = 'domain' | 'host' | 'contact';

/** `maxLength` of `reasonBaseType` (RFC 5730 section 4.2). */
export const REASON_SIZE_MAX = 32;

export function instant(name: string, ms: number | undefined): Xml | undefined {
  return ms === undefined ? undefined : xml(name, {}, formatInstant(ms));
}

interface CheckedObject {
  available: boolean;
  reason?: string;
}

/** `<chkData>`. @param field `name` or `id`: what an object is known by */
export function encodeChecked<Field extends 'name' | 'id'>(
  prefix: ObjectPrefix,
  field: Field,
  checked: readonly (CheckedObject & Record<Field, string>)[],
): Xml {
  const entries = checked.map((each) => {
    const { available, reason } = each;
    return xml(
      `${prefix}:cd`,
      {},
      xml(`${prefix}:${field}`, { avail: available }, each[field]),
      !available && reason ? xml(`${prefix}:reason`, {}, shortReason(reason)) : undefined,
    );
  });
  return xmlObject(`${prefix}:chkData`, ...entries);
}

export function encodeStatuses(
  prefix: ObjectPrefix,
  statuses: readonly SetStatus<string>[],
): Xml[] {
  return statuses.map(({ status, remark, language }) => {
    const isPlain = remark === '' || language === 'en';
    const lang = isPlain ? undefined : language;
    return xml(`${prefix}:status`, { s: status, lang }, remark);
  });
}

/** From `<trStatus>` to `<acDate>`. */
export function encodeTransfer(prefix: ObjectPrefix, transfer: Transfer): Xml[] {
  const { status, gaining, requestedAtMs, losing, actsAtMs } = transfer;
  return [
    xml(`${prefix}:trStatus`, {}, status),
    xml(`${prefix}:reID`, {}, gaining),
    xml(`${prefix}:reDate`, {}, formatInstant(requestedAtMs)),
    xml(`${prefix}:acID`, {}, losing),
    xml(`${prefix}:acDate`, {}, formatInstant(actsAtMs)),
  ];
}

/** A reason that the schema has room for: whole words as far as there are any. */
export function shortReason(reason: string): string {
  const text = reason.trim().replace(/\s+/g, ' ');
  if (text.length <= REASON_SIZE_MAX) return text;
  const cut = text.slice(0, REASON_SIZE_MAX + 1);
  const end = cut.lastIndexOf(' ');
  return cut.slice(0, end > 0 ? end : REASON_SIZE_MAX).replace(/[,;:.]$/, '');
}
