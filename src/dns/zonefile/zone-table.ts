/**
 * A whole zone in memory, compact: what `loadZonefile` fills and others read as nodes in canonical
 * order. Records stay where the file put them; a run of records with the same owner is one row of
 * `runs`, and only the runs are sorted (and not even they, when the file was in order).
 *
 *     runs      sortKey in the arena | owner in the arena | sizes | index of the first record
 *     records   RDATA in the arena | size and type | TTL | line and file
 *
 * About 45 octets a run and 20 a record beside the RDATA. Objects exist only while a node is
 * looked at.
 */
import type { FilePlace } from '#base/coded-error.ts';
import { lowerOctet, NAME_SIZE_MAX, type Name, sortKey, writeSortKey } from '#dns/wire/name.ts';
import type { RdataWriter } from '#dns/wire/rdata/rdata-writer.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { ZoneNode } from '#dns/zone/node.ts';
import { PackedNode } from '#dns/zone/packed-node.ts';
import type { Rrset } from '#dns/zone/rrset.ts';
import { type BuiltRrset, buildRrset } from '#dns/zone/rrset-builder.ts';
import type { ZoneLookup } from '#dns/zone/target-check.ts';
import { NumberColumn, OctetArena } from './octet-arena.ts';
import type { RecordSink } from './record-sink.ts';

/** How far `hasAddressNear` looks: the glue of a delegation and what the sort puts between. */
const NEAR_RUNS = 16;

/** The records of one owner, wherever in the file they stood. */
export interface TableNode extends ZoneNode {
  rrsets: Rrset[];
  /** As `rrsets`: what building each of them merged, and its records in order of the file. */
  built: BuiltRrset[];
  records: number[][];
}

export class ZoneTable implements RecordSink, ZoneLookup {
  readonly #arena = new OctetArena();
  /** One row a run of records with the same owner. */
  readonly #runKeys = new NumberColumn();
  readonly #runOwners = new NumberColumn();
  /** Size of the key << 16 | size of the owner. */
  readonly #runSizes = new NumberColumn();
  readonly #runFirsts = new NumberColumn();
  /** One row a record. */
  readonly #rdatas = new NumberColumn();
  /** Size of the RDATA << 16 | type. */
  readonly #shapes = new NumberColumn();
  readonly #ttls = new NumberColumn();
  readonly #lines = new NumberColumn();
  /** Files by name, and for each the first record read from it, in order of reading. */
  readonly #sources: { file: string; first: number }[] = [];
  #lastOwner: Name | undefined;
  readonly #key = new Uint8Array(2 * NAME_SIZE_MAX);
  /** Runs in canonical order, runs of the same owner in order of the file; set by `seal`. */
  #order: Uint32Array = new Uint32Array(0);

  get recordCount(): number {
    return this.#rdatas.size;
  }

  record(
    owner: Name,
    type: number,
    ttl: number,
    rdata: Pick<RdataWriter, 'buffer' | 'size'>,
    place: Pick<FilePlace, 'file' | 'line'>,
  ): void {
    if (owner !== this.#lastOwner) this.#addRun(owner);
    if (this.#sources.at(-1)?.file !== place.file) {
      this.#sources.push({ file: place.file, first: this.recordCount });
    }
    this.#rdatas.add(this.#arena.add(rdata.buffer, rdata.size));
    this.#shapes.add(rdata.size * 0x1_0000 + type);
    this.#ttls.add(ttl);
    this.#lines.add(place.line);
  }

  #addRun(owner: Name): void {
    this.#lastOwner = owner;
    const keySize = writeSortKey(owner, undefined, this.#key);
    this.#runKeys.add(this.#arena.add(this.#key, keySize));
    this.#runOwners.add(this.#arena.add(owner, owner.length));
    this.#runSizes.add((keySize << 16) | owner.length);
    this.#runFirsts.add(this.recordCount);
  }

  /** Gives the memory of a zone that is done with back at once: a large one has hundreds of MB. */
  release(): void {
    const runs = [this.#runKeys, this.#runOwners, this.#runSizes, this.#runFirsts];
    const records = [this.#rdatas, this.#shapes, this.#ttls, this.#lines];
    for (const part of [this.#arena, ...runs, ...records]) part.release();
    this.#order = new Uint32Array(0);
  }

  /** Ends the filling and sorts; must be called once before anything is read. */
  seal(): void {
    this.#lastOwner = undefined;
    const count = this.#runFirsts.size;
    const order = Array.from({ length: count }, (_, index) => index);
    if (!this.#isOrdered()) order.sort((a, b) => this.#compareRuns(a, b) || a - b);
    this.#order = Uint32Array.from(order);
  }

  #isOrdered(): boolean {
    for (let run = 1; run < this.#runFirsts.size; run++) {
      if (this.#compareRuns(run - 1, run) > 0) return false;
    }
    return true;
  }

  #compareRuns(a: number, b: number): number {
    const aKey = this.#runKeys.at(a);
    const bKey = this.#runKeys.at(b);
    const aBlock = this.#arena.block(aKey);
    const bBlock = this.#arena.block(bKey);
    const aAt = this.#arena.offset(aKey);
    const bAt = this.#arena.offset(bKey);
    const aSize = this.#runSizes.at(a) >>> 16;
    const bSize = this.#runSizes.at(b) >>> 16;
    const shared = Math.min(aSize, bSize);
    for (let step = 0; step < shared; step++) {
      const order = aBlock[aAt + step] - bBlock[bAt + step];
      if (order !== 0) return order;
    }
    return aSize - bSize;
  }

  /** The zone's nodes in canonical order, each built when it is reached. */
  *nodes(): Generator<TableNode> {
    const order = this.#order;
    let at = 0;
    while (at < order.length) {
      let end = at + 1;
      while (end < order.length && this.#compareRuns(order[at], order[end]) === 0) end += 1;
      yield this.#buildNode(at, end);
      at = end;
    }
  }

  /**
   * The same nodes, ordered and without objects: one `PackedNode`, filled again for each. `place`
   * is for `node` and `hasAddressBelow`.
   */
  *packedNodes(): Generator<{ node: PackedNode; place: number }> {
    const current = { node: new PackedNode(), place: 0 };
    let at = 0;
    while (at < this.#order.length) {
      current.place = at;
      at = this.#packNode(at, current.node);
      yield current;
    }
  }

  /** Fills the node with the owner at this place in the order; returns the next owner's. */
  #packNode(from: number, node: PackedNode): number {
    const order = this.#order;
    const first = order[from];
    const ownerAt = this.#runOwners.at(first);
    const ownerSize = this.#runSizes.at(first) & 0xffff;
    node.begin(this.#arena.block(ownerAt), this.#arena.offset(ownerAt), ownerSize);
    let at = from;
    do {
      const run = order[at];
      const end = this.#runEnd(run);
      for (let record = this.#runFirsts.at(run); record < end; record++) {
        const reference = this.#rdatas.at(record);
        const shape = this.#shapes.at(record);
        const block = this.#arena.block(reference);
        const offset = this.#arena.offset(reference);
        node.add(shape & 0xffff, this.#ttls.at(record), block, offset, shape >>> 16);
      }
      at += 1;
    } while (at < order.length && this.#compareRuns(first, order[at]) === 0);
    node.order();
    return at;
  }

  /** The node at a place that `packedNodes` gave, as objects. */
  node(place: number): TableNode {
    let end = place + 1;
    while (end < this.#order.length && this.#isSameOwner(place, end)) end += 1;
    return this.#buildNode(place, end);
  }

  #isSameOwner(place: number, other: number): boolean {
    return this.#compareRuns(this.#order[place], this.#order[other]) === 0;
  }

  /**
   * Looks for an address among the next names after a place, where glue of a delegation in its own
   * domain stands. False says only that it is not among them.
   * @param target owner in `octets[at..at + size)`, in any case
   */
  hasAddressNear(place: number, octets: Uint8Array, at: number, size: number): boolean {
    const end = Math.min(this.#order.length, place + NEAR_RUNS);
    for (let near = place + 1; near < end; near++) {
      const run = this.#order[near];
      if ((this.#runSizes.at(run) & 0xffff) !== size || !this.#isOwner(run, octets, at)) continue;
      const recordEnd = this.#runEnd(run);
      for (let record = this.#runFirsts.at(run); record < recordEnd; record++) {
        const type = this.#type(record);
        if (type === TYPE.A || type === TYPE.AAAA) return true;
      }
    }
    return false;
  }

  #isOwner(run: number, octets: Uint8Array, at: number): boolean {
    const reference = this.#runOwners.at(run);
    const size = this.#runSizes.at(run) & 0xffff;
    const block = this.#arena.block(reference);
    const offset = this.#arena.offset(reference);
    for (let step = 0; step < size; step++) {
      if (lowerOctet(block[offset + step]) !== lowerOctet(octets[at + step])) return false;
    }
    return true;
  }

  /** Names at most that the zone holds, empty non-terminals left out. */
  get runCount(): number {
    return this.#runFirsts.size;
  }

  /** The zone's RRsets in canonical order. */
  *rrsets(): Generator<Rrset> {
    for (const node of this.nodes()) yield* node.rrsets;
  }

  /** @param from,to runs of one owner, as places in the order */
  #buildNode(from: number, to: number): TableNode {
    const records: number[] = [];
    for (let at = from; at < to; at++) {
      const run = this.#order[at];
      for (let record = this.#runFirsts.at(run); record < this.#runEnd(run); record++) {
        records.push(record);
      }
    }
    if (records.length > 1) records.sort((a, b) => this.#type(a) - this.#type(b) || a - b);
    const first = this.#order[from];
    const owner = this.#arena.view(this.#runOwners.at(first), this.#runSizes.at(first) & 0xffff);
    const node: TableNode = { owner, rrsets: [], built: [], records: [] };
    let at = 0;
    while (at < records.length) {
      const type = this.#type(records[at]);
      let end = at + 1;
      while (end < records.length && this.#type(records[end]) === type) end += 1;
      this.#addRrset(node, type, records.slice(at, end));
      at = end;
    }
    return node;
  }

  #addRrset(node: TableNode, type: number, records: number[]): void {
    const ttls = records.map((record) => this.#ttls.at(record));
    const rdatas = records.map((record) => this.rdata(record));
    const built = buildRrset(node.owner, type, ttls, rdatas);
    node.rrsets.push(built.rrset);
    node.built.push(built);
    node.records.push(records);
  }

  has(owner: Name, type: number): boolean {
    const key = sortKey(owner);
    for (let at = this.#firstRun(key); at < this.#order.length; at++) {
      const run = this.#order[at];
      if (this.#compareToKey(run, key) !== 0) return false;
      for (let record = this.#runFirsts.at(run); record < this.#runEnd(run); record++) {
        if (this.#type(record) === type) return true;
      }
    }
    return false;
  }

  /** Place in the order of the first run whose key is not below `key`. */
  #firstRun(key: Uint8Array): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compareToKey(this.#order[middle], key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compareToKey(run: number, key: Uint8Array): number {
    const reference = this.#runKeys.at(run);
    const block = this.#arena.block(reference);
    const at = this.#arena.offset(reference);
    const size = this.#runSizes.at(run) >>> 16;
    const shared = Math.min(size, key.length);
    for (let step = 0; step < shared; step++) {
      const order = block[at + step] - key[step];
      if (order !== 0) return order;
    }
    return size - key.length;
  }

  #runEnd(run: number): number {
    return run + 1 < this.#runFirsts.size ? this.#runFirsts.at(run + 1) : this.recordCount;
  }

  #type(record: number): number {
    return this.#shapes.at(record) & 0xffff;
  }

  /** Where the file has a record; the column is that of the line's first octet. */
  place(record: number): FilePlace {
    let file = '';
    for (const source of this.#sources) {
      if (source.first > record) break;
      ({ file } = source);
    }
    return { file, line: this.#lines.at(record), column: 1 };
  }

  /** The octets of a record's RDATA: a view. */
  rdata(record: number): Uint8Array {
    return this.#arena.view(this.#rdatas.at(record), this.#shapes.at(record) >>> 16);
  }
}
