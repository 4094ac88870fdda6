/** Reports on the sidecar: the list for people and programs, and the files. Reading is open. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { HttpError } from '#http/http-error.ts';
import { reportPage } from './report-page.ts';
import type { ReportFileFormat, ReportPorts } from './report-ports.ts';
import { CONTENT_POLICY } from './site-routes.ts';

const TYPES: Readonly<Record<ReportFileFormat, string>> = {
  json: 'application/json; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
  html: 'text/html; charset=utf-8',
  sha256: 'text/plain; charset=utf-8',
};
const FILE_NAME = /^([A-Za-z0-9-]{1,200})\.(json|csv|html|sha256)$/;

export function registerReports(app: FastifyInstance, ports: ReportPorts): void {
  app.route({
    method: 'GET',
    url: '/reports',
    exposeHeadRoute: true,
    handler: async (_request, reply) =>
      reply
        .header('content-security-policy', CONTENT_POLICY)
        .header('cache-control', 'no-store')
        .type(TYPES.html)
        .send(reportPage(await ports.reports(), ports.expected())),
  });
  app.route({
    method: 'GET',
    url: '/api/holdfast/v1/sla/reports',
    exposeHeadRoute: true,
    handler: async (_request, reply) =>
      reply
        .header('cache-control', 'no-store')
        .send({ reports: await ports.reports(), expected: ports.expected() }),
  });
  app.route({
    method: 'GET',
    url: '/reports/:name',
    exposeHeadRoute: true,
    handler: async (request, reply) => {
      const { name = '' } = request.params as { name?: string };
      return sendFile(ports, name, reply);
    },
  });
}

async function sendFile(ports: ReportPorts, name: string, reply: FastifyReply): Promise<unknown> {
  const [, id = '', format = 'json'] = FILE_NAME.exec(name) ?? [];
  const text = await ports.read(id, format as ReportFileFormat);
  if (text === undefined) {
    throw new HttpError('SLA_REPORT_UNKNOWN', 404, 'there is no such report; /reports lists them');
  }
  if (format === 'html') reply.header('content-security-policy', ports.contentPolicy);
  else if (format !== 'sha256')
    reply.header('content-disposition', `attachment; filename="${name}"`);
  return reply
    .header('cache-control', 'max-age=3600')
    .type(TYPES[format as ReportFileFormat])
    .send(text);
}
