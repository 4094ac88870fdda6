/**
 * Changes of zones as text, for tests of the change engine: `add www.example.com. 300 A 192.0.2.1`,
 * `remove www.example.com. [A [192.0.2.1]]` as UPDATE means them, and transfers with `+` and `-`.
 */
import { formatName, parseName, ROOT } from '#dns/wire/name.ts';
import { parseRdataText } from '#dns/wire/rdata/rdata-text.ts';
import { formatRdata, formatTypeCode, typeOfMnemonic } from '#dns/wire/rdata/registry.ts';
import type { RrsetDiff } from '#dns/zone/diff.ts';
import type { Operation, Prerequisite } from '#dns/zonedb/change.ts';
import type { ZoneDelta } from '#dns/zonedb/zone-history.ts';
import type { TransferEdit } from '#dns/zonedb/zone-transfer.ts';

function typeOf(mnemonic: string): number {
  const type = typeOfMnemonic(mnemonic);
  if (type === undefined) throw new Error(`no type ${mnemonic}`);
  return type;
}

function rdataOf(mnemonic: string, content: string): Uint8Array {
  return parseRdataText(typeOf(mnemonic), content, ROOT);
}

/** One operation of an UPDATE. */
export function update(text: string): Operation {
  const [verb, name, ...rest] = text.split(' ');
  const owner = parseName(name);
  if (verb === 'add') {
    const [ttl, type, ...content] = rest;
    const rdata = rdataOf(type, content.join(' '));
    return { kind: 'add', owner, type: typeOf(type), ttl: Number(ttl), rdata };
  }
  if (verb !== 'remove') throw new Error(`no operation ${verb}`);
  const [mnemonic, ...content] = rest;
  if (mnemonic === undefined) return { kind: 'remove-name', owner };
  const type = typeOf(mnemonic);
  if (content.length === 0) return { kind: 'remove-rrset', owner, type };
  return { kind: 'remove-record', owner, type, rdata: rdataOf(mnemonic, content.join(' ')) };
}

/** `name-in-use NAME`, `rrset-exists NAME TYPE`, `rrset-equals NAME TYPE DATA | DATA`, … */
export function demand(text: string): Prerequisite {
  const [kind, name, mnemonic = '', ...content] = text.split(' ');
  const owner = parseName(name);
  switch (kind) {
    case 'name-in-use':
    case 'name-not-in-use':
      return { kind, owner };
    case 'rrset-exists':
    case 'rrset-missing':
      return { kind, owner, type: typeOf(mnemonic) };
    case 'rrset-equals': {
      const rdatas = content
        .join(' ')
        .split(' | ')
        .map((data) => rdataOf(mnemonic, data));
      return { kind, owner, type: typeOf(mnemonic), rdatas };
    }
    default:
      throw new Error(`no prerequisite ${kind}`);
  }
}

/** One record of an incremental transfer: `+ NAME TTL TYPE DATA` or `- NAME TTL TYPE DATA`. */
export function transferEdit(text: string): TransferEdit {
  const [sign, name, ttl, mnemonic, ...content] = text.split(' ');
  const rdata = rdataOf(mnemonic, content.join(' '));
  const kind = sign === '+' ? 'add' : 'remove';
  return { kind, owner: parseName(name), type: typeOf(mnemonic), ttl: Number(ttl), rdata };
}

/** What a step takes and brings, the SOA aside, as lines that `transferEdit` reads. */
export function formatDelta({ edits }: ZoneDelta): string[] {
  return edits.flatMap(({ owner, type, removed, added }: RrsetDiff) => {
    const line = (sign: string, ttl: number) => (rdata: Uint8Array) =>
      `${sign} ${formatName(owner)} ${ttl} ${formatTypeCode(type)} ${formatRdata(type, rdata)}`;
    return [
      ...removed.rdatas.map(line('-', removed.ttl)),
      ...added.rdatas.map(line('+', added.ttl)),
    ];
  });
}
