/**
 * The oracle of the answer path: RFC 1034 section 4.3.2, RFC 4592, RFC 6672 and RFC 9471 over plain
 * objects, written to be read and not to be fast, and sharing nothing with the image. Answers are
 * sorted text lines: first `RCODE aa`, then `an`, `au` and `ad` lines as image-fixture.ts prints.
 */

import { formatName, parseName } from '#dns/wire/name.ts';
import { formatRdata, formatTypeCode } from '#dns/wire/rdata/registry.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { Rrset } from '#dns/zone/rrset.ts';

const CHAIN_MAX = 16;

/** One zone: owners in lower-case text, each with its RRsets by type. */
export class SlowZone {
  readonly apex: string;
  readonly nodes = new Map<string, Map<number, Rrset>>();

  constructor(apex: string, rrsets: readonly Rrset[]) {
    this.apex = apex.toLowerCase();
    for (const rrset of rrsets) this.set(rrset);
  }

  set(rrset: Rrset): void {
    const owner = formatName(rrset.owner).toLowerCase();
    const types = this.nodes.get(owner) ?? new Map<number, Rrset>();
    this.nodes.set(owner, types);
    types.set(rrset.type, rrset);
  }

  remove(owner: string, type: number): void {
    this.nodes.get(owner.toLowerCase())?.delete(type);
  }

  get(owner: string, type: number): Rrset | undefined {
    return this.nodes.get(owner)?.get(type);
  }

  /** The name owns something, or a name below it does. */
  exists(name: string): boolean {
    return [...this.nodes].some(
      ([owner, types]) => types.size > 0 && (owner === name || isBelow(owner, name)),
    );
  }
}

/** Labels of a name in text without escapes: the oracle's zones have none. */
function labelsOf(name: string): string[] {
  return name === '.' ? [] : name.slice(0, -1).split('.');
}

function joined(labels: string[]): string {
  return labels.length === 0 ? '.' : `${labels.join('.')}.`;
}

function isBelow(name: string, ancestor: string): boolean {
  return name !== ancestor && (ancestor === '.' || name.endsWith(`.${ancestor}`));
}

function isAtOrBelow(name: string, ancestor: string): boolean {
  return name === ancestor || isBelow(name, ancestor);
}

function parent(name: string): string {
  return joined(labelsOf(name).slice(1));
}

export class SlowResolver {
  readonly zones: SlowZone[];
  #rcode = 'NOERROR';
  #isAuthoritative = true;
  #lines = new Set<string>();
  #followed: string[] = [];

  constructor(zones: SlowZone[]) {
    this.zones = zones;
  }

  resolve(qname: string, qtype: number): string[] {
    this.#rcode = 'NOERROR';
    this.#isAuthoritative = true;
    this.#lines = new Set();
    this.#followed = [];
    let name: string | undefined = qname;
    while (name !== undefined) name = this.#step(name, qtype);
    const flags = this.#isAuthoritative ? ' aa' : '';
    return [this.#rcode + flags, ...[...this.#lines].sort()];
  }

  /** The next name of a chain, or undefined when the answer is complete. */
  #step(asked: string, qtype: number): string | undefined {
    const name = asked.toLowerCase();
    const zone = this.#zoneOf(name, qtype);
    if (zone === undefined) {
      if (this.#followed.length > 0) return undefined;
      this.#rcode = 'REFUSED';
      this.#isAuthoritative = false;
      return undefined;
    }
    const path = labelsOf(name);
    for (let count = labelsOf(zone.apex).length; count <= path.length; count++) {
      const node = joined(path.slice(path.length - count));
      const isCut = node !== zone.apex && zone.get(node, TYPE.NS) !== undefined;
      if (isCut && !(node === name && qtype === TYPE.DS)) return this.#refer(zone, node);
      if (node === name) break;
      const dname = zone.get(node, TYPE.DNAME);
      if (dname !== undefined) return this.#redirect(zone, dname, node, asked, qtype);
    }
    if (zone.exists(name)) return this.#node(zone, name, asked, qtype);
    let encloser = parent(name);
    while (!zone.exists(encloser)) encloser = parent(encloser);
    const wildcard = encloser === '.' ? '*.' : `*.${encloser}`;
    if (zone.exists(wildcard)) return this.#node(zone, wildcard, asked, qtype);
    this.#rcode = 'NXDOMAIN';
    this.#soa(zone);
    return undefined;
  }

  #zoneOf(name: string, qtype: number): SlowZone | undefined {
    const found = this.zones
      .filter((zone) => isAtOrBelow(name, zone.apex))
      .sort((a, b) => labelsOf(b.apex).length - labelsOf(a.apex).length);
    const isDsAtApex = qtype === TYPE.DS && found[0]?.apex === name;
    return isDsAtApex && found.length > 1 ? found[1] : found[0];
  }

  #node(zone: SlowZone, node: string, asked: string, qtype: number): string | undefined {
    const types = zone.nodes.get(node) ?? new Map<number, Rrset>();
    const wanted = qtype === TYPE.ANY ? firstOf(types) : types.get(qtype);
    if (wanted !== undefined) {
      this.#add('an', wanted, asked);
      this.#addHosts(zone, wanted);
      return undefined;
    }
    const cname = types.get(TYPE.CNAME);
    if (cname === undefined) {
      this.#soa(zone);
      return undefined;
    }
    if (!this.#follow(`${zone.apex} ${node} ${asked.toLowerCase()}`)) return undefined;
    this.#add('an', cname, asked);
    return formatName(cname.rdatas[0]);
  }

  #redirect(
    zone: SlowZone,
    dname: Rrset,
    node: string,
    asked: string,
    qtype: number,
  ): string | undefined {
    const place = `DNAME ${zone.apex} ${node} `;
    if (this.#followed.at(-1)?.startsWith(place) === true) return undefined;
    if (!this.#follow(place + asked.toLowerCase())) return undefined;
    this.#add('an', dname, node);
    const prefix = asked.slice(0, asked.length - node.length);
    const target = formatName(dname.rdatas[0]);
    const next = target === '.' ? prefix : prefix + target;
    if (next.length + 1 > 255) {
      this.#rcode = 'YXDOMAIN';
      return undefined;
    }
    const cname = { ...dname, type: TYPE.CNAME, rdatas: [parseName(next)] };
    this.#add('an', cname, asked);
    return qtype === TYPE.CNAME ? undefined : next;
  }

  #follow(place: string): boolean {
    if (this.#followed.includes(place) || this.#followed.length === CHAIN_MAX) return false;
    this.#followed.push(place);
    return true;
  }

  #refer(zone: SlowZone, cut: string): undefined {
    if (this.#followed.length === 0) this.#isAuthoritative = false;
    const ns = zone.get(cut, TYPE.NS);
    if (ns === undefined) return;
    this.#add('au', ns, cut);
    const targets = new Set(ns.rdatas.map((rdata) => formatName(rdata).toLowerCase()));
    for (const target of targets) {
      if (!isAtOrBelow(target, zone.apex)) continue;
      for (const type of [TYPE.A, TYPE.AAAA]) {
        const glue = zone.get(target, type);
        if (glue !== undefined) this.#add('ad', glue, target);
      }
    }
  }

  /** Addresses of the hosts that an answer names, if they are the zone's own to give. */
  #addHosts(zone: SlowZone, { type, rdatas }: Rrset): void {
    if (type !== TYPE.NS && type !== TYPE.MX) return;
    for (const rdata of rdatas) {
      const host = formatName(type === TYPE.MX ? rdata.subarray(2) : rdata).toLowerCase();
      if (!isAtOrBelow(host, zone.apex)) continue;
      const place = placeOf(zone, host);
      for (const address of [TYPE.A, TYPE.AAAA]) {
        const rrset = place === undefined ? undefined : zone.get(place, address);
        if (rrset !== undefined) this.#add('ad', rrset, host);
      }
    }
  }

  #soa(zone: SlowZone): void {
    const soa = zone.get(zone.apex, TYPE.SOA);
    if (soa === undefined) return;
    const minimum = Buffer.from(soa.rdatas[0]).readUInt32BE(soa.rdatas[0].length - 4);
    this.#add('au', { ...soa, ttl: Math.min(soa.ttl, minimum) }, zone.apex);
  }

  #add(section: string, rrset: Rrset, owner: string): void {
    for (const rdata of rrset.rdatas) {
      const data = formatRdata(rrset.type, rdata);
      const type = formatTypeCode(rrset.type);
      this.#lines.add(`${section} ${owner} ${rrset.ttl} ${type} ${data}`.toLowerCase());
    }
  }
}

/** The owner that answers for a name: itself or a wildcard; none at or below a zone cut or DNAME. */
function placeOf(zone: SlowZone, name: string): string | undefined {
  const path = labelsOf(name);
  for (let count = labelsOf(zone.apex).length; count <= path.length; count++) {
    const node = joined(path.slice(path.length - count));
    if (node !== zone.apex && zone.get(node, TYPE.NS) !== undefined) return undefined;
    if (node !== name && zone.get(node, TYPE.DNAME) !== undefined) return undefined;
  }
  if (zone.exists(name)) return name;
  let encloser = parent(name);
  while (!zone.exists(encloser)) encloser = parent(encloser);
  return encloser === '.' ? '*.' : `*.${encloser}`;
}

/** What ANY gives: SOA, or the RRset with the lowest type. */
function firstOf(types: Map<number, Rrset>): Rrset | undefined {
  const lowest = Math.min(...types.keys());
  return types.get(TYPE.SOA) ?? types.get(lowest);
}
