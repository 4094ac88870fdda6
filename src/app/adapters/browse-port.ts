/** Zones and their RRsets page by page, joined to the zone database. */
import { compareNames, formatName, isAtOrBelow, type Name } from '#dns/wire/name.ts';
import { formatTypeCode, typeOfMnemonic } from '#dns/wire/rdata/registry.ts';
import type { StoredNode } from '#dns/zonedb/node-row.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import type { ZoneState } from '#dns/zonedb/zone-list.ts';
import type { ZoneView } from '#dns/zonedb/zone-view.ts';
import { invalidRequest } from '#http/api/api-error.ts';
import type { BrowsePort, ListedZone, RrsetPage, ZonePage } from '#http/api/change-ports.ts';
import { refusing } from './change-refusal.ts';
import { formatRrset, readName } from './zone-text.ts';

/** Names that one page looks at, whatever it shows of them. */
const NAMES_SEEN_MAX = 20_000;
/** Nodes that one page reads. */
const NODES_READ_MAX = 10_000;
/** Nodes read at once. */
const NODES_AT_ONCE = 256;
/** Behind every RRset of a node. */
const TYPE_LAST = 0xffff;

/** Where a page of RRsets begins: behind one of this name and type. */
interface Cursor {
  owner: Name;
  type: number;
}

interface PageOptions {
  after?: string;
  name?: string;
  type?: string;
  limit: number;
}

export class BrowseAdapter implements BrowsePort {
  readonly #zones: ZoneDb;

  constructor(zones: ZoneDb) {
    this.#zones = zones;
  }

  find(zone: string): ListedZone | undefined {
    const apex = readName(zone);
    const state = apex === undefined ? undefined : this.#zones.find(apex);
    return state && listedZone(state);
  }

  zones({ after, suffix, limit, isShown }: Parameters<BrowsePort['zones']>[0]): ZonePage {
    const names = this.#zones.names();
    const above = suffix === undefined ? undefined : demandName(suffix);
    const behind = after === undefined ? undefined : demandName(after);
    let at = above === undefined ? 0 : findPlace(names, above, false);
    if (behind !== undefined) at = Math.max(at, findPlace(names, behind, true));
    const page: ZonePage = { zones: [] };
    const seenEnd = Math.min(names.length, at + NAMES_SEEN_MAX);
    for (; at < seenEnd && page.zones.length < limit; at++) {
      // What lies below a name stands right behind it.
      if (above !== undefined && !isAtOrBelow(names[at], above)) return page;
      const state = this.#zones.find(names[at]);
      if (state !== undefined && isShown(formatName(names[at]))) page.zones.push(listedZone(state));
    }
    const isMore = at < names.length && (above === undefined || isAtOrBelow(names[at], above));
    return isMore ? { ...page, next: formatName(names[at - 1]) } : page;
  }

  async rrsets(zone: string, options: PageOptions): Promise<RrsetPage | undefined> {
    const apex = readName(zone);
    const view = apex === undefined ? undefined : await this.#zones.view(apex);
    if (view === undefined) return undefined;
    try {
      return await refusing(zone, () => readPage(view, options));
    } finally {
      await view.close();
    }
  }
}

async function readPage(view: ZoneView, options: PageOptions): Promise<RrsetPage> {
  const { apex, version } = view.row;
  const type = options.type === undefined ? undefined : typeOfMnemonic(options.type);
  const page: RrsetPage = { zone: formatName(apex), version, rrsets: [] };
  if (options.type !== undefined && type === undefined) return page;
  const start = options.after === undefined ? undefined : readCursor(options.after, apex);
  const only = options.name === undefined ? undefined : demandName(options.name);
  let last = start;
  let nodesRead = 0;
  for await (const { owner, rrsets } of nodesFrom(view, start?.owner ?? apex, only)) {
    const isStart = start !== undefined && compareNames(start.owner, owner) === 0;
    for (const rrset of rrsets) {
      if (isStart && rrset.type <= start.type) continue;
      if (type !== undefined && rrset.type !== type) continue;
      if (page.rrsets.length === options.limit && last !== undefined) {
        return { ...page, next: formatCursor(last) };
      }
      page.rrsets.push(formatRrset(owner, rrset));
      last = { owner, type: rrset.type };
    }
    nodesRead += 1;
    if (nodesRead === NODES_READ_MAX) {
      return { ...page, next: formatCursor({ owner, type: TYPE_LAST }) };
    }
  }
  return page;
}

/** @param only the one node that is wanted, if it is in the zone and not before `start` */
async function* nodesFrom(
  view: ZoneView,
  start: Name,
  only: Name | undefined,
): AsyncGenerator<StoredNode> {
  if (only !== undefined) {
    const isBehind = compareNames(only, start) >= 0;
    if (isBehind && isAtOrBelow(only, view.row.apex)) yield await view.node(only);
    return;
  }
  for (let from = start, isFirst = true; ; isFirst = false) {
    const nodes = await view.nodesFrom(from, NODES_AT_ONCE);
    // A later chunk begins with the node that the one before ended with.
    const isRepeated = !isFirst && nodes.length > 0 && compareNames(nodes[0].owner, from) === 0;
    yield* isRepeated ? nodes.slice(1) : nodes;
    const last = nodes.at(-1);
    if (last === undefined || nodes.length < NODES_AT_ONCE) return;
    from = last.owner;
  }
}

function formatCursor({ owner, type }: Cursor): string {
  return `${formatName(owner)}/${formatTypeCode(type)}`;
}

/** @throws ApiError API_REQUEST_INVALID */
function readCursor(text: string, apex: Name): Cursor {
  const [, name = '', mnemonic = ''] = /^(.*)\/([^/]*)$/.exec(text) ?? [];
  const owner = readName(name);
  const type = typeOfMnemonic(mnemonic);
  if (owner !== undefined && type !== undefined && isAtOrBelow(owner, apex)) return { owner, type };
  throw invalidRequest(`after: '${text}' is no cursor of this zone; send the 'next' of a page`);
}

/** @throws ApiError API_REQUEST_INVALID */
function demandName(text: string): Name {
  const name = readName(text);
  if (name === undefined) throw invalidRequest(`'${text}' is not a domain name with a final dot`);
  return name;
}

/** The first place in canonical order that is at the name, or behind it. */
function findPlace(names: readonly Name[], name: Name, isBehind: boolean): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compareNames(names[middle], name);
    if (order < 0 || (order === 0 && isBehind)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function listedZone({ row, fault }: Readonly<ZoneState>): ListedZone {
  return {
    name: formatName(row.apex),
    kind: row.settings.kind,
    serial: row.serial,
    version: row.version,
    recordCount: row.records,
    ...(fault !== undefined && { fault }),
  };
}
