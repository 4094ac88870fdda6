/**
 * The door for the other side's monthly report (Appendix 10, 8.3). The body is the report as it
 * came, JSON or CSV; contract and month are in the query. It is compared with our evidence at once,
 * and the answer names the comparison. Uploading needs the operator's token.
 */
import type { FastifyInstance } from 'fastify';
import type { ApiKey } from '#http/api-key.ts';
import { demandBearer } from '#http/bearer-token.ts';
import { HttpError } from '#http/http-error.ts';
import type { ReportPorts } from './report-ports.ts';

/** A month of minutes with some dozens of addresses, as JSON. */
export const COUNTERPARTY_REPORT_SIZE_MAX = 64 * 1024 * 1024;
const TYPES = ['application/json', 'application/x-ndjson', 'text/csv'];
const NAME_SIZE_MAX = 200;

export interface CounterpartyRoutesOptions {
  ports: Pick<ReportPorts, 'compare'>;
  /** Of the operator. */
  token: ApiKey;
}

export function registerCounterpartyReports(
  app: FastifyInstance,
  { ports, token }: CounterpartyRoutesOptions,
): void {
  app.register(async (scope) => {
    // The octets as they came: their digest stands in the comparison.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      TYPES,
      { parseAs: 'buffer', bodyLimit: COUNTERPARTY_REPORT_SIZE_MAX },
      (_request, body, done) => done(null, body),
    );
    scope.route({
      method: 'POST',
      url: '/api/holdfast/v1/counterparty-reports',
      bodyLimit: COUNTERPARTY_REPORT_SIZE_MAX,
      onRequest: async (request) => {
        demandBearer(request, token, 'give the one of sla.operatorTokenFile');
      },
      handler: async (request, reply) => {
        const { contract, month, name = 'upload', reason = '' } = readQuery(request.query);
        if (contract === undefined || month === undefined) {
          throw refused('say of what it is: ?contract=ID&month=YYYY-MM');
        }
        if (!Buffer.isBuffer(request.body)) throw refused('the body is empty');
        const compared = await ports.compare({
          contract,
          month,
          name,
          reason,
          octets: request.body,
        });
        const location = `/reports/${compared.id}.html`;
        return reply.code(201).header('location', location).send(compared);
      },
    });
  });
}

/** Raises HttpError 422 for one that is unknown, given twice, or too long. */
function readQuery(query: unknown): Partial<Record<string, string>> {
  const fields = Object.entries(query as Record<string, unknown>);
  for (const [key, value] of fields) {
    const isKnown = ['contract', 'month', 'name', 'reason'].includes(key);
    if (isKnown && typeof value === 'string' && value.length <= NAME_SIZE_MAX) continue;
    throw refused(`${key}: contract, month, name and reason are understood, each once`);
  }
  return query as Partial<Record<string, string>>;
}

function refused(message: string): HttpError {
  return new HttpError('COUNTERPARTY_REPORT_INVALID', 422, message);
}
