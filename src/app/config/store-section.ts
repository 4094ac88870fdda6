/** The key `store`: how the store guards itself against its own disk. */
import { z } from 'zod';
import { section } from './schema-parts.ts';

/** Megabytes a second; more would cost changes their time. */
const SCRUB_RATE_MAX = 100;

export type StoreConfiguration = z.output<ReturnType<typeof storeSection>>;

export function storeSection() {
  return section({
    mirror: z
      .enum(['on', 'off'], { error: 'write on or off' })
      .default('on')
      .describe(
        '`on`: every change is synced to a second set of files too, `mirror` beside LevelDB’s, ' +
          'up to 512 MB of them, and the store is repaired from these.',
      ),
    scrub: z
      .number({ error: 'write a number of megabytes' })
      .min(0)
      .max(SCRUB_RATE_MAX)
      .default(1)
      .describe(
        'Megabytes a second at which the whole store is read in the background, every hour or ' +
          'as soon as it has been, to find damage. 0: it is not.',
      ),
  });
}
