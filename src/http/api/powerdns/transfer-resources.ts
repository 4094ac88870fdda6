/**
 * TSIG keys and autoprimaries: what transfers between name servers are set up with. A key's `name`
 * is shown without its final dot and its `id` with it; the list leaves the secrets out.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AdminPorts } from '../admin-ports.ts';
import { ApiError, bodyUnreadable, invalidRequest } from '../api-error.ts';
import type { ZoneSettings } from '../ports.ts';
import type {
  AutoprimaryPort,
  TsigKeyChange,
  TsigKeyPort,
  TsigKeyText,
} from '../transfer-ports.ts';
import { tsigKeyMissing } from '../transfer-refusals.ts';
import { withFinalDot, withoutFinalDot, zoneIdOfName, zoneNameOfId } from '../zone-name.ts';
import { asObject, findString, getString, type JsonObject } from './json-fields.ts';
import { registerResource } from './resource.ts';
import { AUTOPRIMARY_SCHEMAS, TSIG_KEY_SCHEMAS } from './schemas.ts';

export function registerTransferResources(app: FastifyInstance, ports: AdminPorts): void {
  registerTsigKeys(app, ports.tsigKeys);
  registerTsigKey(app, ports.tsigKeys);
  registerAutoprimaries(app, ports.autoprimaries);
}

function registerTsigKeys(app: FastifyInstance, keys: TsigKeyPort): void {
  registerResource(app, '/v1/servers/localhost/tsigkeys', {
    GET: {
      schema: TSIG_KEY_SCHEMAS.list,
      handler: async () => (await keys.list()).map((key) => ({ ...tsigKeyDocument(key), key: '' })),
    },
    POST: {
      schema: TSIG_KEY_SCHEMAS.create,
      answersSecret: true,
      handler: async (request, reply) => {
        const document = bodyOf(request);
        const name = withFinalDot(getString(document, 'name'));
        const algorithm = getString(document, 'algorithm');
        const secret = findString(document, 'key');
        const key = { name, algorithm, ...(secret && { secret }) };
        void reply.code(201);
        return tsigKeyDocument(await keys.create(key));
      },
    },
  });
}

function registerTsigKey(app: FastifyInstance, keys: TsigKeyPort): void {
  registerResource(app, '/v1/servers/localhost/tsigkeys/:id', {
    GET: {
      schema: TSIG_KEY_SCHEMAS.get,
      handler: async (request) => tsigKeyDocument(await getKey(keys, request)),
    },
    PUT: {
      schema: TSIG_KEY_SCHEMAS.change,
      answersSecret: true,
      handler: async (request) => {
        const held = await getKey(keys, request);
        const document = bodyOf(request);
        const name = findString(document, 'name');
        const algorithm = findString(document, 'algorithm');
        const secret = findString(document, 'key');
        const change: TsigKeyChange = {
          ...(name !== undefined && { name: withFinalDot(name) }),
          ...(algorithm !== undefined && { algorithm }),
          ...(secret !== undefined && { secret }),
        };
        return tsigKeyDocument(await keys.change(held.name, change));
      },
    },
    DELETE: {
      schema: TSIG_KEY_SCHEMAS.delete,
      handler: async (request, reply) => {
        await keys.remove((await getKey(keys, request)).name);
        return reply.code(204).send();
      },
    },
  });
}

function registerAutoprimaries(app: FastifyInstance, autoprimaries: AutoprimaryPort): void {
  registerResource(app, '/v1/servers/localhost/autoprimaries', {
    GET: { schema: AUTOPRIMARY_SCHEMAS.list, handler: async () => autoprimaries.list() },
    POST: {
      schema: AUTOPRIMARY_SCHEMAS.add,
      handler: async (request, reply) => {
        const document = bodyOf(request);
        const ip = getString(document, 'ip');
        const nameserver = getString(document, 'nameserver');
        if (ip === '' || nameserver === '') {
          throw invalidRequest('ip and nameserver fields must be filled');
        }
        const account = findString(document, 'account') ?? '';
        await autoprimaries.add({ ip, nameserver, account });
        return reply.code(201).send();
      },
    },
  });
  registerResource(app, '/v1/servers/localhost/autoprimaries/:ip/:nameserver', {
    DELETE: {
      schema: AUTOPRIMARY_SCHEMAS.remove,
      handler: async (request, reply) => {
        const { ip, nameserver } = request.params as { ip: string; nameserver: string };
        await autoprimaries.remove(ip, nameserver);
        return reply.code(204).send();
      },
    },
  });
}

/**
 * Zones are set up with keys that there are, and a secondary with one at most.
 * @throws ApiError API_REQUEST_INVALID
 */
export async function demandTsigKeys(
  keys: TsigKeyPort,
  { masterTsigKeyIds = [], slaveTsigKeyIds = [] }: Partial<ZoneSettings>,
): Promise<void> {
  if (slaveTsigKeyIds.length > 1) {
    throw invalidRequest('Only one TSIG key may be in slave_tsig_key_ids');
  }
  for (const id of [...masterTsigKeyIds, ...slaveTsigKeyIds]) {
    if ((await keys.find(id)) !== undefined) continue;
    throw invalidRequest(`A TSIG key with the name '${withoutFinalDot(id)}' does not exist`);
  }
}

async function getKey(keys: TsigKeyPort, request: FastifyRequest): Promise<TsigKeyText> {
  const name = nameOfId((request.params as { id: string }).id);
  const key = await keys.find(name);
  if (key === undefined) throw tsigKeyMissing(name);
  return key;
}

/** Escaped as the ids of zones are. */
function nameOfId(id: string): string {
  try {
    return zoneNameOfId(id);
  } catch (error) {
    throw error instanceof ApiError ? tsigKeyMissing(id) : error;
  }
}

function bodyOf(request: FastifyRequest): JsonObject {
  if (request.body === undefined) throw bodyUnreadable();
  return asObject(request.body);
}

function tsigKeyDocument({ name, algorithm, secret }: TsigKeyText): Record<string, string> {
  return {
    type: 'TSIGKey',
    id: zoneIdOfName(name),
    name: withoutFinalDot(name),
    algorithm,
    key: secret,
  };
}
