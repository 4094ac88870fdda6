/**
 * `nameserver.transfer.notify`: name servers that are told of every new version. An entry is a
 * text, as `ALSO-NOTIFY` of a zone is, or a mapping that says more.
 */
import { z } from 'zod';
import {
  type NotifyTarget,
  notifyTargetKey,
  parseNotifyTarget,
  targetAddress,
} from '#dns/transfer/notify/notify-target.ts';
import { lowerName, type Name, parseName, ROOT } from '#dns/wire/name.ts';
import { familyOf } from '#net/ip-address.ts';
import { reading, section, uniqueList } from './schema-parts.ts';

const TARGETS_MAX = 64;

export function notifyTargets() {
  return uniqueList(notifyTarget(), notifyTargetKey)
    .pipe(z.array(z.custom<NotifyTarget>()).max(TARGETS_MAX))
    .default([]);
}

function notifyTarget() {
  const text = reading('ADDRESS:PORT, or a mapping', parseNotifyTarget);
  return z.unknown().transform((value, context): NotifyTarget => {
    const schema = typeof value === 'string' ? text : mapping();
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    // The issues of the inner schema as they are: an unknown key stays one, with its place.
    for (const issue of parsed.error.issues) {
      context.issues.push({ ...issue, input: value } as unknown as z.core.$ZodRawIssue);
    }
    return z.NEVER;
  });
}

function mapping() {
  return section({
    address: reading('ADDRESS:PORT', targetAddress),
    key: reading('the name of a key', (text): Name => lowerName(parseName(text, ROOT))).optional(),
    source: reading('an address', checkAddress).optional(),
    receipts: z.boolean({ error: 'write true or false' }).default(true),
  }).transform(({ address, key, source, receipts }): NotifyTarget => {
    const target = { ...address, isWatched: receipts };
    return { ...target, ...(key && { key }), ...(source !== undefined && { source }) };
  });
}

function checkAddress(text: string): string {
  if (familyOf(text) === undefined) throw new Error(`'${text}' is not an IP address`);
  return text;
}
