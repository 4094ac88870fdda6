/**
 * The PowerDNS API described for the API document. These schemas judge nothing at run time (see
 * leniency.ts); tests hold every answer against them, so they cannot drift from what is served.
 */
import type { FastifySchema } from 'fastify';
import { z } from 'zod';

const seconds = z.int().min(0);
const serial = z.int().min(0).max(0xffff_ffff);

const recordSchema = z.strictObject({
  content: z.string().describe('Presentation form; names in it end in a dot'),
  disabled: z.boolean().describe('Kept and listed, but not served'),
});

const commentSchema = z.strictObject({
  account: z.string(),
  content: z.string(),
  modified_at: seconds.describe('Unix seconds'),
});

const rrsetSchema = z.strictObject({
  comments: z.array(commentSchema),
  name: z.string().describe('Owner, with a final dot'),
  records: z.array(recordSchema),
  ttl: seconds,
  type: z.string().describe('Mnemonic, or TYPEnnn'),
});

const kindSchema = z.enum(['Native', 'Master', 'Slave', 'Producer', 'Consumer']);

const listedZone = {
  account: z.string(),
  catalog: z.string(),
  id: z.string(),
  kind: kindSchema,
  last_check: seconds,
  masters: z.array(z.string()),
  name: z.string(),
  notified_serial: serial,
  serial,
  url: z.string(),
};

const zoneListSchema = z.array(
  z.strictObject({
    ...listedZone,
    dnssec: z.boolean().optional(),
    edited_serial: serial.optional(),
  }),
);

const zoneSchema = z.strictObject({
  ...listedZone,
  api_rectify: z.boolean(),
  dnssec: z.boolean(),
  edited_serial: serial,
  master_tsig_key_ids: z.array(z.string()),
  nsec3narrow: z.boolean(),
  nsec3param: z.string(),
  record_count: z.int().min(0).optional(),
  rrsets: z.array(rrsetSchema).optional(),
  slave_tsig_key_ids: z.array(z.string()),
  soa_edit: z.string(),
  soa_edit_api: z.string(),
});

const newRecord = z.looseObject({ content: z.string(), disabled: z.boolean().optional() });
const newComment = z.looseObject({
  content: z.string(),
  account: z.string().optional(),
  modified_at: seconds.optional(),
});
const newRrset = z.looseObject({
  name: z.string(),
  type: z.string(),
  ttl: seconds,
  records: z.array(newRecord),
  comments: z.array(newComment).optional(),
});

const settingsRequest = z.looseObject({
  kind: z.string().optional(),
  account: z.string().optional(),
  masters: z.array(z.string()).optional(),
  catalog: z.string().optional(),
  soa_edit: z.string().optional(),
  soa_edit_api: z.string().optional(),
  api_rectify: z.boolean().optional(),
});

const newZoneRequest = settingsRequest.extend({
  name: z.string(),
  kind: z.string(),
  nameservers: z.array(z.string()).optional(),
  rrsets: z.array(newRrset).optional(),
  zone: z.string().optional().describe('A master file, instead of rrsets'),
});

const patchRequest = z.looseObject({
  rrsets: z.array(
    newRrset.partial({ ttl: true, records: true }).extend({
      changetype: z
        .enum(['REPLACE', 'DELETE', 'EXTEND', 'PRUNE'])
        .describe(
          'EXTEND and PRUNE take exactly one record, and the TTL of the set if none is given',
        ),
    }),
  ),
});

const errorSchema = z.strictObject({ error: z.string() });
const resultSchema = z.strictObject({ result: z.string() });
const zoneParams = z.object({
  id: z.string().describe('Name of the zone; octets outside [A-Za-z0-9.-] as =XX'),
});
const noBody = z.null().describe('No body');
const refusals = { 401: errorSchema, 404: errorSchema, 422: errorSchema };
const writeRefusals = { 400: errorSchema, ...refusals };
/** Of what is done on a condition. */
const zoneRefusals = { 412: errorSchema, ...writeRefusals };

/** A schema with the tag and the refusals that all share. */
function describe(summary: string, schema: FastifySchema): FastifySchema {
  return { tags: ['PowerDNS v1'], summary, ...schema };
}

const serverSchema = z.strictObject({
  autoprimaries_url: z.string(),
  config_url: z.string(),
  daemon_type: z.literal('authoritative'),
  id: z.literal('localhost'),
  type: z.literal('Server'),
  url: z.string(),
  version: z.string(),
  zones_url: z.string(),
});

export const SERVER_SCHEMAS = {
  versions: describe('API versions', {
    response: { 200: z.array(z.strictObject({ url: z.string(), version: z.int() })) },
  }),
  features: describe('Where servers are', {
    response: {
      200: z.array(z.strictObject({ api_features: z.array(z.string()), server_url: z.string() })),
    },
  }),
  list: describe('List servers', { response: { 200: z.array(serverSchema), 401: errorSchema } }),
  get: describe('Read the server', { response: { 200: serverSchema, 401: errorSchema } }),
  configuration: describe('Read the configuration', {
    response: {
      200: z.array(
        z.strictObject({ name: z.string(), type: z.literal('ConfigSetting'), value: z.string() }),
      ),
    },
  }),
  statistics: describe('Read statistics', {
    querystring: z.object({
      statistic: z.string().optional(),
      includerings: z.string().optional().describe('Taken; there are no rings'),
    }),
    response: {
      200: z.array(
        z.discriminatedUnion('type', [
          z.strictObject({ name: z.string(), type: z.literal('StatisticItem'), value: z.string() }),
          z.strictObject({
            name: z.string(),
            type: z.literal('MapStatisticItem'),
            value: z.array(z.strictObject({ name: z.string(), value: z.string() })),
          }),
        ]),
      ),
      ...refusals,
    },
  }),
  flush: describe('Flush a name from caches', {
    querystring: z.object({ domain: z.string() }),
    response: { 200: z.strictObject({ count: z.int(), result: z.string() }), ...refusals },
  }),
};

export const ZONE_SCHEMAS = {
  list: describe('List zones', {
    querystring: z.object({ zone: z.string().optional(), dnssec: z.string().optional() }),
    response: { 200: zoneListSchema, ...refusals },
  }),
  create: describe('Create a zone', {
    querystring: z.object({ rrsets: z.string().optional() }),
    body: newZoneRequest,
    response: { 201: zoneSchema, 409: errorSchema, 501: errorSchema, ...writeRefusals },
  }),
  get: describe('Read a zone', {
    params: zoneParams,
    querystring: z.object({
      rrsets: z.string().optional(),
      rrset_name: z.string().optional(),
      rrset_type: z.string().optional(),
      include_disabled: z.string().optional(),
      record_count: z.string().optional(),
    }),
    response: { 200: zoneSchema, 304: noBody, ...zoneRefusals },
  }),
  patch: describe('Change RRsets, all or none', {
    params: zoneParams,
    body: patchRequest,
    response: { 204: noBody, ...zoneRefusals },
  }),
  put: describe('Change settings; with rrsets, replace the whole content', {
    params: zoneParams,
    body: settingsRequest.extend({ rrsets: z.array(newRrset).optional() }),
    response: { 204: noBody, 501: errorSchema, ...zoneRefusals },
  }),
  delete: describe('Delete a zone', {
    params: zoneParams,
    response: { 204: noBody, ...zoneRefusals },
  }),
};

export const ACTION_SCHEMAS = {
  export: describe('Export a zone as a master file', {
    params: zoneParams,
    response: { 200: z.strictObject({ zone: z.string() }), ...refusals },
  }),
  notify: describe('Notify the secondaries of a zone', {
    params: zoneParams,
    response: { 200: resultSchema, ...refusals },
  }),
  rectify: describe('Rectify a zone', {
    params: zoneParams,
    response: { 200: resultSchema, ...refusals },
  }),
  retrieve: describe('Retrieve a zone from its primary', {
    params: zoneParams,
    body: z.looseObject({ primary: z.string().optional() }).optional(),
    response: { 200: resultSchema, ...refusals },
  }),
};

const metadataSchema = z.strictObject({
  kind: z.string(),
  metadata: z.array(z.string()),
  type: z.literal('Metadata'),
});
const metadataParams = zoneParams.extend({ kind: z.string() });
const metadataRequest = z.looseObject({ metadata: z.array(z.string()) });

export const METADATA_SCHEMAS = {
  list: describe('Read all metadata of a zone', {
    params: zoneParams,
    response: { 200: z.array(metadataSchema), ...refusals },
  }),
  add: describe('Add values to a kind of metadata', {
    params: zoneParams,
    body: metadataRequest.extend({ kind: z.string() }),
    response: { 201: metadataSchema, ...zoneRefusals },
  }),
  get: describe('Read one kind of metadata of a zone', {
    params: metadataParams,
    response: { 200: metadataSchema, ...refusals },
  }),
  set: describe('Set the values of a kind of metadata', {
    params: metadataParams,
    body: metadataRequest,
    response: { 200: metadataSchema, ...zoneRefusals },
  }),
  delete: describe('Delete a kind of metadata', {
    params: metadataParams,
    response: { 204: noBody, ...zoneRefusals },
  }),
};

export const CRYPTOKEY_SCHEMAS = {
  list: describe('List the keys of a zone: none without signing', {
    params: zoneParams,
    response: { 200: z.array(z.never()), ...refusals },
  }),
  refused: describe('Not available in this version', { response: { ...refusals } }),
};

const tsigKeySchema = z.strictObject({
  algorithm: z.string(),
  id: z.string().describe('The name with its final dot, escaped'),
  key: z.string().describe('Base64; empty in the list'),
  name: z.string().describe('Without its final dot'),
  type: z.literal('TSIGKey'),
});
const tsigKeyRequest = z.looseObject({
  name: z.string(),
  algorithm: z.string().describe('As in hmac-sha256'),
  key: z.string().optional().describe('Base64; made when absent'),
});
const tsigKeyParams = z.object({ id: z.string() });

export const TSIG_KEY_SCHEMAS = {
  list: describe('List TSIG keys, without their secrets', {
    response: { 200: z.array(tsigKeySchema), 401: errorSchema },
  }),
  create: describe('Make a TSIG key', {
    body: tsigKeyRequest,
    response: { 201: tsigKeySchema, 409: errorSchema, ...writeRefusals },
  }),
  get: describe('Read a TSIG key with its secret', {
    params: tsigKeyParams,
    response: { 200: tsigKeySchema, ...refusals },
  }),
  change: describe('Change a TSIG key', {
    params: tsigKeyParams,
    body: tsigKeyRequest.partial(),
    response: { 200: tsigKeySchema, 409: errorSchema, ...writeRefusals },
  }),
  delete: describe('Delete a TSIG key', {
    params: tsigKeyParams,
    response: { 204: noBody, ...refusals },
  }),
};

const autoprimarySchema = z.strictObject({
  account: z.string(),
  ip: z.string(),
  nameserver: z.string(),
});

export const AUTOPRIMARY_SCHEMAS = {
  list: describe('List autoprimaries', {
    response: { 200: z.array(autoprimarySchema), 401: errorSchema },
  }),
  add: describe('Add an autoprimary', {
    body: z.looseObject({ ...autoprimarySchema.shape, account: z.string().optional() }),
    response: { 201: noBody, 409: errorSchema, ...writeRefusals },
  }),
  remove: describe('Remove an autoprimary', {
    params: z.object({ ip: z.string(), nameserver: z.string() }),
    response: { 204: noBody, ...refusals },
  }),
};

const foundPlace = { name: z.string(), zone_id: z.string() };
const foundContent = { content: z.string(), type: z.string(), zone: z.string() };

export const SEARCH_SCHEMAS = {
  search: describe('Search zones, records and comments', {
    querystring: z.object({
      q: z.string().describe('* stands for any characters, ? for one'),
      max: z.string().optional().describe('Of each kind; 100 when absent'),
      object_type: z.string().optional().describe('all, zone, record or comment'),
    }),
    response: {
      200: z.array(
        z.discriminatedUnion('object_type', [
          z.strictObject({ object_type: z.literal('zone'), ...foundPlace }),
          z.strictObject({
            object_type: z.literal('record'),
            ...foundPlace,
            ...foundContent,
            disabled: z.boolean(),
            ttl: seconds,
          }),
          z.strictObject({ object_type: z.literal('comment'), ...foundPlace, ...foundContent }),
        ]),
      ),
      503: errorSchema,
      ...refusals,
    },
  }),
};
