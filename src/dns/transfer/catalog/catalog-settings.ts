/**
 * How zone settings and catalogs meet. `catalog` names the catalog that lists a zone: of a zone of
 * our own one that we make, of a fetched zone the one that it came by. The rest is metadata:
 *
 *     X-CATALOG-GROUP    groups of the zone (RFC 9432 section 4.4.2)
 *     X-CATALOG-COO      name of the catalog that may take the zone over (section 4.4.1)
 *     X-CATALOG-LABEL    of a fetched zone: its label in the catalog, one for each incarnation; and
 *                        behind it the label of the incarnation whose records are still here
 */
import { CodedError } from '#base/coded-error.ts';
import { lowerName, type Name, parseName, ROOT } from '#dns/wire/name.ts';
import type { ZoneSettings } from '#dns/zonedb/zone-row.ts';
import { GROUPS_MAX } from './catalog-zone.ts';

const GROUP = 'X-CATALOG-GROUP';
const COO = 'X-CATALOG-COO';
const LABEL = 'X-CATALOG-LABEL';

export function catalogGroups({ metadata }: Pick<ZoneSettings, 'metadata'>): string[] {
  return (metadata[GROUP] ?? []).slice(0, GROUPS_MAX);
}

/** `undefined` where there is none, or no name. */
export function catalogCoo({ metadata }: Pick<ZoneSettings, 'metadata'>): Name | undefined {
  return readName(metadata[COO]?.[0]);
}

/** `undefined` where nobody knows it any more. */
export function catalogLabel({ metadata }: Pick<ZoneSettings, 'metadata'>): string | undefined {
  return metadata[LABEL]?.[0];
}

/**
 * Whether the records of a fetched zone are still those of an earlier incarnation, whose serials
 * say nothing about the new one. It stands in the settings until the zone was fetched whole, so
 * that neither a primary that is down nor the end of the process forgets it.
 */
export function hasOutlivedContent({ metadata }: Pick<ZoneSettings, 'metadata'>): boolean {
  return (metadata[LABEL]?.length ?? 0) > 1;
}

/** What changes when the zone was fetched as what went by this label; it may have another now. */
export function withContentOf(
  label: string | undefined,
  { metadata }: Pick<ZoneSettings, 'metadata'>,
): Partial<ZoneSettings> {
  if (label === undefined || metadata[LABEL]?.[0] !== label) return {};
  return { metadata: { ...metadata, [LABEL]: [label] } };
}

/** The catalog that a zone says it is in. */
export function catalogOf({ catalog }: Pick<ZoneSettings, 'catalog'>): Name | undefined {
  return catalog === '' ? undefined : readName(catalog);
}

/** Metadata of a fetched zone with what its catalog says of it, and of what its records are. */
export function withCatalogFacts(
  metadata: Readonly<Record<string, string[]>>,
  label: string,
  groups: readonly string[],
): Record<string, string[]> {
  const { [GROUP]: _groups, [LABEL]: [before, content] = [], ...others } = metadata;
  const outlived = content ?? (before === label ? undefined : before);
  const labels = outlived === undefined ? [label] : [label, outlived];
  return { ...others, [LABEL]: labels, ...(groups.length > 0 && { [GROUP]: [...groups] }) };
}

function readName(text: string | undefined): Name | undefined {
  if (text === undefined) return undefined;
  try {
    return lowerName(parseName(text, ROOT));
  } catch (error) {
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}
