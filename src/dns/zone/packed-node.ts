/**
 * A node without objects: the owner and all records end to end in one piece of memory, used again
 * for node after node. Zones of millions of names go from a master file into image and store this
 * way; whoever needs a node to look at takes a `ZoneNode`.
 *
 *     octets   owner | RDATA of record 0 | RDATA of record 1 | …     (each uncompressed)
 *     columns  per record: type, TTL, where its RDATA begins, its size
 */
import { type Name, ROOT } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { compareRdatas, foldsNames } from './canonical-order.ts';

const OCTETS_FIRST = 1 << 12;
const RECORDS_FIRST = 64;
/** Above so many records moving them one by one is slower than sorting an index. */
const INSERTION_COUNT_MAX = 32;

export class PackedNode {
  octets = new Uint8Array(OCTETS_FIRST);
  /** The owner, which also stands at the beginning of `octets`; valid until the next node. */
  owner: Name = ROOT;
  count = 0;
  types = new Uint16Array(RECORDS_FIRST);
  /** Seconds. */
  ttls = new Uint32Array(RECORDS_FIRST);
  starts = new Uint32Array(RECORDS_FIRST);
  sizes = new Uint16Array(RECORDS_FIRST);
  /** Set by `order`: a record stood there twice, or the TTLs of an RRset differed. */
  isMerged = false;
  #used = 0;
  /** Memory for owners of each size, so that none is allocated per node. */
  readonly #owners: Name[] = [];

  /** Starts a node with the owner `source[at..at + size)`. */
  begin(source: Uint8Array, at: number, size: number): void {
    this.#used = 0;
    this.count = 0;
    this.isMerged = false;
    this.owner = this.#owners[size] ??= new Uint8Array(size);
    for (let step = 0; step < size; step++) this.owner[step] = source[at + step];
    this.#append(source, at, size);
  }

  /** Adds a record with RDATA `source[at..at + size)`. */
  add(type: number, ttl: number, source: Uint8Array, at: number, size: number): void {
    if (this.count === this.types.length) this.#growColumns();
    this.types[this.count] = type;
    this.ttls[this.count] = ttl;
    this.starts[this.count] = this.#used;
    this.sizes[this.count] = size;
    this.count += 1;
    this.#append(source, at, size);
  }

  hasType(type: number): boolean {
    for (let record = 0; record < this.count; record++) {
      if (this.types[record] === type) return true;
    }
    return false;
  }

  /** A view, valid until the next node. */
  rdata(record: number): Uint8Array {
    return this.octets.subarray(this.starts[record], this.starts[record] + this.sizes[record]);
  }

  /** One past the last record of the RRset that begins with this record; after `order`. */
  rrsetEnd(first: number): number {
    const type = this.types[first];
    let end = first + 1;
    while (end < this.count && this.types[end] === type) end += 1;
    return end;
  }

  /**
   * Puts the records in order of type and canonical order (RFC 4034 section 6.3), of the same
   * records keeps the first (RFC 2181 section 5), and gives each RRset the smallest of its TTLs.
   */
  order(): void {
    if (this.count < 2) return;
    if (this.count <= INSERTION_COUNT_MAX) this.#insertionSort();
    else this.#indexSort();
    this.#dropDuplicates();
    this.#settleTtls();
  }

  #insertionSort(): void {
    for (let record = 1; record < this.count; record++) {
      for (let at = record; at > 0 && this.#compare(at - 1, at) > 0; at--) this.#swap(at - 1, at);
    }
  }

  #indexSort(): void {
    const { count } = this;
    const order = Array.from({ length: count }, (_, index) => index);
    order.sort((a, b) => this.#compare(a, b) || a - b);
    for (const column of [this.types, this.ttls, this.starts, this.sizes]) {
      const sorted = order.map((record) => column[record]);
      column.set(sorted);
    }
  }

  /** Order of two records: negative, zero (the same record) or positive. */
  #compare(a: number, b: number): number {
    const type = this.types[a];
    if (type !== this.types[b]) return type - this.types[b];
    const { octets } = this;
    const aAt = this.starts[a];
    const bAt = this.starts[b];
    const shared = Math.min(this.sizes[a], this.sizes[b]);
    let order = this.sizes[a] - this.sizes[b];
    for (let step = 0; step < shared; step++) {
      const left = octets[aAt + step];
      const right = octets[bAt + step];
      if (left === right) continue;
      order = left - right;
      break;
    }
    if (order === 0 || !foldsNames(type) || !(this.#mayFold(a) || this.#mayFold(b))) return order;
    return compareRdatas(type, this.rdata(a), this.rdata(b));
  }

  /** Only octets that are capital letters make the canonical form another than the RDATA. */
  #mayFold(record: number): boolean {
    const { octets } = this;
    const start = this.starts[record];
    const end = start + this.sizes[record];
    for (let at = start; at < end; at++) {
      if (octets[at] >= 0x41 && octets[at] <= 0x5a) return true;
    }
    return false;
  }

  #swap(a: number, b: number): void {
    swap(this.types, a, b);
    swap(this.ttls, a, b);
    swap(this.starts, a, b);
    swap(this.sizes, a, b);
  }

  #dropDuplicates(): void {
    let kept = 1;
    for (let record = 1; record < this.count; record++) {
      const isSame = this.#compare(kept - 1, record) === 0;
      if (isSame) {
        this.isMerged = true;
        this.#lowerTtl(kept - 1, this.ttls[record]);
        continue;
      }
      this.types[kept] = this.types[record];
      this.ttls[kept] = this.ttls[record];
      this.starts[kept] = this.starts[record];
      this.sizes[kept] = this.sizes[record];
      kept += 1;
    }
    this.count = kept;
  }

  #lowerTtl(record: number, ttl: number): void {
    if (ttl < this.ttls[record]) this.ttls[record] = ttl;
  }

  #settleTtls(): void {
    for (let first = 0; first < this.count; first = this.rrsetEnd(first)) {
      const end = this.rrsetEnd(first);
      let ttl = this.ttls[first];
      let differs = false;
      for (let record = first + 1; record < end; record++) {
        if (this.ttls[record] === ttl) continue;
        differs = true;
        if (this.ttls[record] < ttl) ttl = this.ttls[record];
      }
      if (!differs) continue;
      this.ttls.fill(ttl, first, end);
      if (this.types[first] !== TYPE.RRSIG) this.isMerged = true;
    }
  }

  #append(source: Uint8Array, at: number, size: number): void {
    const used = this.#used;
    if (used + size > this.octets.length) this.#growOctets(used + size);
    const { octets } = this;
    for (let step = 0; step < size; step++) octets[used + step] = source[at + step];
    this.#used = used + size;
  }

  #growOctets(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, this.octets.length * 2));
    larger.set(this.octets);
    this.octets = larger;
  }

  #growColumns(): void {
    const room = this.count * 2;
    const { types, ttls, starts, sizes } = this;
    this.types = new Uint16Array(room);
    this.ttls = new Uint32Array(room);
    this.starts = new Uint32Array(room);
    this.sizes = new Uint16Array(room);
    this.types.set(types);
    this.ttls.set(ttls);
    this.starts.set(starts);
    this.sizes.set(sizes);
  }
}

function swap(column: Uint16Array | Uint32Array, a: number, b: number): void {
  const kept = column[a];
  column[a] = column[b];
  column[b] = kept;
}
