/**
 * Of the random UPDATE messages those that PowerDNS means to treat as we do: what it does otherwise
 * (docs/reference/update.md tells why) is left out, and asked for by update-differences.test.ts.
 */
import type { Random } from '#base/random.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { CLASS_ANY, CLASS_IN, CLASS_NONE } from '#dns/wire/record.ts';
import type { UpdateFields, UpdateRecord } from '../../kit/update-message.ts';
import { makeUpdate, UPDATED_ZONE } from '../differential/updates.ts';

const TYPE_ANY = 255;
const PRIVATE_TYPE = 65_280;
const META_TYPES_FROM = 249;
/** Has only ever CNAME records, so that none comes to stand beside other data. */
const ALIAS = `b.${UPDATED_ZONE}`;
/** Names that may be there for the sake of those below them. */
const NON_TERMINALS = [`d.${UPDATED_ZONE}`, `er.d.${UPDATED_ZONE}`];

type Records = readonly UpdateRecord[];

/** One message; `serial` is the zone's as it is. */
export function makeAgreedUpdate(random: Random, serial: number): UpdateFields {
  for (;;) {
    const fields = makeUpdate(random, serial);
    const prerequisites = fields.prerequisites as Records;
    const updates = fields.updates as Records;
    const isAgreed =
      [...prerequisites, ...updates].every(isUnderstood) &&
      updates.every(isPlainStep) &&
      new Set(updates.map(({ name }) => name.toLowerCase())).size === updates.length &&
      !prerequisites.some(isMeta) &&
      (prerequisites.length === 0 || !updates.some(breaksRule));
    if (isAgreed) return fields;
  }
}

/** Data that both can read, and store in the same letters. */
function isUnderstood({ type, class: rrclass, rdata }: UpdateRecord): boolean {
  if (type === PRIVATE_TYPE || type === TYPE.TSIG) return false;
  if (type === TYPE.A && rrclass === CLASS_IN && rdata.length !== 4) return false;
  return type !== TYPE.MX || !/[A-Z]/.test(Buffer.from(rdata.subarray(2)).toString('latin1'));
}

function isPlainStep({ name, type, class: rrclass, ttl, rdata }: UpdateRecord): boolean {
  if (rrclass === CLASS_NONE && rdata.length === 0 && ttl !== 0) return false;
  if (rrclass === CLASS_ANY && type === TYPE_ANY) return !NON_TERMINALS.includes(name);
  if (rrclass !== CLASS_IN) return true;
  if (type === TYPE.SOA) return name === UPDATED_ZONE;
  return (type === TYPE.CNAME) === (name === ALIAS);
}

function isMeta({ type, class: rrclass }: UpdateRecord): boolean {
  return (type > META_TYPES_FROM && type !== TYPE_ANY) || !isUpdateClass(rrclass);
}

function breaksRule({ name, type, class: rrclass, ttl, rdata }: UpdateRecord): boolean {
  if (!isUpdateClass(rrclass) || !name.toLowerCase().endsWith(UPDATED_ZONE)) return true;
  if (rrclass !== CLASS_IN && ttl !== 0) return true;
  if (rrclass === CLASS_ANY && rdata.length > 0) return true;
  return type > META_TYPES_FROM && (type !== TYPE_ANY || rrclass !== CLASS_ANY);
}

function isUpdateClass(rrclass: number): boolean {
  return rrclass === CLASS_IN || rrclass === CLASS_NONE || rrclass === CLASS_ANY;
}
