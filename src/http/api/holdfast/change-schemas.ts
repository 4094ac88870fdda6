/** Shapes of changes, of pages of zones, and of what zones were; as in schemas.ts. */
import { z } from 'zod';
import type { RecordDiff, VersionEntry, ZoneChange } from '../change-ports.ts';

const TTL_MAX = 0x7fff_ffff;
/** In one batch. */
export const ZONES_MAX = 1_000;
export const EDITS_MAX = 10_000;

export const serialSchema = z.int().min(0).max(0xffff_ffff);
export const versionSchema = z.int().min(0).describe('Counts every change of the zone');

const recordSchema = z.strictObject({
  content: z.string().describe('Presentation form; names in it end in a dot'),
  disabled: z.boolean().default(false).describe('Kept and listed, but not served'),
});

const place = {
  name: z.string().describe('Owner, with a final dot'),
  type: z.string().describe('Mnemonic, or TYPEnnn'),
};
const records = z.array(recordSchema).min(1);
const ttl = z.int().min(0).max(TTL_MAX);

const editSchema = z.discriminatedUnion('change', [
  z
    .strictObject({ change: z.literal('REPLACE'), ...place, ttl, records })
    .describe('Sets the whole RRset'),
  z.strictObject({ change: z.literal('DELETE'), ...place }).describe('Removes it if it is there'),
  z
    .strictObject({
      change: z.literal('EXTEND'),
      ...place,
      ttl: ttl.optional().describe("The RRset's own where absent"),
      records,
    })
    .describe('Adds records that are not there'),
  z
    .strictObject({ change: z.literal('PRUNE'), ...place, records })
    .describe('Removes records that are there'),
]);

export const changesSchema = z.strictObject({
  zones: z
    .array(
      z.strictObject({
        zone: z.string().describe('Name, with a final dot'),
        ifSerial: serialSchema.optional().describe('Only if the zone has this serial'),
        ifVersion: versionSchema.optional().describe('Only if the zone has this version'),
        edits: z.array(editSchema).min(1).max(EDITS_MAX),
      }),
    )
    .min(1)
    .max(ZONES_MAX),
  dryRun: z.boolean().default(false).describe('Say what would be done, and do nothing'),
});

const diffSchema = z.object({
  removed: z.array(z.string()).describe('Records as lines of a master file'),
  added: z.array(z.string()),
  omitted: z.int().min(0).describe('Lines beyond 100,000, which are not shown'),
});

export const zoneChangeSchema = z.object({
  zone: z.string(),
  oldSerial: serialSchema,
  newSerial: serialSchema,
  changed: z.boolean().describe('false when the zone was already as asked'),
  receipt: z.string().nullable().describe('null when nothing was written'),
  diff: diffSchema,
  warnings: z.array(z.object({ code: z.string(), message: z.string() })),
});

export const changesAnswerSchema = z.object({
  dryRun: z.boolean(),
  zones: z.array(zoneChangeSchema).describe('In the order of the request'),
});

/** Members of a problem that name every mistake. */
export const mistakesSchema = {
  errors: z
    .array(
      z.object({
        pointer: z.string().describe('Where in the request (RFC 6901)'),
        code: z.string().optional(),
        detail: z.string(),
      }),
    )
    .optional(),
};

export const listedZoneSchema = z.object({
  name: z.string(),
  kind: z.string(),
  serial: serialSchema,
  version: versionSchema,
  records: z.int().min(0).nullable().describe('null for who may not read all of them'),
  fault: z.string().nullable().describe('Why the zone is not answered for'),
});

export const zonePageSchema = z.object({
  zones: z.array(listedZoneSchema),
  next: z.string().nullable().describe('For `after`; null at the end'),
});

export const rrsetPageSchema = z.object({
  zone: z.string(),
  version: versionSchema,
  rrsets: z.array(
    z.object({
      ...place,
      ttl,
      records: z.array(z.object({ content: z.string(), disabled: z.boolean() })),
      comments: z.array(
        z.object({ content: z.string(), account: z.string(), modifiedAt: z.iso.datetime() }),
      ),
    }),
  ),
  next: z.string().nullable().describe('For `after`; null at the end'),
});

export const versionEntrySchema = z.object({
  version: versionSchema,
  kind: z.enum(['create', 'change', 'replace', 'settings', 'delete']),
  oldSerial: serialSchema.nullable(),
  newSerial: serialSchema.nullable(),
  at: z.iso.datetime(),
  actor: z.string(),
  source: z.string().describe('The door'),
  address: z.string().nullable().describe('Where the request came from'),
  requestId: z.string(),
  receipt: z.string(),
  edits: z.int().min(0).describe('RRsets that it changed'),
});

export const historyPageSchema = z.object({
  versions: z.array(versionEntrySchema).describe('Newest first'),
  next: z.int().nullable().describe('For `before`; null at the end'),
});

export const versionChangeSchema = versionEntrySchema.extend({
  diff: diffSchema.nullable().describe('null where the whole content is new, or gone'),
  settings: z
    .object({
      before: z.record(z.string(), z.unknown()),
      after: z.record(z.string(), z.unknown()),
    })
    .nullable()
    .describe('Those that changed'),
});

export const versionDiffSchema = diffSchema.extend({
  zone: z.string(),
  from: versionSchema,
  to: versionSchema,
});

export const restoreSchema = z.strictObject({
  version: versionSchema,
  dryRun: z.boolean().default(false).describe('Say what would be done, and do nothing'),
});

export function diffDocument({ removed, added, omittedCount }: RecordDiff) {
  return { removed, added, omitted: omittedCount };
}

export function zoneChangeDocument({ receiptId, diff, ...change }: ZoneChange) {
  return { ...change, receipt: receiptId ?? null, diff: diffDocument(diff) };
}

export function versionDocument(entry: VersionEntry, at: string) {
  const { version, kind, oldSerial, newSerial, actor, source, requestId } = entry;
  return {
    version,
    kind,
    oldSerial: kind === 'create' ? null : oldSerial,
    newSerial: kind === 'delete' ? null : newSerial,
    at,
    actor,
    source,
    address: entry.sourceAddress ?? null,
    requestId,
    receipt: entry.receiptId,
    edits: entry.editCount,
  };
}
