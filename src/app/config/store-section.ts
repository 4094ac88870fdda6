/** The key `store`: how the store guards itself against its own disk. */
import { z } from 'zod';
import { section } from './schema-parts.ts';

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
  });
}
