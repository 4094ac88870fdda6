/** The key `store`: how the store guards itself against its own disk. */
import { z } from 'zod';
import { JOURNAL_LIMITS } from '#dns/zonedb/journal.ts';
import { path, section } from './schema-parts.ts';

/** Megabytes a second; more would cost changes their time. */
const SCRUB_RATE_MAX = 100;
/** Each takes some 150 octets of memory beside its place on the disk. */
const JOURNAL_ENTRIES_MAX = 2_000_000;
const JOURNAL_MEGABYTES_MAX = 8192;
const JOURNAL_DAYS_MAX = 4000;
const OCTETS_PER_MEBIBYTE = 1 << 20;
const MS_PER_DAY = 86_400_000;

/** `folder` is where the configuration lies. */
export function storeSection(folder: string) {
  return section({
    mirror: z
      .enum(['on', 'off'], { error: 'write on or off' })
      .default('on')
      .describe(
        '`on`: every change is synced to a second set of files too, `mirror` beside LevelDB’s, ' +
          'up to 512 MB of them, and the store is repaired from these.',
      ),
    mirrorDirectory: path(folder)
      .optional()
      .describe(
        'Folder of those files, on a disk that does not fail with that of `data`, this name ' +
          'server’s alone. None: `store/mirror` in `data`.',
      ),
    journal: section({
      entries: z
        .int({ error: 'write a whole number' })
        .min(1000)
        .max(JOURNAL_ENTRIES_MAX)
        .default(JOURNAL_LIMITS.entriesMax)
        .describe('Changes that are kept.'),
      megabytes: z
        .int({ error: 'write a whole number of megabytes' })
        .min(1)
        .max(JOURNAL_MEGABYTES_MAX)
        .default(JOURNAL_LIMITS.octetsMax / OCTETS_PER_MEBIBYTE)
        .describe('Mebibytes of them that are kept.'),
      days: z
        .int({ error: 'write a whole number of days' })
        .min(1)
        .max(JOURNAL_DAYS_MAX)
        .default(JOURNAL_LIMITS.ageMsMax / MS_PER_DAY)
        .describe('For how long.'),
    })
      .prefault({})
      .describe('How much of the journal is kept; beyond any of these the oldest changes go.')
      .transform(({ entries, megabytes, days }) => ({
        entriesMax: entries,
        octetsMax: megabytes * OCTETS_PER_MEBIBYTE,
        ageMsMax: days * MS_PER_DAY,
      })),
    scrub: z
      .number({ error: 'write a number of megabytes' })
      .min(0)
      .max(SCRUB_RATE_MAX)
      .default(1)
      .describe(
        'Megabytes a second at which the whole store is read in the background, every hour or ' +
          'as soon as it has been, to find damage. 0: it is not.',
      ),
  }).superRefine(({ mirror, mirrorDirectory }, context) => {
    if (mirror === 'on' || mirrorDirectory === undefined) return;
    const message = 'mirror is off: leave this out, or write on';
    context.addIssue({ code: 'custom', path: ['mirrorDirectory'], message });
  });
}
