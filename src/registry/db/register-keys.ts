/**
 * Keys of the register's rows (KEYSPACE `registry…`). An object's row is found by its name or id;
 * the rows that follow from objects are keys alone, with nothing in them:
 *
 *     object        type | name
 *     use of host   host, 0, domain       use of contact   contact, 0, domain
 *     below         domain, 0, host       due              u64 milliseconds, name
 *     message       registrar, 0, u64     task             u64      counter   text
 *
 * Names and ids hold no NUL, so that one is never the beginning of another.
 */
import { asBuffer, concatBytes, utf8 } from '#base/bytes.ts';
import type { DueObject } from '#registry/model/due.ts';
import type { RegisterRowType } from '#registry/model/register-change.ts';
import {
  buildKey,
  KEYSPACE,
  type KeyRange,
  prefixRange,
  readU64Key,
  u64Key,
} from '#store/keyspace.ts';

const OBJECT_PREFIXES: Readonly<Record<RegisterRowType, number>> = {
  domain: KEYSPACE.registryDomain,
  host: KEYSPACE.registryHost,
  contact: KEYSPACE.registryContact,
  registrar: KEYSPACE.registryRegistrar,
  tld: KEYSPACE.registryTld,
  reserved: KEYSPACE.registryReserved,
};

/** Which object is linked to which: host or contact to domains, domain to hosts. */
export type LinkPrefix =
  | typeof KEYSPACE.registryHostUse
  | typeof KEYSPACE.registryContactUse
  | typeof KEYSPACE.registrySubordinate;
export type DuePrefix = typeof KEYSPACE.registryDomainDue | typeof KEYSPACE.registryContactDue;

const SEPARATOR = Uint8Array.of(0);

export function objectKey(type: RegisterRowType, key: string): Uint8Array {
  return buildKey(OBJECT_PREFIXES[type], utf8(key));
}

/** All rows of a type. */
export function objectRange(type: RegisterRowType): KeyRange {
  return prefixRange(Uint8Array.of(OBJECT_PREFIXES[type]));
}

/** The name or id in an object's key. */
export function readObjectKey(key: Uint8Array): string {
  return asBuffer(key.subarray(1)).toString('utf8');
}

export function linkKey(prefix: LinkPrefix, from: string, to: string): Uint8Array {
  return buildKey(prefix, utf8(from), SEPARATOR, utf8(to));
}

/** All links from an object. */
export function linkRange(prefix: LinkPrefix, from: string): KeyRange {
  return prefixRange(buildKey(prefix, utf8(from), SEPARATOR));
}

/** What a link leads to. */
export function readLinkKey(key: Uint8Array): string {
  return asBuffer(key.subarray(key.indexOf(0, 1) + 1)).toString('utf8');
}

export function dueKey(prefix: DuePrefix, atMs: number, name: string): Uint8Array {
  return buildKey(prefix, u64Key(atMs), utf8(name));
}

/** Everything due at `nowMs` or before; with `after` what lies behind it. */
export function dueRange(prefix: DuePrefix, nowMs: number, after?: DueObject): KeyRange {
  const last = after && dueKey(prefix, after.dueMs, after.key);
  const from = last === undefined ? Uint8Array.of(prefix) : concatBytes([last, SEPARATOR]);
  return { from, to: buildKey(prefix, u64Key(nowMs + 1)) };
}

export function readDueKey(key: Uint8Array): DueObject {
  return { dueMs: readU64Key(key, 1), key: asBuffer(key.subarray(9)).toString('utf8') };
}

export function messageKey(registrar: string, id: number): Uint8Array {
  return buildKey(KEYSPACE.registryMessage, utf8(registrar), SEPARATOR, u64Key(id));
}

export function messageRange(registrar: string): KeyRange {
  return prefixRange(buildKey(KEYSPACE.registryMessage, utf8(registrar), SEPARATOR));
}

export function taskKey(sequence: number): Uint8Array {
  return buildKey(KEYSPACE.registryTask, u64Key(sequence));
}

export function taskRange(): KeyRange {
  return prefixRange(Uint8Array.of(KEYSPACE.registryTask));
}

/** A sum's key; parts are joined by NUL, in front of which a shorter range can end. */
export function counterKey(...parts: readonly string[]): Uint8Array {
  return concatBytes([Uint8Array.of(KEYSPACE.registryCounter), utf8(parts.join('\0'))]);
}

/** @returns the parts of a sum's key */
export function readCounterKey(key: Uint8Array): string[] {
  return asBuffer(key.subarray(1)).toString('utf8').split('\0');
}

/** Sums whose first parts these are. */
export function counterRange(...parts: readonly string[]): KeyRange {
  return prefixRange(concatBytes([counterKey(...parts), SEPARATOR]));
}
