/**
 * Shapes of Holdfast's own resources. Requests are held against them, answers are written through
 * them, and the API document is generated from them: one source for all three. Instants are
 * RFC 3339 in UTC; a stage that was not reached yet is `null`.
 */
import { z } from 'zod';

const instant = z.iso.datetime().describe('RFC 3339, UTC');
const serial = z.int().min(0).max(0xffff_ffff);

const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string().describe('Stable; see docs/reference/errors.md'),
  requestId: z.string(),
});

const findingSchema = z.object({
  line: z.int().min(0).describe('0 for the zone as a whole'),
  column: z.int().min(0),
  code: z.string(),
  message: z.string(),
});

export const importSchema = z.object({
  zone: z.string(),
  receipt: z.string(),
  oldSerial: serial.nullable().describe('null when the import made the zone'),
  newSerial: serial.nullable(),
  changed: z.boolean().describe('false when the zone was already the same'),
  records: z.int().min(0),
  warnings: z.array(findingSchema),
});

/** A refusal in the API document: problem+json (RFC 9457). */
export const PROBLEM = { content: { 'application/problem+json': { schema: problemSchema } } };

/** A refusal with members of its own. */
export function problemWith(members: z.ZodRawShape) {
  return {
    content: { 'application/problem+json': { schema: problemSchema.extend(members) } },
  };
}

/** A refusal of a master file, with every finding. */
export const IMPORT_PROBLEM = problemWith({ errors: z.array(findingSchema).optional() });

export const receiptSchema = z.object({
  id: z.string(),
  zone: z.string(),
  source: z.string().describe('The door: api, import, update, epp'),
  actor: z.string(),
  requestId: z.string(),
  oldSerial: serial.nullable(),
  newSerial: serial.nullable(),
  receivedAt: instant,
  durableAt: instant.nullable(),
  publishedAt: instant.nullable(),
  served: z.array(
    z.object({
      nameserver: z.string(),
      address: z.string(),
      servedAt: instant.nullable().describe('When it was first seen serving the change'),
    }),
  ),
});

export const receiptListSchema = z.object({
  receipts: z.array(receiptSchema).describe('One for each zone that was changed, oldest first'),
});

export const eventPageSchema = z.object({
  events: z.array(z.looseObject({ kind: z.string() })),
  next: z.string().describe('Cursor for `after`'),
});

const backupKind = z.enum(['full', 'incremental']);

export const backupRequestSchema = z
  .strictObject({ kind: backupKind.optional().describe('`full` where absent') })
  .nullish();

export const backupRunSchema = z.object({
  id: z.string(),
  at: instant,
  leftOut: z
    .array(z.object({ path: z.string(), reason: z.string() }))
    .describe('Files that should be in the backup and could not be read'),
  locations: z.array(
    z.object({
      location: z.string(),
      stored: z.boolean(),
      verified: z.boolean(),
      kind: backupKind.nullable().describe('What was made: without a base it is full'),
      sizeBytes: z.int().nullable(),
      message: z.string().nullable(),
    }),
  ),
});

export const backupListSchema = z.object({
  backups: z.array(
    z.object({
      id: z.string(),
      kind: backupKind,
      at: instant,
      location: z.string(),
      sizeBytes: z.int(),
    }),
  ),
  unreadable: z
    .array(z.object({ location: z.string(), message: z.string() }))
    .describe('Locations that cannot be read at the moment'),
});

export const verifyRequestSchema = z
  .strictObject({
    id: z.string().optional().describe('The newest where absent'),
    location: z.string().optional().describe('All where absent'),
  })
  .nullish();

export const verificationSchema = z.object({
  good: z.boolean().describe('All that were looked at are good, and there was one'),
  backups: z.array(
    z.object({
      id: z.string(),
      location: z.string(),
      good: z.boolean(),
      message: z.string().nullable(),
    }),
  ),
});
