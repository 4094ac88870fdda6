/**
 * DNS UPDATE messages as octets (RFC 2136 section 2), written without the server's own message
 * writer; only the text of a record's data is read by it. Steps are written as nsupdate takes them:
 *
 *     yxdomain NAME    nxdomain NAME    yxrrset NAME TYPE [DATA]    nxrrset NAME TYPE
 *     add NAME TTL TYPE DATA            delete NAME [TYPE [DATA]]
 *
 * and any field can be given instead, to send what nsupdate would not.
 */
import { ROOT } from '#dns/wire/name.ts';
import { parseRdataText } from '#dns/wire/rdata/rdata-text.ts';
import { typeOfMnemonic } from '#dns/wire/rdata/registry.ts';
import { nameOctets } from './dns-query.ts';

const TYPE_SOA = 6;
const TYPE_ANY = 255;
const CLASS = { IN: 1, NONE: 254, ANY: 255 } as const;
const OPCODE_UPDATE = 5;

export interface UpdateRecord {
  name: string;
  type: number;
  class: number;
  ttl: number;
  rdata: Uint8Array;
}

export interface UpdateFields {
  id?: number;
  zone: string;
  zoneType?: number;
  zoneClass?: number;
  prerequisites?: readonly (string | UpdateRecord)[];
  updates?: readonly (string | UpdateRecord)[];
}

export function writeUpdate(fields: UpdateFields): Uint8Array {
  const { id = 1, zone, zoneType = TYPE_SOA, zoneClass = CLASS.IN } = fields;
  const { prerequisites = [], updates = [] } = fields;
  const header = [id, OPCODE_UPDATE << 11, 1, prerequisites.length, updates.length, 0];
  return Uint8Array.from([
    ...header.flatMap(u16),
    ...nameOctets(zone),
    ...u16(zoneType),
    ...u16(zoneClass),
    ...[...prerequisites, ...updates].flatMap((step) =>
      recordOctets(typeof step === 'string' ? readStep(step) : step),
    ),
  ]);
}

/** The record that a step is. */
export function readStep(step: string): UpdateRecord {
  const [verb, name = '', ...rest] = step.split(' ');
  switch (verb) {
    case 'yxdomain':
      return { name, type: TYPE_ANY, class: CLASS.ANY, ttl: 0, rdata: new Uint8Array() };
    case 'nxdomain':
      return { name, type: TYPE_ANY, class: CLASS.NONE, ttl: 0, rdata: new Uint8Array() };
    case 'nxrrset':
      return { ...recordOf(name, rest), class: CLASS.NONE, ttl: 0 };
    case 'yxrrset':
      return { ...recordOf(name, rest), class: rest.length > 1 ? CLASS.IN : CLASS.ANY, ttl: 0 };
    case 'add':
      return { ...recordOf(name, rest.slice(1)), class: CLASS.IN, ttl: Number(rest[0]) };
    case 'delete':
      return { ...recordOf(name, rest), class: rest.length > 1 ? CLASS.NONE : CLASS.ANY, ttl: 0 };
    default:
      throw new Error(`no step of an update: ${step}`);
  }
}

function recordOf(name: string, [mnemonic = 'ANY', ...data]: string[]) {
  const type = mnemonic === 'ANY' ? TYPE_ANY : typeOfMnemonic(mnemonic);
  if (type === undefined) throw new Error(`no type ${mnemonic}`);
  const rdata = data.length > 0 ? parseRdataText(type, data.join(' '), ROOT) : new Uint8Array();
  return { name, type, rdata };
}

function recordOctets({ name, type, class: rrclass, ttl, rdata }: UpdateRecord): number[] {
  return [
    ...nameOctets(name),
    ...u16(type),
    ...u16(rrclass),
    ...u16(Math.floor(ttl / 0x1_0000)),
    ...u16(ttl & 0xffff),
    ...u16(rdata.length),
    ...rdata,
  ];
}

function u16(value: number): number[] {
  return [(value >>> 8) & 0xff, value & 0xff];
}
