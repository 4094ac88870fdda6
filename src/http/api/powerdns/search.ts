/**
 * A search through zones, records and comments. There is no index: it reads zone after zone until
 * it has found as much as was asked for, or its time or room is over, and says so when they are.
 * Each kind of thing has its own `max`, as in PowerDNS.
 */
import type { Clock } from '#base/clock.ts';
import type { RrsetText, ZonePort, ZoneSummary, ZoneView } from '../ports.ts';
import { zoneIdOfName } from '../zone-name.ts';
import type { SearchPattern } from './search-pattern.ts';

export const SEARCH_KINDS = ['zone', 'record', 'comment'] as const;
export type SearchKind = (typeof SEARCH_KINDS)[number];

export interface SearchLimits {
  /** One search takes no longer. */
  timeMs: number;
  /** Characters of all contents that are found. */
  charactersMax: number;
}

export const SEARCH_LIMITS: Readonly<SearchLimits> = {
  timeMs: 3_000,
  charactersMax: 8 * 1024 * 1024,
};

export interface SearchOrder {
  pattern: SearchPattern;
  kinds: ReadonlySet<SearchKind>;
  /** Of each kind. */
  max: number;
  mayReadZone: (zone: string) => boolean;
  mayReadRrset: (zone: string, rrset: RrsetText) => boolean;
}

export interface SearchResult {
  /** Zones, then records, then comments. */
  found: Record<string, unknown>[];
  /** False: there may be more, which its time or room did not allow. */
  complete: boolean;
}

export async function search(
  zones: Pick<ZonePort, 'list' | 'open'>,
  clock: Clock,
  order: SearchOrder,
  limits: SearchLimits = SEARCH_LIMITS,
): Promise<SearchResult> {
  const run = new SearchRun(order, limits, clock);
  for await (const chunk of zones.list()) {
    for (const zone of chunk) {
      if (run.isOver) break;
      if (!order.mayReadZone(zone.name)) continue;
      run.seeZone(zone);
      if (!run.wantsContents) continue;
      const view = await zones.open(zone.name);
      if (view !== undefined) await searchContents(run, view);
    }
    if (run.isOver) break;
  }
  return run.result();
}

async function searchContents(run: SearchRun, view: ZoneView): Promise<void> {
  try {
    for await (const rrsets of view.rrsets()) {
      for (const rrset of rrsets) run.seeRrset(view.summary.name, rrset);
      if (run.isOver || !run.wantsContents) return;
    }
  } finally {
    await view.close();
  }
}

class SearchRun {
  readonly #order: SearchOrder;
  readonly #found: Record<SearchKind, Record<string, unknown>[]> = {
    zone: [],
    record: [],
    comment: [],
  };
  readonly #clock: Clock;
  readonly #limits: SearchLimits;
  readonly #endUs: number;
  #characters = 0;
  #complete = true;

  constructor(order: SearchOrder, limits: SearchLimits, clock: Clock) {
    this.#order = order;
    this.#limits = limits;
    this.#clock = clock;
    this.#endUs = clock.monotonicUs() + limits.timeMs * 1000;
  }

  /** Nothing more is wanted, or may be had. */
  get isOver(): boolean {
    if (!SEARCH_KINDS.some((kind) => this.#wants(kind))) return true;
    const isSpent =
      this.#clock.monotonicUs() > this.#endUs || this.#characters > this.#limits.charactersMax;
    if (isSpent) this.#complete = false;
    return isSpent;
  }

  get wantsContents(): boolean {
    return this.#wants('record') || this.#wants('comment');
  }

  seeZone({ name }: ZoneSummary): void {
    if (!this.#wants('zone') || !this.#order.pattern.matchesName(name)) return;
    this.#found.zone.push({ object_type: 'zone', name, zone_id: zoneIdOfName(name) });
  }

  seeRrset(zone: string, rrset: RrsetText): void {
    const { pattern, mayReadRrset } = this.#order;
    const isName = pattern.matchesName(rrset.name);
    let isReadable: boolean | undefined;
    const take = (kind: SearchKind, content: string, more: Record<string, unknown>): void => {
      isReadable ??= mayReadRrset(zone, rrset);
      if (!isReadable) return;
      const { name, type } = rrset;
      const place = { object_type: kind, name, type, zone, zone_id: zoneIdOfName(zone) };
      this.#found[kind].push({ ...place, content, ...more });
      this.#characters += content.length;
    };
    for (const { content, disabled } of this.#wants('record') ? rrset.records : []) {
      if (!this.#wants('record')) break;
      if (!isName && !pattern.matchesContent(content)) continue;
      take('record', content, { ttl: rrset.ttl, disabled });
    }
    for (const { content } of this.#wants('comment') ? rrset.comments : []) {
      if (!this.#wants('comment')) break;
      if (isName || pattern.matches(content)) take('comment', content, {});
    }
  }

  result(): SearchResult {
    const { zone, record, comment } = this.#found;
    return { found: [...zone, ...record, ...comment], complete: this.#complete };
  }

  #wants(kind: SearchKind): boolean {
    return this.#order.kinds.has(kind) && this.#found[kind].length < this.#order.max;
  }
}
