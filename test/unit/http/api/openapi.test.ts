/**
 * The API document against the API: every operation that it lists is asked, and each answer is held
 * against the schema that the document has for its status.
 */
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import {
  type AdminFixture,
  createExampleZone,
  startAdmin,
  ZONES,
} from '../../../kit/admin/admin-fixture.ts';

interface Operation {
  parameters?: { in: string; name: string }[];
  responses: Record<string, { content?: Record<string, { schema?: object }> }>;
  security?: unknown[];
}

interface ApiDocument {
  openapi: string;
  info: { version: string };
  paths: Record<string, Record<string, Operation>>;
}

type Step = readonly [
  method: string,
  path: string,
  asked?: string,
  body?: unknown,
  headers?: Record<string, string>,
];

const JSON_TYPE = { 'content-type': 'application/json' };
const TEXT_DNS = { 'content-type': 'text/dns' };
const ZONE_FILE = '@ 60 SOA ns1 host 1 2 3 4 5\n@ 60 NS ns1.example.net.\n';
const TOKENS = '/api/holdfast/v1/tokens';
const AUDIT = '/api/holdfast/v1/audit';
const SEARCH = '/api/v1/servers/localhost/search-data';
const KEYS = '/api/v1/servers/localhost/tsigkeys';
const AUTOPRIMARIES = '/api/v1/servers/localhost/autoprimaries';
const IMPORT_FORCED = '/api/holdfast/v1/zones/{zone}/import?force=true';

const OWN = '/api/holdfast/v1';
const OWN_ZONE = `${OWN}/zones/{zone}`;
const VERSION = `${OWN_ZONE}/history/{version}`;

function deletionOf(zone: string, name = zone): object {
  return { zones: [{ zone, edits: [{ change: 'DELETE', name, type: 'TXT' }] }] };
}

const CHANGE_STEPS: readonly Step[] = [
  ['GET', `${ZONES}/{id}`, undefined, undefined, { 'if-none-match': '*' }],
  ['GET', `${ZONES}/{id}`, undefined, undefined, { 'if-match': '"0"' }],
  ['PATCH', `${ZONES}/{id}`, undefined, { rrsets: [] }, { 'if-match': '"0"' }],
  ['PATCH', `${ZONES}/{id}`, undefined, { rrsets: [] }, { 'if-match': '0' }],
  ['POST', `${OWN}/changes`, undefined, deletionOf('example.org.'), JSON_TYPE],
  ['POST', `${OWN}/changes`, undefined, deletionOf('example.org.', 'other.'), JSON_TYPE],
  ['POST', `${OWN}/changes`, undefined, deletionOf('none.'), JSON_TYPE],
  ['POST', `${OWN}/changes`, undefined, {}, JSON_TYPE],
  ['GET', `${OWN}/zones`],
  ['GET', `${OWN}/zones`, `${OWN}/zones?limit=x`],
  ['GET', `${OWN}/zones`, `${OWN}/zones?after=x`],
  ['GET', OWN_ZONE],
  ['GET', OWN_ZONE, undefined, undefined, { 'if-none-match': '*' }],
  ['GET', OWN_ZONE, `${OWN}/zones/none.`],
  ['GET', `${OWN_ZONE}/rrsets`],
  ['GET', `${OWN_ZONE}/rrsets`, `${OWN_ZONE}/rrsets?after=x`],
  ['GET', `${OWN_ZONE}/rrsets`, undefined, undefined, { 'if-match': '"0"' }],
  ['GET', `${OWN_ZONE}/history`],
  ['GET', `${OWN_ZONE}/history`, `${OWN}/zones/none./history`],
  ['GET', VERSION, `${OWN_ZONE}/history/1`],
  ['GET', VERSION, `${OWN_ZONE}/history/99`],
  ['GET', `${OWN_ZONE}/diff`, `${OWN_ZONE}/diff?from=1&to=1`],
  ['GET', `${OWN_ZONE}/diff`, `${OWN_ZONE}/diff?from=0`],
  ['POST', `${OWN_ZONE}/restore`, undefined, { version: 1 }, JSON_TYPE],
  ['POST', `${OWN_ZONE}/restore`, undefined, { version: 99 }, JSON_TYPE],
  ['POST', `${OWN_ZONE}/restore`, undefined, {}, JSON_TYPE],
  ['POST', `${OWN_ZONE}/restore`, undefined, 'x', { 'content-type': 'text/plain' }],
  ['POST', `${OWN_ZONE}/restore`, undefined, { version: 1 }, { ...JSON_TYPE, 'if-match': '"0"' }],
];

/** Path of the document, and how to ask it. The zone example.org. exists, with one receipt r-1. */
const TOUR: readonly Step[] = [
  ['GET', '/api'],
  ['GET', '/api/v1'],
  ['GET', '/api/v1/servers'],
  ['GET', '/api/v1/servers/localhost'],
  ['GET', '/api/v1/servers/localhost/config'],
  ['GET', '/api/v1/servers/localhost/statistics'],
  [
    'GET',
    '/api/v1/servers/localhost/statistics',
    '/api/v1/servers/localhost/statistics?statistic=x',
  ],
  [
    'PUT',
    '/api/v1/servers/localhost/cache/flush',
    '/api/v1/servers/localhost/cache/flush?domain=a.',
  ],
  ['GET', SEARCH],
  ['GET', SEARCH, `${SEARCH}?q=*example.org`],
  ['POST', KEYS, KEYS, { name: 'one', algorithm: 'hmac-sha256' }],
  ['POST', KEYS, KEYS, { name: 'one', algorithm: 'hmac-sha256' }],
  ['POST', KEYS, KEYS, { name: 'two', algorithm: 'none' }],
  ['POST', KEYS],
  ['GET', KEYS],
  ['GET', `${KEYS}/{id}`, `${KEYS}/one.`],
  ['GET', `${KEYS}/{id}`, `${KEYS}/none.`],
  ['PUT', `${KEYS}/{id}`, `${KEYS}/one.`, { algorithm: 'hmac-sha512' }],
  ['DELETE', `${KEYS}/{id}`, `${KEYS}/one.`],
  ['POST', AUTOPRIMARIES, AUTOPRIMARIES, { ip: '192.0.2.1', nameserver: 'ns1.example.org' }],
  ['POST', AUTOPRIMARIES, AUTOPRIMARIES, { ip: '192.0.2.1', nameserver: 'ns1.example.org' }],
  ['POST', AUTOPRIMARIES, AUTOPRIMARIES, { ip: 'none', nameserver: 'ns1.example.org' }],
  ['GET', AUTOPRIMARIES],
  ['DELETE', `${AUTOPRIMARIES}/{ip}/{nameserver}`, `${AUTOPRIMARIES}/192.0.2.1/ns1.example.org`],
  ['GET', ZONES],
  ['GET', ZONES, `${ZONES}?dnssec=false`],
  ['POST', ZONES, ZONES, { name: 'new.org.', kind: 'Native' }],
  ['POST', ZONES, ZONES, { name: 'new.org.', kind: 'Native' }],
  ['POST', ZONES, ZONES, { name: 'new.org', kind: 'Native' }],
  ['POST', ZONES, ZONES, '{'],
  ['GET', `${ZONES}/{id}`],
  ['GET', `${ZONES}/{id}`, `${ZONES}/example.org.?rrsets=false`],
  ['GET', `${ZONES}/{id}`, `${ZONES}/none.org.`],
  ['PATCH', `${ZONES}/{id}`, undefined, { rrsets: [] }],
  ['PATCH', `${ZONES}/{id}`, undefined, {}],
  ['PUT', `${ZONES}/{id}`, undefined, { kind: 'Master' }],
  ['PUT', `${ZONES}/{id}`, undefined, { rrsets: [] }],
  ['PUT', `${ZONES}/{id}`, undefined, { kind: 'Slave' }],
  ['GET', `${ZONES}/{id}/export`, undefined, undefined, { accept: 'application/json' }],
  ['PUT', `${ZONES}/{id}/notify`],
  ['PUT', `${ZONES}/{id}/rectify`],
  ['PUT', `${ZONES}/{id}/axfr-retrieve`],
  ['GET', `${ZONES}/{id}/metadata`],
  ['POST', `${ZONES}/{id}/metadata`],
  ['POST', `${ZONES}/{id}/metadata`, undefined, { kind: 'X-A', metadata: ['a'] }],
  ['GET', `${ZONES}/{id}/metadata/{kind}`],
  ['PUT', `${ZONES}/{id}/metadata/{kind}`, undefined, { metadata: ['INCEPTION'] }],
  ['PUT', `${ZONES}/{id}/metadata/{kind}`, undefined, { metadata: [1] }],
  ['DELETE', `${ZONES}/{id}/metadata/{kind}`],
  ['GET', `${ZONES}/{id}/cryptokeys`],
  ['POST', `${ZONES}/{id}/cryptokeys`],
  ['GET', `${ZONES}/{id}/cryptokeys/{key}`],
  ['PUT', `${ZONES}/{id}/cryptokeys/{key}`],
  ['DELETE', `${ZONES}/{id}/cryptokeys/{key}`],
  ...CHANGE_STEPS,
  ['GET', '/api/holdfast/v1/receipts/{id}', '/api/holdfast/v1/receipts/r-1'],
  ['GET', '/api/holdfast/v1/receipts/{id}', '/api/holdfast/v1/receipts/none'],
  ['GET', '/api/holdfast/v1/receipts', '/api/holdfast/v1/receipts?transaction=r-1'],
  ['GET', '/api/holdfast/v1/receipts'],
  ['GET', '/api/holdfast/v1/events'],
  ['GET', '/api/holdfast/v1/events', '/api/holdfast/v1/events?after=none'],
  ['POST', TOKENS, undefined, { name: 'one', scope: { write: true, types: ['txt'] } }, JSON_TYPE],
  ['POST', TOKENS, undefined, { name: 'one', scope: {} }, JSON_TYPE],
  ['POST', TOKENS, undefined, { name: 'two', scope: { zones: ['no dot'] } }, JSON_TYPE],
  ['POST', TOKENS, undefined, { name: 'two' }, JSON_TYPE],
  ['POST', TOKENS, undefined, { name: 'two', scope: {} }, { 'content-type': 'text/plain' }],
  ['GET', TOKENS],
  ['GET', `${TOKENS}/{token}`],
  ['DELETE', `${TOKENS}/{token}`],
  ['GET', '/api/holdfast/v1/journal'],
  ['POST', '/api/holdfast/v1/zones/{zone}/repair'],
  ['GET', AUDIT],
  ['GET', AUDIT, `${AUDIT}?after=x`],
  ['GET', AUDIT, `${AUDIT}?limit=x`],
  ['POST', '/api/holdfast/v1/backups'],
  ['GET', '/api/holdfast/v1/backups'],
  ['POST', '/api/holdfast/v1/backups/verify'],
  [
    'POST',
    '/api/holdfast/v1/zones/{zone}/import',
    undefined,
    'broken',
    { 'content-type': 'text/dns' },
  ],
  ['PUT', '/api/holdfast/v1/zones/{zone}/import', undefined, ZONE_FILE, TEXT_DNS],
  ['PUT', '/api/holdfast/v1/zones/{zone}/import', IMPORT_FORCED, ZONE_FILE, TEXT_DNS],
  ['PUT', '/api/holdfast/v1/zones/{zone}/import', undefined, '', { 'content-type': 'a/b' }],
  ['DELETE', `${ZONES}/{id}`],
  ['DELETE', `${ZONES}/{id}`],
];

async function documentOf(admin: AdminFixture): Promise<ApiDocument> {
  return (await (await fetch(`${admin.url}/api/docs`)).json()) as ApiDocument;
}

/** How the answer to one step differs from what the document says, or `undefined`. */
async function differenceOf(
  admin: AdminFixture,
  operation: Operation | undefined,
  [method, path, target = path, body, headers]: Step,
): Promise<string | undefined> {
  const url = target
    .replace(/\{(?:id|zone)\}/, 'example.org.')
    .replace('{kind}', 'SOA-EDIT')
    .replace('{key}', '1');
  const response = await admin.call(method, url, body, headers);
  const text = await response.text();
  const label = `${method} ${target} answers ${response.status} ${text}`;
  const described = operation?.responses[response.status];
  if (described === undefined) return `${label}: status not described`;
  if (described.content === undefined) return text === '' ? undefined : `${label}: has a body`;
  const type = response.headers.get('content-type')?.split(';', 1)[0] ?? '';
  const schema = described.content[type]?.schema;
  if (schema === undefined) return `${label}: ${type} not described`;
  // A stream is described as such, and not what its lines are.
  if (type === 'application/x-ndjson') return undefined;
  const checked = z.fromJSONSchema(schema as never).safeParse(JSON.parse(text));
  return checked.success ? undefined : `${label}: ${checked.error.message}`;
}

function isOpen(operation: Operation): boolean {
  return operation.security?.length === 0;
}

describe('the API document', () => {
  it('is OpenAPI 3.1, in JSON or YAML, and needs no key', async () => {
    const admin = await startAdmin();
    const document = await documentOf(admin);
    expect(document).toMatchObject({ openapi: '3.1.0', info: { version: '0.1.0' } });
    const headers = { accept: 'application/yaml' };
    const response = await fetch(`${admin.url}/api/docs`, { headers });
    expect(response.headers.get('content-type')).toBe('application/yaml');
    expect(parse(await response.text())).toEqual(document);
  });

  it('describes every answer as it is, for every operation', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const { paths } = await documentOf(admin);
    const asked = new Set<string>();
    const differences: string[] = [];
    for (const step of TOUR) {
      const [method, path] = step;
      const difference = await differenceOf(admin, paths[path]?.[method.toLowerCase()], step);
      if (difference !== undefined) differences.push(difference);
      asked.add(`${method} ${path}`);
    }
    expect(differences).toEqual([]);
    const listed = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([, operation]) => !isOpen(operation))
        .map(([method]) => `${method.toUpperCase()} ${path}`),
    );
    expect([...asked].sort()).toEqual(listed.sort());
  });

  it('names the headers that make writes safe, and those that spare answers', async () => {
    const { paths } = await documentOf(await startAdmin());
    const headersOf = (path: string, method: string): string[] =>
      (paths[path]?.[method]?.parameters ?? [])
        .filter((parameter) => parameter.in === 'header')
        .map(({ name }) => name);
    expect(headersOf(`${ZONES}/{id}`, 'get')).toEqual(['if-none-match', 'if-match']);
    const safe = ['idempotency-key', 'prefer'];
    expect(headersOf(`${ZONES}/{id}`, 'patch')).toEqual([...safe, 'if-match']);
    expect(headersOf(`${OWN_ZONE}/import`, 'put')).toEqual([...safe, 'if-match']);
    expect(headersOf(`${OWN}/changes`, 'post')).toEqual(safe);
    expect(headersOf(`${OWN}/zones`, 'get')).toEqual([]);
  });

  it('asks for the key everywhere but where the server does not', async () => {
    const admin = await startAdmin();
    const { paths } = await documentOf(admin);
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        const url = `${admin.url}${path.replaceAll(/[{}]/g, '')}`;
        const { status } = await fetch(url, { method: method.toUpperCase() });
        expect(status, `${method} ${path}`).toBe(isOpen(operation) ? 200 : 401);
      }
    }
  });
});
