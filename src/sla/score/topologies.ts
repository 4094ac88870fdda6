/**
 * Which name servers and addresses were of record, when. A topology holds from the first cycle that
 * starts at or after its `at` until the next one. Before the first, everything tested counts.
 */
import { canonicalAddress } from '#sla/measurement/cycle-record.ts';
import { instantMs } from '#sla/measurement/instant.ts';
import type { EventOf } from '#sla/measurement/measurement.ts';
import type { Catalogue } from './catalogue.ts';
import type { ListedNameservers } from './cycle-tally.ts';
import type { Span } from './spans.ts';

interface Entry {
  fromMs: number;
  isSigned: boolean;
  pairs: { nameserver: string; address: string }[];
  /** Made when first asked for; the catalogue only grows, so it stays right. */
  listed: ListedNameservers | undefined;
}

export class Topologies {
  #entries: Entry[] = [];

  /** False if nothing changes by it. */
  add(topology: EventOf<'topology'>): boolean {
    const pairs = Object.entries(topology.nameservers).flatMap(([nameserver, addresses]) =>
      addresses.map((address) => ({
        nameserver: nameserver.toLowerCase(),
        address: canonicalAddress(address),
      })),
    );
    const fromMs = instantMs(topology.at);
    const entry: Entry = { fromMs, isSigned: topology.dnssec, pairs, listed: undefined };
    const before = this.#entryAt(fromMs);
    if (before?.fromMs === fromMs && textOf(before) >= textOf(entry)) return false;
    this.#entries = [...this.#entries.filter((other) => other.fromMs !== fromMs), entry];
    this.#entries.sort((a, b) => a.fromMs - b.fromMs);
    return true;
  }

  /** What is of record at an instant; `undefined` before the first topology. */
  listedAt(ms: number, catalogue: Catalogue): ListedNameservers | undefined {
    const entry = this.#entryAt(ms);
    if (entry === undefined) return undefined;
    if (entry.listed === undefined) {
      const numbers = entry.pairs.map(({ nameserver, address }) =>
        catalogue.addressNumber(nameserver, address),
      );
      const isListed = new Uint8Array(Math.max(0, ...numbers.map((number) => number + 1)));
      for (const number of numbers) isListed[number] = 1;
      entry.listed = { isSigned: entry.isSigned, isListed };
    }
    return entry.listed;
  }

  /** When an address was of record within a span, by its number. */
  presenceOf(address: number, span: Span, catalogue: Catalogue): Span[] {
    const spans: Span[] = [];
    const edges = [span.fromMs, ...this.#entries.map((entry) => entry.fromMs), span.toMs];
    const inside = [...new Set(edges.filter((edge) => edge >= span.fromMs && edge <= span.toMs))];
    inside.sort((a, b) => a - b);
    for (const [at, fromMs] of inside.entries()) {
      const toMs = inside[at + 1];
      if (toMs === undefined) break;
      const listed = this.listedAt(fromMs, catalogue);
      if (listed === undefined || listed.isListed[address] === 1) spans.push({ fromMs, toMs });
    }
    return spans;
  }

  /** Makes the addresses of every topology known to the catalogue. */
  enter(catalogue: Catalogue): void {
    for (const entry of this.#entries) this.listedAt(entry.fromMs, catalogue);
  }

  #entryAt(ms: number): Entry | undefined {
    return this.#entries.findLast((entry) => entry.fromMs <= ms);
  }
}

/** Two that contradict each other at one instant: the greater text holds, in whatever order. */
function textOf(entry: Entry): string {
  return JSON.stringify([entry.isSigned, entry.pairs]);
}
