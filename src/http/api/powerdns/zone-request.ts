/**
 * Zones in requests: the document of a POST, and the settings of a POST or PUT. The order of the
 * checks is PowerDNS's, because clients see the first one that fails.
 */
import { isIP } from 'node:net';
import { invalidRequest, notAvailable } from '../api-error.ts';
import type { NewZone, RrsetText, ZoneKind, ZoneSettings } from '../ports.ts';
import { canonicalZoneName, isCanonical, withFinalDot } from '../zone-name.ts';
import {
  asObject,
  findArray,
  findBoolean,
  findCount,
  findString,
  findStrings,
  getString,
  type JsonObject,
} from './json-fields.ts';
import { parseRrsets } from './rrset-request.ts';

const SERIAL_MAX = 0xffff_ffff;

/** What a new zone has that its document does not mention. */
const SETTINGS_OF_NEW_ZONE: Readonly<ZoneSettings> = {
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
};

/** The name of the zone to be made, so that a zone that exists is said before all else. */
export function parseNewZoneName(body: unknown): string {
  return canonicalZoneName(getString(asObject(body), 'name'));
}

/** The whole document of a POST. `nowSeconds` dates comments that carry no date. */
export function parseNewZone(body: unknown, nowSeconds: number): NewZone {
  const document = asObject(body);
  const name = parseNewZoneName(body);
  getString(document, 'kind');
  const settings = { ...SETTINGS_OF_NEW_ZONE, ...parseZoneSettings(body, name) };
  const masterFile = findString(document, 'zone') || undefined;
  const given = findArray(document, 'rrsets');
  if (masterFile !== undefined && given !== undefined) {
    throw invalidRequest('You cannot give rrsets AND zone data as text');
  }
  if (masterFile !== undefined && settings.kind === 'Consumer') {
    throw invalidRequest('Zone data MUST NOT be given for Consumer zones');
  }
  const rrsets = parseRrsets(given ?? [], nowSeconds);
  const nameservers = parseNameservers(document, settings.kind);
  if (
    nameservers.length > 0 &&
    rrsets.some((rrset) => rrset.name === name && rrset.type === 'NS')
  ) {
    throw invalidRequest('Nameservers list MUST NOT be mixed with zone-level NS in rrsets');
  }
  const serial = findCount(document, 'serial', SERIAL_MAX);
  return {
    name,
    settings,
    rrsets,
    nameservers,
    ...(serial === undefined ? {} : { serial }),
    ...(masterFile === undefined ? {} : { masterFile }),
  };
}

/** The RRsets of a PUT, which are the zone's whole content; `undefined`: settings only. */
export function parseWholeContent(
  body: unknown,
  zone: { name: string; kind: ZoneKind },
  nowSeconds: number,
): RrsetText[] | undefined {
  const given = findArray(asObject(body), 'rrsets');
  if (given === undefined) return undefined;
  if (zone.kind === 'Consumer') {
    if (given.length === 0) return undefined;
    throw invalidRequest('Zone data MUST NOT be given for Consumer zones');
  }
  const rrsets = parseRrsets(given, nowSeconds);
  if (!rrsets.some(({ name, type }) => name === zone.name && type === 'SOA')) {
    throw invalidRequest('Must give SOA record for zone when replacing all RR sets');
  }
  return rrsets;
}

/** The settings that the document mentions, `zone` being the zone's name for the texts. */
export function parseZoneSettings(body: unknown, zone: string): Partial<ZoneSettings> {
  const document = asObject(body);
  if (findBoolean(document, 'dnssec') === true) {
    throw invalidRequest(
      `Zone '${zone}' cannot be signed: ${notAvailable('DNSSEC signing').message}`,
    );
  }
  const nsec3param = findString(document, 'nsec3param');
  if (nsec3param !== undefined && nsec3param !== '') {
    throw invalidRequest(
      `NSEC3PARAM value provided for zone '${zone}', but zone is not DNSSEC secured.`,
    );
  }
  const kind = findString(document, 'kind');
  const catalog = findString(document, 'catalog');
  const settings: {
    [Key in keyof Omit<ZoneSettings, 'metadata'>]: ZoneSettings[Key] | undefined;
  } = {
    kind: kind === undefined ? undefined : parseKind(kind),
    account: findString(document, 'account'),
    masters: parseMasters(document),
    catalog: catalog === undefined || catalog === '' ? catalog : canonicalZoneName(catalog),
    soaEdit: findString(document, 'soa_edit'),
    soaEditApi: findString(document, 'soa_edit_api'),
    apiRectify: findBoolean(document, 'api_rectify'),
    nsec3param,
    nsec3narrow: findBoolean(document, 'nsec3narrow'),
    masterTsigKeyIds: parseKeyIds(document, 'master_tsig_key_ids'),
    slaveTsigKeyIds: parseKeyIds(document, 'slave_tsig_key_ids'),
  };
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined),
  ) as Partial<ZoneSettings>;
}

/** Any case, the newer words too; a word that nobody knows means Native, as it does there. */
function parseKind(text: string): ZoneKind {
  switch (text.toLowerCase()) {
    case 'master':
    case 'primary':
      return 'Master';
    case 'slave':
    case 'secondary':
      return 'Slave';
    case 'producer':
      return 'Producer';
    case 'consumer':
      return 'Consumer';
    default:
      return 'Native';
  }
}

function parseMasters(document: JsonObject): string[] | undefined {
  const masters = findStrings(document, 'masters', "Key 'masters' is not a list of Strings");
  return masters?.map((text) => {
    const address = formatPrimaryAddress(text);
    if (address === undefined) throw invalidRequest(`Master '${text}' is not an IP address`);
    return address;
  });
}

/** `ip`, `ip:port` or `[ip6]:port` with the default port left out; `undefined` for all else. */
function formatPrimaryAddress(text: string): string | undefined {
  if (isIP(text) !== 0) return text;
  const found = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::(\d{1,5}))?$/.exec(text);
  const address = found?.[1] ?? found?.[2];
  if (address === undefined || isIP(address) === 0) return undefined;
  const port = found?.[3] === undefined ? 53 : Number(found[3]);
  if (port < 1 || port > 65_535) return undefined;
  if (port === 53) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Ids end in a dot, names may lack it. */
function parseKeyIds(document: JsonObject, key: string): string[] | undefined {
  const ids = findStrings(document, key, `Key '${key}' is not a list of Strings`);
  return ids?.map((id) => canonicalZoneName(withFinalDot(id)));
}

function parseNameservers(document: JsonObject, kind: ZoneKind): string[] {
  const names = findStrings(document, 'nameservers', 'Nameservers is not a list of Strings') ?? [];
  if (names.length > 0 && kind === 'Consumer') {
    throw invalidRequest('Nameservers MUST NOT be given for Consumer zones');
  }
  for (const name of names) {
    if (name === '') throw invalidRequest('Nameservers must be non-empty strings');
    if (!isCanonical(name)) throw invalidRequest(`Nameserver is not canonical: '${name}'`);
  }
  return names;
}
