/** `POST /zones/:zone/repair`: has a zone's stored content read again, and repaired. */
import { z } from 'zod';
import type { RepairPort } from '../ports.ts';
import { zoneNameOfId } from '../zone-name.ts';
import { PROBLEM } from './schemas.ts';
import type { StrictApp } from './strict-app.ts';

const repairSchema = z.object({
  zone: z.string(),
  source: z
    .string()
    .describe('`sound`: nothing was wrong; `mirror`, which server, or which backup'),
});

export function registerRepairRoute(app: StrictApp, repairs: RepairPort): void {
  app.route({
    method: 'POST',
    url: '/zones/:zone/repair',
    schema: {
      tags: ['Zones'],
      summary: 'Repair the stored content of a zone',
      description:
        'From the mirror, a name server that has the same version, or the newest backup of a ' +
        'location and the journal since; only if the result has the digest that the zone must ' +
        'have. Takes as long as restoring a backup.',
      params: z.object({ zone: z.string() }),
      response: {
        200: repairSchema,
        400: PROBLEM,
        401: PROBLEM,
        403: PROBLEM,
        404: PROBLEM,
        409: PROBLEM,
        500: PROBLEM,
        503: PROBLEM,
      },
    },
    handler: async (request) => repairs.repair(zoneNameOfId(request.params.zone)),
  });
}
