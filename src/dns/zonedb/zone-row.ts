/**
 * The stored form of a zone, layout 1: JSON, one row a zone under the canonical key of its apex.
 * The row says which generation of node rows is the zone, and how many records and which digest
 * those rows must have: a vanished or resurfaced row shows (invariant 6).
 */

import { assert } from '#base/assert.ts';
import { asBuffer, utf8 } from '#base/bytes.ts';
import { CodedError } from '#base/coded-error.ts';
import { formatName, type Name, parseName } from '#dns/wire/name.ts';
import { parseDigest, type RowDigest } from '#store/digest.ts';
import type { ChangeSource } from './change.ts';

const LAYOUT = 1;

/** What the admin API lets people set on a zone; named as PowerDNS names them. */
export interface ZoneSettings {
  kind: 'Native' | 'Master' | 'Slave' | 'Producer' | 'Consumer';
  account: string;
  /** Addresses of the primaries. */
  masters: string[];
  /** Catalog zone that lists this zone, or empty. */
  catalog: string;
  soaEdit: string;
  /** Echoed as sent; read case-insensitively: DEFAULT, INCREASE, EPOCH, or '' for by hand. */
  soaEditApi: string;
  apiRectify: boolean;
  nsec3param: string;
  nsec3narrow: boolean;
  masterTsigKeyIds: string[];
  slaveTsigKeyIds: string[];
  /** By kind as PowerDNS names them: `ALLOW-AXFR-FROM`, `ALSO-NOTIFY`, … */
  metadata: Record<string, string[]>;
}

/**
 * Catalog zones list what we serve: only their SOA is answered, and those who may transfer them
 * have the rest (RFC 9432 section 7).
 */
export function isHidden({ kind }: Pick<ZoneSettings, 'kind'>): boolean {
  return kind === 'Producer' || kind === 'Consumer';
}

/** True for zones that come from other servers: their records and serials are not ours. */
export function isFetched({ kind }: Partial<Pick<ZoneSettings, 'kind'>>): boolean {
  return kind === 'Slave' || kind === 'Consumer';
}

/** Of a zone that came from a master file. */
export const DEFAULT_SETTINGS: Readonly<ZoneSettings> = Object.freeze({
  kind: 'Native',
  account: '',
  masters: [],
  catalog: '',
  soaEdit: '',
  soaEditApi: 'DEFAULT',
  apiRectify: false,
  nsec3param: '',
  nsec3narrow: false,
  masterTsigKeyIds: [],
  slaveTsigKeyIds: [],
  metadata: {},
});

export interface ZoneRow {
  /** Lower case. */
  apex: Name;
  /** Which node rows are the zone. */
  generation: number;
  /** Counts every change of the zone in this store, from 1. */
  version: number;
  serial: number;
  /** Records, disabled ones counted. */
  records: number;
  /** Digest over the node rows, hexadecimal. */
  digest: string;
  /** The journal entry that made this version. */
  sequence: number;
  /** Carries RRSIG records: served as it is, not edited record by record (invariant 14). */
  signed: boolean;
  /**
   * When the first of those signatures expires, Unix seconds; absent without signatures, and when
   * an incremental transfer took that signature away.
   */
  signaturesExpireAt?: number | undefined;
  /** Made by hand, or changed since it was imported: the next import needs to be forced. */
  edited: boolean;
  /** The door that the whole content last came through. */
  contentSource: ChangeSource;
  settings: ZoneSettings;
}

export function formatZoneRow(zone: ZoneRow): Uint8Array {
  return utf8(JSON.stringify({ layout: LAYOUT, ...zone, apex: formatName(zone.apex) }));
}

/** @throws CodedError STORE_LAYOUT for a layout that this version does not know */
export function parseZoneRow(value: Uint8Array): ZoneRow {
  const { layout, ...row } = JSON.parse(asBuffer(value).toString('utf8')) as Omit<
    ZoneRow,
    'apex'
  > & { layout: number; apex: string };
  if (layout !== LAYOUT) {
    throw new CodedError(
      'STORE_LAYOUT',
      `a zone row has layout ${layout}, and this version of Holdfast reads ${LAYOUT}`,
    );
  }
  return { ...row, apex: parseName(row.apex) };
}

/**
 * False if a row that the store shows is an older one than was known before it was read. Later ones
 * are right: the store has a change before anybody is told.
 */
export function isAsNew(shown: ZoneRow, known: ZoneRow): boolean {
  if (shown.sequence !== known.sequence) return shown.sequence > known.sequence;
  const isVersion = shown.version === known.version && shown.generation === known.generation;
  return isVersion && shown.digest === known.digest;
}

/** The digest of the zone's rows, to be carried on. */
export function openRowDigest(zone: ZoneRow): RowDigest {
  const digest = parseDigest(zone.digest);
  assert(digest !== undefined, 'a zone row holds a digest');
  return digest;
}
