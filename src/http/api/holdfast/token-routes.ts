/**
 * Tokens: make one with a scope, see which there are, revoke one. Only the admin key may. A secret
 * is in the answer to the request that made it and nowhere else.
 */
import { z } from 'zod';
import { formatInstant } from '#base/clock.ts';
import type { ScopeText, TokenPort, TokenSummary } from '../access-ports.ts';
import { tokenMissing } from '../api-error.ts';
import { PROBLEM } from './schemas.ts';
import type { StrictApp } from './strict-app.ts';

/** As `SCOPE_ENTRIES_MAX` of the scopes themselves. */
const ENTRIES_MAX = 1_000;

function entries(description: string) {
  return z.array(z.string().min(1)).min(1).max(ENTRIES_MAX).optional().describe(description);
}

const scopeSchema = z
  .strictObject({
    write: z.boolean().default(false).describe('false: it may only read'),
    zones: entries('Names of zones; every zone where absent'),
    suffixes: entries('Names at or below these; every name where absent'),
    types: entries('Types of records; every type where absent'),
    networks: entries('Addresses and networks of its requests; from anywhere where absent'),
    expiresAt: z.iso.datetime({ offset: true }).optional().describe('RFC 3339; never where absent'),
  })
  .describe('What it may do. Each part that is given narrows');

const newTokenSchema = z.strictObject({
  name: z.string().min(1).max(63).describe('Unique; the audit log calls it `token:NAME`'),
  scope: scopeSchema,
});

const tokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: z.iso.datetime(),
  scope: scopeSchema,
});

const madeTokenSchema = tokenSchema.extend({
  secret: z.string().describe('For `X-API-Key`; shown here and never again'),
});

const REFUSALS = { 401: PROBLEM, 403: PROBLEM };
const MAKING_REFUSALS = { 400: PROBLEM, 409: PROBLEM, 415: PROBLEM, 422: PROBLEM };

export function registerTokenRoutes(app: StrictApp, tokens: TokenPort): void {
  app.route({
    method: 'POST',
    url: '/tokens',
    config: { answersSecret: true },
    schema: {
      tags: ['Access'],
      summary: 'Make a token',
      body: newTokenSchema,
      response: { 201: madeTokenSchema, ...REFUSALS, ...MAKING_REFUSALS },
    },
    handler: async (request, reply) => {
      const { name, scope } = request.body;
      const { token, secret } = await tokens.create(name, scopeOf(scope));
      return reply.code(201).send({ ...tokenDocument(token), secret });
    },
  });
  app.route({
    method: 'GET',
    url: '/tokens',
    schema: {
      tags: ['Access'],
      summary: 'List tokens, the oldest first',
      response: { 200: z.object({ tokens: z.array(tokenSchema) }), ...REFUSALS },
    },
    handler: async () => ({ tokens: tokens.list().map(tokenDocument) }),
  });
  app.route({
    method: 'GET',
    url: '/tokens/:token',
    schema: {
      tags: ['Access'],
      summary: 'Read a token',
      params: z.object({ token: z.string().describe('Its id') }),
      response: { 200: tokenSchema, ...REFUSALS, 404: PROBLEM },
    },
    handler: async (request) => {
      const token = tokens.find(request.params.token);
      if (token === undefined) throw tokenMissing(request.params.token);
      return tokenDocument(token);
    },
  });
  app.route({
    method: 'DELETE',
    url: '/tokens/:token',
    schema: {
      tags: ['Access'],
      summary: 'Revoke a token',
      description: 'From the answer on it opens nothing.',
      params: z.object({ token: z.string().describe('Its id') }),
      response: { 204: z.null(), ...REFUSALS, 404: PROBLEM },
    },
    handler: async (request, reply) => {
      const { token } = request.params;
      if (!(await tokens.revoke(token))) throw tokenMissing(token);
      return reply.code(204).send(null);
    },
  });
}

function scopeOf({ expiresAt, ...parts }: z.output<typeof scopeSchema>): ScopeText {
  const { write, ...lists } = parts;
  const given = Object.entries(lists).filter(([, list]) => list !== undefined);
  return {
    ...(Object.fromEntries(given) as Omit<ScopeText, 'write' | 'expiresAtMs'>),
    write,
    ...(expiresAt !== undefined && { expiresAtMs: Date.parse(expiresAt) }),
  };
}

function tokenDocument({ id, name, createdAtMs, scope }: TokenSummary) {
  const { expiresAtMs, zones, suffixes, types, networks, write } = scope;
  return {
    id,
    name,
    createdAt: formatInstant(createdAtMs),
    scope: {
      write,
      ...(zones && { zones: [...zones] }),
      ...(suffixes && { suffixes: [...suffixes] }),
      ...(types && { types: [...types] }),
      ...(networks && { networks: [...networks] }),
      ...(expiresAtMs !== undefined && { expiresAt: formatInstant(expiresAtMs) }),
    },
  };
}
