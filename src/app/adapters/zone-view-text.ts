/** One pinned version of a zone as text: RRsets for the API, lines for an export. */
import { isAtOrBelow } from '#dns/wire/name.ts';
import { typeOfMnemonic } from '#dns/wire/rdata/registry.ts';
import type { ZoneNode } from '#dns/zone/node.ts';
import type { StoredNode } from '#dns/zonedb/node-row.ts';
import { servedRrset } from '#dns/zonedb/served-rrset.ts';
import type { ZoneView as StoredZoneView } from '#dns/zonedb/zone-view.ts';
import { printZone } from '#dns/zonefile/zonefile-printer.ts';
import type { RrsetFilter, RrsetText, ZoneSummary, ZoneView } from '#http/api/ports.ts';
import { formatRrset, readName } from './zone-text.ts';

/** The caller closes the result, which closes `view`. */
export function openZoneView(view: StoredZoneView, summary: ZoneSummary): ZoneView {
  return {
    summary,
    rrsets: (filter) => readRrsets(view, filter ?? {}),
    masterFile: () => printZone(readServed(view)),
    close: () => view.close(),
  };
}

async function* readRrsets(view: StoredZoneView, filter: RrsetFilter): AsyncGenerator<RrsetText[]> {
  const type = filter.type === undefined ? undefined : typeOfMnemonic(filter.type);
  if (filter.type !== undefined && type === undefined) return;
  for await (const nodes of selectNodes(view, filter.name)) {
    const rrsets = nodes.flatMap(({ owner, rrsets: stored }) =>
      stored
        .filter((rrset) => type === undefined || rrset.type === type)
        .map((rrset) => formatRrset(owner, rrset)),
    );
    if (rrsets.length > 0) yield rrsets;
  }
}

async function* selectNodes(
  view: StoredZoneView,
  name: string | undefined,
): AsyncGenerator<StoredNode[]> {
  if (name === undefined) {
    yield* view.nodes();
    return;
  }
  const owner = readName(name);
  if (owner !== undefined && isAtOrBelow(owner, view.row.apex)) yield [await view.node(owner)];
}

/** What clients are served: without disabled records. */
async function* readServed(view: StoredZoneView): AsyncGenerator<ZoneNode> {
  for await (const nodes of view.nodes()) {
    for (const { owner, rrsets: stored } of nodes) {
      const rrsets = stored
        .map((rrset) => servedRrset(owner, rrset))
        .filter((rrset) => rrset !== undefined);
      if (rrsets.length > 0) yield { owner, rrsets };
    }
  }
}
