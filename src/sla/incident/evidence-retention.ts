/**
 * How long evidence files are kept: until they are older than EVIDENCE_AGE_MAX_MS, and no more than
 * EVIDENCE_FILES_MAX of them, the oldest going first; but none that something still rests on:
 *
 *   an incident or an escalation of its service that is open
 *   a message that has not been delivered
 *   a false positive that the two sides dispute
 *
 * What goes can be made again from the ledger, which is never pruned. A file's modification time is
 * that of its escalation, so only those that are to go are read.
 */
import { readdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCode } from '#base/coded-error.ts';
import { instantSchema } from '#sla/measurement/instant.ts';
import type { EventOf } from '#sla/measurement/measurement.ts';
import { isAgreed } from '#sla/score/corrections.ts';
import { intersectSpans, type Span, spanOf, subtractSpans, uniteSpans } from '#sla/score/spans.ts';

/** The yearly review of a contract still finds the year's. */
export const EVIDENCE_AGE_MAX_MS = 400 * 86_400_000;
export const EVIDENCE_FILES_MAX = 500;

const spanSchema = z.object({ from: instantSchema, to: instantSchema });
const bundleSchema = z.object({
  schema: z.literal(1),
  contract: z.object({ id: z.string() }),
  share: z.object({ service: z.string() }),
  window: spanSchema,
  down: z.array(spanSchema),
});

/** What decides whether a file is still needed. */
export interface Bundle {
  file: string;
  contract: string;
  service: string;
  window: Span;
  /** What counted as down in it. */
  down: readonly Span[];
}

export interface EvidenceLimits {
  ageMaxMs: number;
  filesMax: number;
}

/** Files that the limits would let go, the oldest first. */
export async function findPrunable(
  folder: string,
  nowMs: number,
  { ageMaxMs, filesMax }: EvidenceLimits,
): Promise<string[]> {
  const files: { name: string; atMs: number }[] = [];
  for (const name of await namesIn(folder)) {
    if (!name.endsWith('.json')) continue;
    files.push({ name, atMs: (await stat(join(folder, name))).mtimeMs });
  }
  files.sort((a, b) => a.atMs - b.atMs);
  const isOver = (atMs: number, at: number): boolean =>
    atMs < nowMs - ageMaxMs || at < files.length - filesMax;
  return files.filter(({ atMs }, at) => isOver(atMs, at)).map(({ name }) => name);
}

/** `undefined`: not a bundle of ours, or gone. */
export async function readBundle(folder: string, file: string): Promise<Bundle | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(join(folder, file), 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError || errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const parsed = bundleSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const { contract, share, window, down } = parsed.data;
  return {
    file,
    contract: contract.id,
    service: share.service,
    window: spanOf(window),
    down: down.map(spanOf),
  };
}

export async function removeBundle(folder: string, file: string): Promise<void> {
  await unlink(join(folder, file));
}

/** True if a false positive that nobody agreed to, and none that was agreed covers, is about it. */
export function isDisputed(
  { service, down }: Bundle,
  claims: readonly EventOf<'false-positive'>[],
): boolean {
  const asked = service === 'dnssec' ? 'dns' : service;
  const own = claims.filter((claim) => claim.service === asked);
  const agreed = uniteSpans(own.filter(isAgreed).map(spanOf));
  const claimed = uniteSpans(own.filter((claim) => !isAgreed(claim)).map(spanOf));
  return intersectSpans(subtractSpans(claimed, agreed), uniteSpans(down)).length > 0;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
