/**
 * TLDs with their rules and prices: what a name costs, how long it lives, what it may look like.
 */
import { z } from 'zod';
import { objectMissing } from '../api-error.ts';
import { PROBLEM } from '../holdfast/schemas.ts';
import type { StrictApp } from '../holdfast/strict-app.ts';
import type { PriceList, RegistryPort, TldRules, TldView } from '../registry-ports.ts';
import { formatAmount, mapAmounts, parseAmount } from './amount.ts';
import { READ_REFUSALS, registryContext, WRITE_REFUSALS } from './registry-exchange.ts';
import { newTldSchema, tldChangeSchema, tldParams, tldSchema } from './registry-schemas.ts';

const TAGS = ['Register'];

export function registerTldRoutes(app: StrictApp, port: RegistryPort): void {
  app.route({
    method: 'GET',
    url: '/registry/tlds',
    config: { access: 'register-read' },
    schema: {
      tags: TAGS,
      summary: 'List TLDs with their rules',
      response: { 200: z.object({ tlds: z.array(tldSchema) }), ...READ_REFUSALS },
    },
    handler: async () => ({ tlds: port.tlds().map(tldDocument) }),
  });
  app.route({
    method: 'GET',
    url: '/registry/tlds/:tld',
    config: { access: 'register-read' },
    schema: {
      tags: TAGS,
      summary: 'Read the rules of a TLD',
      params: tldParams,
      response: { 200: tldSchema, ...READ_REFUSALS, 404: PROBLEM },
    },
    handler: async ({ params }) => {
      const found = port.tlds().find(({ name }) => name === params.tld);
      if (found === undefined) throw objectMissing('TLD', params.tld);
      return tldDocument(found);
    },
  });
  registerTldChanges(app, port);
}

function registerTldChanges(app: StrictApp, port: RegistryPort): void {
  app.route({
    method: 'POST',
    url: '/registry/tlds',
    config: { access: 'register-write' },
    schema: {
      tags: TAGS,
      summary: 'Make a TLD',
      description: 'What is left out has its usual value.',
      body: newTldSchema,
      response: { 201: tldSchema, ...WRITE_REFUSALS },
    },
    handler: async (request, reply) => {
      const { name, repositoryId, currency, prices, ...rest } = request.body;
      const tld = {
        ...rulesOf(rest),
        name,
        repositoryId,
        currency,
        prices: mapAmounts(prices, parseAmount) as unknown as PriceList,
      };
      const made = await port.createTld(tld, registryContext(request));
      return reply.code(201).send(tldDocument(made));
    },
  });
  app.route({
    method: 'PATCH',
    url: '/registry/tlds/:tld',
    config: { access: 'register-write' },
    schema: {
      tags: TAGS,
      summary: 'Change the rules of a TLD',
      description: 'What is absent stays. What was registered before keeps its periods.',
      params: tldParams,
      body: tldChangeSchema,
      response: { 200: tldSchema, ...WRITE_REFUSALS },
    },
    handler: async (request) => {
      const change = rulesOf(request.body);
      const context = registryContext(request);
      return tldDocument(await port.changeTld(request.params.tld, change, context));
    },
  });
  app.route({
    method: 'DELETE',
    url: '/registry/tlds/:tld',
    config: { access: 'register-write' },
    schema: {
      tags: TAGS,
      summary: 'Delete a TLD',
      description: 'With its reserved names, once no names lie in it. Its zone stays.',
      params: tldParams,
      response: { 204: z.null(), ...WRITE_REFUSALS },
    },
    handler: async (request, reply) => {
      await port.deleteTld(request.params.tld, registryContext(request));
      return reply.code(204).send(null);
    },
  });
}

/** Without what is absent, sums in hundredths. */
function rulesOf({
  prices,
  premium,
  ...rest
}: z.output<typeof tldChangeSchema>): Partial<TldRules> {
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  return {
    ...(Object.fromEntries(given) as Partial<TldRules>),
    ...(prices && { prices: mapAmounts(prices, parseAmount) as unknown as PriceList }),
    ...(premium && { premium: mapAmounts(premium, (each) => mapAmounts(each, parseAmount)) }),
  };
}

function tldDocument({ prices, premium, ...tld }: TldView) {
  const pricesDocument = mapAmounts({ ...prices }, formatAmount);
  return {
    ...tld,
    prices: pricesDocument as Record<keyof PriceList, string>,
    premium: mapAmounts(premium, (each) => mapAmounts({ ...each }, formatAmount)),
  };
}
