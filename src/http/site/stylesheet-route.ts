/** `/style.css`: what every page for people loads, and all that it loads. */
import type { FastifyInstance } from 'fastify';
import { STYLESHEET } from './stylesheet.ts';

export function registerStylesheet(app: FastifyInstance): void {
  app.route({
    method: 'GET',
    url: '/style.css',
    exposeHeadRoute: true,
    handler: async (_request, reply) =>
      reply
        .header('cache-control', 'max-age=3600')
        .type('text/css; charset=utf-8')
        .send(STYLESHEET),
  });
}
