/**
 * The kinds of metadata that PowerDNS has, which of them its API lets people write, and where ours
 * are kept. Some are settings of the zone that its document shows under another name; the others
 * are kept as they come under their kind. A kind of somebody's own begins with `X-`.
 *
 * What a kind does here is told in docs/reference/powerdns-differences.md.
 */
import { invalidRequest } from '../api-error.ts';
import type { ZoneSettings, ZoneSummary } from '../ports.ts';
import { withFinalDot } from '../zone-name.ts';

/** All metadata of a zone as JSON, in characters. */
export const METADATA_SIZE_MAX = 65_536;

/** Kept under their kind; anybody who may write metadata may write them. */
const KEPT_KINDS: ReadonlySet<string> = new Set([
  'ALLOW-AXFR-FROM',
  'ALLOW-DNSUPDATE-FROM',
  'ALSO-NOTIFY',
  'AXFR-SOURCE',
  'FORWARD-DNSUPDATE',
  'GSS-ACCEPTOR-PRINCIPAL',
  'GSS-ALLOW-AXFR-PRINCIPAL',
  'IXFR',
  'NOTIFY-DNSUPDATE',
  'PUBLISH-CDNSKEY',
  'PUBLISH-CDS',
  'RFC1123-CONFORMANCE',
  'SIGNALING-ZONE',
  'SLAVE-RENOTIFY',
  'SOA-EDIT-DNSUPDATE',
  'TSIG-ALLOW-DNSUPDATE',
]);

/** Settings of the zone that may be read and written as metadata too. */
const SETTING_KINDS: Readonly<
  Record<
    string,
    {
      read: (settings: Readonly<ZoneSettings>) => string[];
      write: (values: string[]) => Partial<ZoneSettings>;
    }
  >
> = {
  'SOA-EDIT': {
    read: ({ soaEdit }) => (soaEdit === '' ? [] : [soaEdit]),
    write: (values) => {
      if (values.length > 1) throw invalidRequest('SOA-EDIT has one value');
      return { soaEdit: values[0] ?? '' };
    },
  },
  'TSIG-ALLOW-AXFR': {
    read: ({ masterTsigKeyIds }) => masterTsigKeyIds,
    write: (values) => ({
      masterTsigKeyIds: values.map((name) => withFinalDot(name.toLowerCase())),
    }),
  },
};

/** Facts of the zone that metadata shows and never changes. */
const READ_KINDS: Readonly<Record<string, (zone: ZoneSummary) => string[]>> = {
  'AXFR-MASTER-TSIG': ({ settings }) => settings.slaveTsigKeyIds,
  'LUA-AXFR-SCRIPT': () => [],
  NSEC3NARROW: ({ settings }) => (settings.nsec3narrow ? ['1'] : []),
  NSEC3PARAM: ({ settings }) => (settings.nsec3param === '' ? [] : [settings.nsec3param]),
  PRESIGNED: ({ signed }) => (signed ? ['1'] : []),
};

/** Shown in the list of all; by their kind PowerDNS does not know them. */
const LISTED_KINDS: typeof READ_KINDS = {
  'API-RECTIFY': ({ settings }) => (settings.apiRectify ? ['1'] : []),
  'SOA-EDIT-API': ({ settings }) => (settings.soaEditApi === '' ? [] : [settings.soaEditApi]),
};

/** Every kind that has a value, in alphabetical order. */
export function listMetadata(zone: ZoneSummary): [kind: string, values: readonly string[]][] {
  const shown: [string, readonly string[]][] = Object.entries({
    ...READ_KINDS,
    ...LISTED_KINDS,
  }).map(([kind, read]) => [kind, read(zone)]);
  for (const [kind, { read }] of Object.entries(SETTING_KINDS)) {
    shown.push([kind, read(zone.settings)]);
  }
  shown.push(...Object.entries(zone.settings.metadata));
  return shown
    .filter(([, values]) => values.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
}

/** The values of one kind. @throws ApiError API_REQUEST_INVALID for a kind that there is not */
export function readMetadata(zone: ZoneSummary, kind: string): readonly string[] {
  if (Object.hasOwn(READ_KINDS, kind)) return READ_KINDS[kind](zone);
  return readWritable(zone.settings, kind);
}

/**
 * What changes when a kind gets the values that `change` makes of those it has.
 * @throws ApiError API_REQUEST_INVALID for a kind that there is not or that is not written so, and
 *   for more than a zone may have
 */
export function changeMetadata(
  settings: Readonly<ZoneSettings>,
  kind: string,
  change: (values: readonly string[]) => string[],
): Partial<ZoneSettings> {
  const values = change(readWritable(settings, kind));
  if (Object.hasOwn(SETTING_KINDS, kind)) return SETTING_KINDS[kind].write(values);
  const { [kind]: _held, ...others } = settings.metadata;
  const metadata = values.length === 0 ? others : { ...others, [kind]: values };
  if (JSON.stringify(metadata).length > METADATA_SIZE_MAX) {
    throw invalidRequest(`All metadata of a zone may take ${METADATA_SIZE_MAX} characters`);
  }
  return { metadata };
}

function readWritable(settings: Readonly<ZoneSettings>, kind: string): readonly string[] {
  if (Object.hasOwn(SETTING_KINDS, kind)) return SETTING_KINDS[kind].read(settings);
  if (!KEPT_KINDS.has(kind) && !kind.startsWith('X-')) {
    throw invalidRequest(`Unsupported metadata kind '${kind}'`);
  }
  return Object.hasOwn(settings.metadata, kind) ? settings.metadata[kind] : [];
}
