/**
 * Prints zones as master files that `parseZonefile` reads back to the same zone: one record a
 * line, `name TAB ttl TAB IN TAB type TAB rdata`, absolute names, no directives, SOA first at the
 * apex. A stream of strings, so that zones of any size print in constant memory.
 */
import { formatName } from '#dns/wire/name.ts';
import { formatRdata, formatTypeCode } from '#dns/wire/rdata/registry.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { ZoneNode } from '#dns/zone/node.ts';
import type { Rrset } from '#dns/zone/rrset.ts';
import { signatureTtl } from '#dns/zone/rrset-builder.ts';

/** Characters after which a piece is handed on. */
const PIECE_SIZE = 64 * 1024;

/**
 * @param nodes in canonical order, apex first, so that the SOA is the file's first record
 * @returns pieces of about 64 KiB, each ending with a line
 */
export async function* printZone(
  nodes: Iterable<ZoneNode> | AsyncIterable<ZoneNode>,
): AsyncGenerator<string> {
  let piece = '';
  for await (const node of nodes) {
    piece += formatNode(node);
    if (piece.length < PIECE_SIZE) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

/** All records of a node, SOA first, one a line. */
export function formatNode(node: ZoneNode): string {
  const owner = formatName(node.owner);
  const soa = node.rrsets.find(({ type }) => type === TYPE.SOA);
  let text = soa === undefined ? '' : formatSet(owner, soa, node.rrsets);
  for (const rrset of node.rrsets) {
    if (rrset !== soa) text += formatSet(owner, rrset, node.rrsets);
  }
  return text;
}

/** The records of one RRset, one a line; signatures with the set's own TTL. */
export function formatRrset(rrset: Rrset): string {
  return formatSet(formatName(rrset.owner), rrset, []);
}

/** @param siblings the node's RRsets, which give signatures their TTLs */
function formatSet(owner: string, rrset: Rrset, siblings: readonly Rrset[]): string {
  const { type } = rrset;
  const mnemonic = formatTypeCode(type);
  let text = '';
  for (const rdata of rrset.rdatas) {
    const ttl = type === TYPE.RRSIG ? signatureTtl(siblings, rrset, rdata) : rrset.ttl;
    text += `${owner}\t${ttl}\tIN\t${mnemonic}\t${formatRdata(type, rdata)}\n`;
  }
  return text;
}
