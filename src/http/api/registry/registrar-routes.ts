/**
 * Accounts of registrars: make one, change it, give it a new password, move its balance. A password
 * is in the answer to the request that made it and nowhere else.
 */
import { z } from 'zod';
import { objectMissing } from '../api-error.ts';
import { PROBLEM } from '../holdfast/schemas.ts';
import type { StrictApp } from '../holdfast/strict-app.ts';
import type { RegistrarChange, RegistrarView, RegistryPort } from '../registry-ports.ts';
import { formatAmount, mapAmounts, parseAmount } from './amount.ts';
import { READ_REFUSALS, registryContext, WRITE_REFUSALS } from './registry-exchange.ts';
import {
  balanceMoveSchema,
  madeRegistrarSchema,
  newRegistrarSchema,
  passwordSchema,
  registrarChangeSchema,
  registrarParams,
  registrarSchema,
} from './registry-schemas.ts';

const TAGS = ['Register'];

export function registerRegistrarRoutes(app: StrictApp, port: RegistryPort): void {
  app.route({
    method: 'GET',
    url: '/registry/registrars',
    config: { access: 'register-read' },
    schema: {
      tags: TAGS,
      summary: 'List registrars',
      response: { 200: z.object({ registrars: z.array(registrarSchema) }), ...READ_REFUSALS },
    },
    handler: async () => ({ registrars: (await port.registrars()).map(registrarDocument) }),
  });
  app.route({
    method: 'GET',
    url: '/registry/registrars/:registrar',
    config: { access: 'register-read' },
    schema: {
      tags: TAGS,
      summary: 'Read a registrar',
      params: registrarParams,
      response: { 200: registrarSchema, ...READ_REFUSALS, 404: PROBLEM },
    },
    handler: async ({ params: { registrar: id } }) => {
      const registrar = await port.findRegistrar(id);
      if (registrar === undefined) throw objectMissing('registrar', id);
      return registrarDocument(registrar);
    },
  });
  registerAccountRoutes(app, port);
  registerSecretRoutes(app, port);
}

function registerAccountRoutes(app: StrictApp, port: RegistryPort): void {
  app.route({
    method: 'PATCH',
    url: '/registry/registrars/:registrar',
    config: { access: 'register-write' },
    schema: {
      tags: TAGS,
      summary: 'Change a registrar',
      description: 'What is absent stays, `null` goes. Sessions that run go on.',
      params: registrarParams,
      body: registrarChangeSchema,
      response: { 200: registrarSchema, ...WRITE_REFUSALS },
    },
    handler: async (request) => {
      const { credit, ...rest } = request.body;
      const change: RegistrarChange = {
        ...rest,
        ...(credit !== undefined && { credit: mapAmounts(credit, parseAmount) }),
      };
      const context = registryContext(request);
      const changed = await port.changeRegistrar(request.params.registrar, change, context);
      return registrarDocument(changed);
    },
  });
  app.route({
    method: 'DELETE',
    url: '/registry/registrars/:registrar',
    config: { access: 'register-write' },
    schema: {
      tags: TAGS,
      summary: 'Delete a registrar',
      description: 'One that is suspended and has no objects, unread messages or balance.',
      params: registrarParams,
      response: { 204: z.null(), ...WRITE_REFUSALS },
    },
    handler: async (request, reply) => {
      await port.deleteRegistrar(request.params.registrar, registryContext(request));
      return reply.code(204).send(null);
    },
  });
  app.route({
    method: 'POST',
    url: '/registry/registrars/:registrar/balance',
    config: { access: 'register-write' },
    schema: {
      tags: TAGS,
      summary: 'Move the balance of a registrar',
      params: registrarParams,
      body: balanceMoveSchema,
      response: { 200: registrarSchema, ...WRITE_REFUSALS },
    },
    handler: async (request) => {
      const { currency, amount, reason } = request.body;
      const move = { currency, amount: parseAmount(amount) };
      const context = registryContext(request, reason);
      return registrarDocument(await port.moveBalance(request.params.registrar, move, context));
    },
  });
}

function registerSecretRoutes(app: StrictApp, port: RegistryPort): void {
  app.route({
    method: 'POST',
    url: '/registry/registrars',
    config: { access: 'register-write', answersSecret: true },
    schema: {
      tags: TAGS,
      summary: 'Make a registrar',
      body: newRegistrarSchema,
      response: { 201: madeRegistrarSchema, ...WRITE_REFUSALS },
    },
    handler: async (request, reply) => {
      const { id, credit, ...given } = request.body;
      const profile = { ...withoutAbsent(given), credit: mapAmounts(credit, parseAmount) };
      const context = registryContext(request);
      const { registrar, password } = await port.createRegistrar(id, profile, context);
      return reply.code(201).send({ ...registrarDocument(registrar), password });
    },
  });
  app.route({
    method: 'POST',
    url: '/registry/registrars/:registrar/password',
    config: { access: 'register-write', answersSecret: true },
    schema: {
      tags: TAGS,
      summary: 'Give a registrar a new password',
      description: 'From the answer on the old one opens nothing; sessions that run go on.',
      params: registrarParams,
      response: { 200: passwordSchema, ...WRITE_REFUSALS },
    },
    handler: async (request) => {
      const { registrar } = request.params;
      return { password: await port.resetPassword(registrar, registryContext(request)) };
    },
  });
}

/** Absent members are left out: the register's types know no `undefined`. */
function withoutAbsent<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

function registrarDocument({ balance, credit, ...registrar }: RegistrarView) {
  return {
    ...registrar,
    balance: mapAmounts(balance, formatAmount),
    credit: mapAmounts(credit, formatAmount),
  };
}
