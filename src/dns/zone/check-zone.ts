/**
 * Semantic checks of a whole zone, in the spirit of named-checkzone: what is fed node by node in
 * canonical order is judged on the way, and what it points at is asked of a lookup. The checker
 * remembers the zone cut or DNAME that it stands under and nothing else.
 *
 *     checker.node(apex) … checker.node(last)   in canonical order, out-of-zone nodes anywhere
 *     checker.finish()                          what only the end can tell
 *
 * An error means that the zone must be refused whole; a warning is said and the zone served.
 */
import {
  equalNames,
  formatName,
  isAtOrBelow,
  isBelow,
  isWildcard,
  type Name,
} from '#dns/wire/name.ts';
import { formatTypeCode } from '#dns/wire/rdata/registry.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { TTL_MAX } from '#dns/wire/record.ts';
import type { Finding, Severity } from './finding.ts';
import { isHostname } from './hostname.ts';
import { findRrset, type ZoneNode } from './node.ts';
import type { PackedNode } from './packed-node.ts';
import { isPlainNode, type PlainContext } from './plain-check.ts';
import type { Rrset } from './rrset.ts';
import { coveredType } from './rrset-builder.ts';
import { findTarget, type Target, type ZoneLookup } from './target-check.ts';

export interface CheckOptions {
  /** How bad an apex without NS is: an error in a master file, a warning in a change. */
  missingNs?: Severity;
  /** How bad a delegation is whose required glue is missing. Default: warning, as in BIND, NSD. */
  missingGlue?: Severity;
}

/** Types that may stand beside a CNAME (RFC 2181 section 10.1, RFC 4034 sections 3 and 4). */
const BESIDE_CNAME: ReadonlySet<number> = new Set<number>([
  TYPE.CNAME,
  TYPE.RRSIG,
  TYPE.NSEC,
  TYPE.KEY,
  TYPE.SIG,
  TYPE.NXT,
]);

/** Types that the parent's side of a zone cut answers for, addresses being glue. */
const AT_CUT: ReadonlySet<number> = new Set<number>([
  TYPE.NS,
  TYPE.DS,
  TYPE.NSEC,
  TYPE.RRSIG,
  TYPE.A,
  TYPE.AAAA,
]);

const HOST_OWNERS: ReadonlySet<number> = new Set<number>([TYPE.A, TYPE.AAAA, TYPE.MX]);

export class ZoneChecker {
  readonly #origin: Name;
  readonly #zone: ZoneLookup;
  readonly #report: (finding: Finding) => void;
  readonly #missingNs: Severity;
  readonly #missingGlue: Severity;
  #soaSeen = false;
  #nsSeen = false;
  /** The zone cut or DNAME owner last met; what is below it comes right after it. */
  #cut: Name | undefined;
  #dname: Name | undefined;

  constructor(
    origin: Name,
    zone: ZoneLookup,
    report: (finding: Finding) => void,
    options: CheckOptions = {},
  ) {
    this.#origin = origin;
    this.#zone = zone;
    this.#report = report;
    this.#missingNs = options.missingNs ?? 'error';
    this.#missingGlue = options.missingGlue ?? 'warning';
  }

  node(node: ZoneNode): void {
    const { owner } = node;
    if (!isAtOrBelow(owner, this.#origin)) {
      const zone = formatName(this.#origin);
      const first = node.rrsets[0].type;
      this.#add(
        'error',
        'ZONE_OUT_OF_ZONE',
        { owner, type: first },
        `the name is not in zone ${zone}`,
      );
      return;
    }
    const isApex = equalNames(owner, this.#origin);
    if (isApex) this.#checkApex(node);
    else this.#checkBelowApex(node);
    this.#checkAliases(node);
    this.#checkCover(node);
    this.#checkSignatures(node);
    for (const rrset of node.rrsets) this.#checkRrset(rrset, isApex);
    if (!isApex && this.#cut === undefined && findRrset(node, TYPE.NS)) this.#cut = owner;
    if (findRrset(node, TYPE.DNAME) && this.#cut === undefined) this.#dname = owner;
  }

  /**
   * Judges a node by its packed form: true if there is nothing to find, and then that was all; if
   * false, `node` has to look at it.
   * @param hasAddress true if a name that is not far behind the node has an address
   */
  passes(node: PackedNode, hasAddress: PlainContext['hasAddress']): boolean {
    const { owner } = node;
    if (this.#dname !== undefined || !isBelow(owner, this.#origin)) return false;
    if (this.#cut !== undefined && !isBelow(owner, this.#cut)) this.#cut = undefined;
    const isBelowCut = this.#cut !== undefined;
    if (!isPlainNode(node, { origin: this.#origin, isBelowCut, hasAddress })) return false;
    if (!isBelowCut && node.hasType(TYPE.NS)) this.#cut = owner.slice();
    return true;
  }

  finish(): void {
    if (!this.#soaSeen) {
      this.#add(
        'error',
        'ZONE_SOA_MISSING',
        { owner: this.#origin, type: TYPE.SOA },
        'the zone has no SOA record',
      );
    }
    if (!this.#nsSeen) {
      const message = 'the zone has no NS record at its apex';
      this.#add(
        this.#missingNs,
        'ZONE_NS_MISSING',
        { owner: this.#origin, type: TYPE.NS },
        message,
      );
    }
  }

  #checkApex(node: ZoneNode): void {
    const soa = findRrset(node, TYPE.SOA);
    this.#soaSeen = soa !== undefined;
    this.#nsSeen = findRrset(node, TYPE.NS) !== undefined;
    if (soa !== undefined && soa.rdatas.length > 1) {
      const message = `the zone has ${soa.rdatas.length} SOA records, it must have one`;
      this.#add('error', 'ZONE_SOA_SEVERAL', { owner: node.owner, type: TYPE.SOA }, message);
    }
    if (findRrset(node, TYPE.DS)) {
      const message = 'DS belongs in the parent zone, not at the apex (RFC 4035 section 2.4)';
      this.#add('error', 'ZONE_DS_AT_APEX', { owner: node.owner, type: TYPE.DS }, message);
    }
  }

  #checkBelowApex(node: ZoneNode): void {
    const { owner } = node;
    if (findRrset(node, TYPE.SOA)) {
      const message = 'SOA stands only at the apex of the zone';
      this.#add('error', 'ZONE_SOA_BELOW_APEX', { owner, type: TYPE.SOA }, message);
    }
    if (findRrset(node, TYPE.NSEC3PARAM)) {
      const message = 'NSEC3PARAM has a meaning only at the apex (RFC 5155 section 4)';
      this.#add('warning', 'ZONE_NSEC3PARAM_BELOW_APEX', { owner, type: TYPE.NSEC3PARAM }, message);
    }
    if (findRrset(node, TYPE.DS) && !findRrset(node, TYPE.NS)) {
      const message = 'DS without NS: there is no delegation here';
      this.#add('warning', 'ZONE_DS_WITHOUT_NS', { owner, type: TYPE.DS }, message);
    }
  }

  #checkAliases(node: ZoneNode): void {
    const { owner } = node;
    for (const type of [TYPE.CNAME, TYPE.DNAME]) {
      const count = findRrset(node, type)?.rdatas.length ?? 0;
      if (count > 1) {
        const message = `${count} ${formatTypeCode(type)} records, a name has at most one`;
        this.#add('error', 'ZONE_ALIAS_SEVERAL', { owner, type }, message);
      }
    }
    if (findRrset(node, TYPE.CNAME)) {
      const other = node.rrsets.find(({ type }) => !BESIDE_CNAME.has(type));
      if (other !== undefined) {
        const message = `CNAME and other data (${formatTypeCode(other.type)}) at one name`;
        this.#add('error', 'ZONE_CNAME_NOT_ALONE', { owner, type: TYPE.CNAME }, message);
      }
    }
    if (!isWildcard(owner)) return;
    for (const type of [TYPE.NS, TYPE.DNAME]) {
      if (findRrset(node, type) === undefined) continue;
      const message = `a wildcard ${formatTypeCode(type)} has no defined meaning (RFC 4592)`;
      this.#add('warning', 'ZONE_WILDCARD', { owner, type }, message);
    }
  }

  /** What stands below a zone cut is not this zone's, and nothing may stand below a DNAME. */
  #checkCover(node: ZoneNode): void {
    const { owner } = node;
    if (this.#dname !== undefined && !isBelow(owner, this.#dname)) this.#dname = undefined;
    if (this.#cut !== undefined && !isBelow(owner, this.#cut)) this.#cut = undefined;
    if (this.#dname !== undefined && !isChainNode(node)) {
      const message = `data below the DNAME at ${formatName(this.#dname)} (RFC 6672 section 2.4)`;
      this.#add('error', 'ZONE_BELOW_DNAME', { owner, type: node.rrsets[0].type }, message);
    }
    const isCut = !equalNames(owner, this.#origin) && findRrset(node, TYPE.NS) !== undefined;
    if (this.#cut === undefined && !isCut) return;
    for (const { type } of node.rrsets) {
      if (this.#cut === undefined ? AT_CUT.has(type) : type === TYPE.A || type === TYPE.AAAA) {
        continue;
      }
      const message = `never answered: ${formatName(this.#cut ?? owner)} is delegated`;
      this.#add('warning', 'ZONE_OCCLUDED', { owner, type }, message);
    }
  }

  #checkSignatures(node: ZoneNode): void {
    const rrsig = findRrset(node, TYPE.RRSIG);
    for (const rdata of rrsig?.rdatas ?? []) {
      const covered = coveredType(rdata);
      if (findRrset(node, covered)) continue;
      const message = `an RRSIG covers ${formatTypeCode(covered)}, which is not there`;
      this.#add(
        'warning',
        'ZONE_RRSIG_ALONE',
        { owner: node.owner, type: TYPE.RRSIG, rdata },
        message,
      );
    }
  }

  #checkRrset(rrset: Rrset, isApex: boolean): void {
    const { owner, type, ttl } = rrset;
    if (ttl > TTL_MAX) {
      const message = `TTL ${ttl} is above ${TTL_MAX} (RFC 2181 section 8)`;
      this.#add('error', 'ZONE_TTL', { owner, type }, message);
    }
    if (HOST_OWNERS.has(type) && !isHostname(owner) && this.#cut === undefined) {
      const message = 'the owner is not a host name (letters, digits, hyphens)';
      this.#add('warning', 'ZONE_HOSTNAME', { owner, type }, message);
    }
    if (this.#cut !== undefined) return;
    if (type === TYPE.NS) this.#checkNs(rrset, isApex);
    else if (type === TYPE.MX) this.#checkServers(rrset, 2);
    else if (type === TYPE.SRV) this.#checkServers(rrset, 6);
  }

  #checkNs({ owner, type, rdatas }: Rrset, isApex: boolean): void {
    for (const target of rdatas) {
      const subject = { owner, type, rdata: target };
      const { leads } = findTarget(target, this.#origin, this.#zone);
      if (leads === 'no-glue') this.#missingGlueAt(subject, target);
      else this.#checkLead(isApex ? 'error' : 'warning', subject, target, leads);
    }
  }

  #missingGlueAt(subject: Subject, target: Name): void {
    const isRequired = isAtOrBelow(target, subject.owner);
    const severity = isRequired ? this.#missingGlue : 'warning';
    const code = isRequired ? 'ZONE_GLUE_MISSING' : 'ZONE_GLUE_SIBLING_MISSING';
    const name = formatName(target);
    const message = `name server ${name} is below a delegation and has no address here (glue)`;
    this.#add(severity, code, subject, message);
  }

  /** @param nameAt where the target stands in the RDATA; the root means "no such service" */
  #checkServers({ owner, type, rdatas }: Rrset, nameAt: number): void {
    for (const rdata of rdatas) {
      const target = rdata.subarray(nameAt);
      if (target[0] === 0) continue;
      const { leads } = findTarget(target, this.#origin, this.#zone);
      this.#checkLead('warning', { owner, type, rdata }, target, leads);
    }
  }

  #checkLead(severity: Severity, subject: Subject, target: Name, leads: Target['leads']): void {
    if (!isHostname(target)) {
      const message = `${formatName(target)} is not a host name (letters, digits, hyphens)`;
      this.#add('warning', 'ZONE_HOSTNAME', subject, message);
    }
    if (leads === 'cname' || leads === 'dname') {
      const alias = leads === 'cname' ? 'is a CNAME' : 'is below a DNAME';
      const rule = 'it must have addresses itself (RFC 2181 section 10.3)';
      const message = `${formatName(target)} ${alias}; ${rule}`;
      this.#add(severity, 'ZONE_TARGET_ALIAS', subject, message);
    } else if (leads === 'nothing') {
      const message = `${formatName(target)} has no address record (A or AAAA) in the zone`;
      this.#add(severity, 'ZONE_TARGET_NO_ADDRESS', subject, message);
    }
  }

  #add(severity: Severity, code: string, subject: Subject, message: string): void {
    const { owner, type, rdata } = subject;
    const where = `${formatName(owner)} ${formatTypeCode(type)}`;
    const finding: Finding = { severity, code, owner, type, message: `${where}: ${message}` };
    if (rdata !== undefined) finding.rdata = rdata;
    this.#report(finding);
  }
}

/** What a finding is about: an RRset, or one record of it. */
interface Subject {
  owner: Name;
  type: number;
  rdata?: Uint8Array;
}

/** NSEC3 records stand below an apex that may be a DNAME (RFC 6672 section 2.4). */
function isChainNode(node: ZoneNode): boolean {
  return node.rrsets.every(({ type }) => type === TYPE.NSEC3 || type === TYPE.RRSIG);
}
