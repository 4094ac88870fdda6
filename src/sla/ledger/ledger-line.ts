/**
 * One line of the ledger, version 1:
 *
 *   {"schema":1,"seq":7,"at":"2026-10-01T00:03:00.000Z","previous":HASH,"body":{...},"sum":HASH}
 *
 * `seq` counts lines from 0 through all files. `previous` is the SHA-256 of the line before, all of
 * it without its newline (64 zeros before the first), so no line can be altered, moved or taken out
 * unnoticed. `sum` is the SHA-256 of the line's octets before `,"sum"`, so the newest line, which
 * nothing follows yet, cannot be altered by accident either. See docs/reference/ledger.md.
 */
import { hash } from 'node:crypto';
import { z } from 'zod';
import { asBuffer } from '#base/bytes.ts';
import { formatInstant } from '#base/clock.ts';
import { type CycleRecord, cycleRecordSchema } from '#sla/measurement/cycle-record.ts';
import { instantSchema } from '#sla/measurement/instant.ts';
import { type Event, eventSchema } from '#sla/measurement/measurement.ts';

export const LEDGER_SCHEMA_VERSION = 1;
/** `previous` of the first line of a ledger. */
export const CHAIN_START = '0'.repeat(64);

/** Results that came after their cycle was decided: evidence, never scored. */
const lateSchema = z.strictObject({
  kind: z.literal('late'),
  record: cycleRecordSchema,
});

/** The contract in force from here on, by the digest of its file. */
const contractEntrySchema = z.strictObject({
  kind: z.literal('contract'),
  id: z.string(),
  version: z.int(),
  digest: z.string(),
});

/** What a server or probe said of itself on /metrics. */
const scrapeSchema = z.strictObject({
  kind: z.literal('scrape'),
  at: instantSchema,
  target: z.string(),
  up: z.boolean(),
  values: z.record(z.string(), z.number()),
});

/** A server's word and the probes' that cannot both be true; see evidence-comparison.ts. */
const disagreementSchema = z.strictObject({
  kind: z.literal('disagreement'),
  at: instantSchema,
  evidence: z.enum(['availability', 'update']),
  service: z.enum(['dns', 'rdds', 'epp']),
  /** Of availability: first second of the cycle, Unix time. */
  cycle: z.int().min(0).optional(),
  /** Of an update, with the probe and the address that it was looked for at. */
  change: z.string().optional(),
  probe: z.string().optional(),
  address: z.string().optional(),
  finding: z.enum(['probes-down', 'server-down', 'probes-late', 'server-late', 'seen-too-early']),
  /** What each of them says, for people. */
  serverSays: z.string(),
  probesSay: z.string(),
});

/**
 * What became of an emergency escalation, and who was told when (Appendix 10, 7.1): a level was
 * reached or left downwards, it is held back, it is over, a message that tells of it was delivered
 * or given up. See escalation-record.ts.
 */
const escalationSchema = z.strictObject({
  kind: z.literal('escalation'),
  at: instantSchema,
  contract: z.string(),
  service: z.enum(['dns', 'dnssec', 'rdds', 'epp']),
  event: z.enum(['reached', 'lowered', 'suspended', 'ended', 'delivered', 'given-up']),
  /** The level, in percent of the threshold; 0 when it is over. */
  percent: z.int().min(0),
  /** Of the rolling week, when it was reached. */
  downSeconds: z.number().min(0).optional(),
  /** Of the notice: the same in the outbox and in the message itself. */
  notice: z.string().optional(),
  /** Until when it is held back. */
  until: instantSchema.optional(),
  /** Of a message: its id, and whom it is for. */
  message: z.string().optional(),
  contact: z.string().optional(),
  /** The evidence file and its SHA-256. */
  evidence: z.strictObject({ file: z.string(), sha256: z.string() }).optional(),
});

const bodySchema = z.discriminatedUnion('kind', [
  cycleRecordSchema,
  lateSchema,
  contractEntrySchema,
  scrapeSchema,
  disagreementSchema,
  escalationSchema,
  eventSchema,
]);

export type LedgerBody =
  | CycleRecord
  | Event
  | z.infer<typeof lateSchema>
  | z.infer<typeof contractEntrySchema>
  | z.infer<typeof scrapeSchema>
  | Disagreement
  | EscalationEntry;

export type EscalationEntry = z.infer<typeof escalationSchema>;
export type Disagreement = z.infer<typeof disagreementSchema>;

/** True for what scores rest on; the other kinds tell how it came about. */
export function isEvidence(body: LedgerBody): body is CycleRecord | Event {
  return !REMARKS.has(body.kind);
}

const REMARKS: ReadonlySet<LedgerBody['kind']> = new Set([
  'late',
  'contract',
  'scrape',
  'disagreement',
  'escalation',
]);

export interface LedgerLine {
  seq: number;
  /** When the line was written, Unix milliseconds. */
  atMs: number;
  previous: string;
  body: LedgerBody;
}

const lineSchema = z.strictObject({
  schema: z.literal(LEDGER_SCHEMA_VERSION),
  seq: z.int().min(0),
  at: instantSchema,
  previous: z.string().regex(/^[0-9a-f]{64}$/),
  body: bodySchema,
  sum: z.string(),
});

const SUM_KEY = ',"sum":"';
const SUM_SIZE = SUM_KEY.length + 64 + 2;

/** The line, without its newline. */
export function formatLedgerLine(line: LedgerLine): string {
  const { seq, atMs, previous, body } = line;
  const at = formatInstant(atMs);
  const whole = JSON.stringify({ schema: LEDGER_SCHEMA_VERSION, seq, at, previous, body });
  const front = whole.slice(0, -1);
  return `${front}${SUM_KEY}${hash('sha256', front, 'hex')}"}`;
}

/** What the next line's `previous` must be. */
export function hashLedgerLine(octets: Uint8Array): string {
  return hash('sha256', octets, 'hex');
}

/** The line in `octets` (no newline), or what is wrong with it as a text. */
export function parseLedgerLine(octets: Uint8Array): LedgerLine | string {
  const view = asBuffer(octets);
  const front = view.subarray(0, Math.max(0, view.length - SUM_SIZE));
  const tail = view.toString('latin1', front.length);
  if (!tail.startsWith(SUM_KEY) || !tail.endsWith('"}')) return 'not a ledger line';
  if (hash('sha256', front, 'hex') !== tail.slice(SUM_KEY.length, -2)) {
    return 'damaged: the line does not match its own sum';
  }
  let value: unknown;
  try {
    value = JSON.parse(view.toString('utf8'));
  } catch {
    return 'not JSON';
  }
  const parsed = lineSchema.safeParse(value);
  if (!parsed.success) return faultOf(parsed.error, value);
  const { seq, at, previous, body } = parsed.data;
  return { seq, atMs: Date.parse(at), previous, body };
}

/** Says the kind where it is the body alone that is at fault. */
function faultOf({ issues }: z.ZodError, value: unknown): string {
  const { kind } = (value as { body?: { kind?: unknown } | null } | null)?.body ?? {};
  const isOfBody = typeof kind === 'string' && issues.every(({ path: [key] }) => key === 'body');
  if (isOfBody) return `a body of kind ${kind} that is not valid`;
  return `not a ledger line of schema ${LEDGER_SCHEMA_VERSION}`;
}
