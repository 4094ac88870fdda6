/**
 * Brakes on removals: what would take too many delegations out of a TLD's zone at once is held
 * until somebody has looked. Then it is released, or dropped: dropped names stay in the zone until
 * their next change.
 */
import { z } from 'zod';
import { formatInstant } from '#base/clock.ts';
import { brakeOff } from '../api-error.ts';
import type { StrictApp } from '../holdfast/strict-app.ts';
import { READ_REFUSALS, WRITE_REFUSALS } from './registry-exchange.ts';
import { tldParams } from './registry-schemas.ts';

/** A brake that is on. */
export interface BrakeView {
  tld: string;
  /** Unix milliseconds. */
  sinceMs: number;
  /** Commands whose removals wait. */
  heldCount: number;
}

export interface BrakePort {
  brakes(): BrakeView[];
  /** @returns false where the brake of the TLD is not on */
  letGo(tld: string, order: 'release' | 'drop'): Promise<boolean>;
}

const brakeSchema = z.object({
  tld: z.string(),
  since: z.iso.datetime(),
  held: z.int().min(0).describe('Commands whose removals wait'),
});

export function registerBrakeRoutes(app: StrictApp, port: BrakePort): void {
  app.route({
    method: 'GET',
    url: '/registry/brakes',
    config: { access: 'register-read' },
    schema: {
      tags: ['Register'],
      summary: 'List the brakes that hold removals',
      response: { 200: z.object({ brakes: z.array(brakeSchema) }), ...READ_REFUSALS },
    },
    handler: async () => ({ brakes: port.brakes().map(brakeDocument) }),
  });
  app.route({
    method: 'POST',
    url: '/registry/brakes/:tld',
    config: { access: 'register-write' },
    schema: {
      tags: ['Register'],
      summary: 'Let a brake go',
      description:
        '`release` makes the removals that it held; `drop` gives them up, and the names stay in ' +
        'the zone until their next change.',
      params: tldParams,
      body: z.strictObject({ order: z.enum(['release', 'drop']) }),
      response: { 200: brakeSchema, ...WRITE_REFUSALS },
    },
    handler: async ({ params: { tld }, body: { order } }) => {
      const held = port.brakes().find((brake) => brake.tld === tld);
      if (held === undefined || !(await port.letGo(tld, order))) throw brakeOff(tld);
      return brakeDocument(held);
    },
  });
}

function brakeDocument({ tld, sinceMs, heldCount }: BrakeView): z.output<typeof brakeSchema> {
  return { tld, since: formatInstant(sinceMs), held: heldCount };
}
