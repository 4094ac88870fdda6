/** Names rows of the store for people: what kind of row it is, of which zone and owner. */
import { asBuffer } from '#base/bytes.ts';
import { formatName, type Name, nameOfSortKey } from '#dns/wire/name.ts';
import { KEYSPACE, readU64Key } from '#store/keyspace.ts';
import { formatKey } from '#store/level-reader.ts';
import { generationOf, NODE_KEY_PREFIX_SIZE } from './zone-keys.ts';

/** A row, described as far as it can be. */
export interface KeyDescription {
  /** Its prefix in KEYSPACE: `node`, `journal`, `token`, … */
  readonly kind: string;
  /** The zone that it is of, where that is known. */
  readonly zone?: string;
  /** The owner name of the records in it. */
  readonly owner?: string;
  /** The number of an entry of a log. */
  readonly sequence?: number;
}

/** Keys that are a number behind their prefix. */
const NUMBERED: ReadonlySet<number> = new Set([
  KEYSPACE.journal,
  KEYSPACE.event,
  KEYSPACE.audit,
  KEYSPACE.registryJournal,
]);
/** Keys that are a zone's name behind their prefix. */
const OF_ZONE: ReadonlySet<number> = new Set([KEYSPACE.zone, KEYSPACE.zoneFile, KEYSPACE.refresh]);
const NUMBERED_KEY_SIZE = 9;

/** @param zoneOf the apex of the zone that has a generation */
export function describeKey(
  key: Uint8Array,
  zoneOf: (generation: number) => Name | undefined,
): KeyDescription {
  const [prefix] = key;
  const known = Object.entries(KEYSPACE).find(([, value]) => value === prefix);
  const kind = known?.[0] ?? 'unknown';
  try {
    if (prefix === KEYSPACE.node && key.length >= NODE_KEY_PREFIX_SIZE) {
      const apex = zoneOf(generationOf(key));
      if (apex === undefined) return { kind };
      const owner = formatName(nameOfSortKey(key.subarray(NODE_KEY_PREFIX_SIZE), apex));
      return { kind, zone: formatName(apex), owner };
    }
    if (OF_ZONE.has(prefix)) return { kind, zone: formatName(nameOfSortKey(key.subarray(1))) };
  } catch {
    // A key that was damaged itself may be no name.
    return { kind };
  }
  if (!NUMBERED.has(prefix) || key.length !== NUMBERED_KEY_SIZE) return { kind };
  return { kind, sequence: readU64Key(asBuffer(key), 1) };
}

/** `node of www.example.com. in zone example.com.`, `journal entry 17`, `token 44…`. */
export function formatKeyDescription(key: Uint8Array, described: KeyDescription): string {
  const { kind, zone, owner, sequence } = described;
  if (owner !== undefined) return `${kind} of ${owner} in zone ${zone}`;
  if (zone !== undefined) return `${kind} of zone ${zone}`;
  return sequence === undefined ? `${kind} ${formatKey(key)}` : `${kind} entry ${sequence}`;
}
