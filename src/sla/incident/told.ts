/**
 * What people were told of each matter last: with what is true now it says what there is to tell.
 *
 *   incident CONTRACT SUBJECT START    open -> resolved, or quiet (too many of its subject)
 *   share CONTRACT SERVICE             the level that was told, in percent
 *   escalation CONTRACT SERVICE        the same of escalations
 *   correction CONTRACT ENTRY          told
 *   backups CONTRACT                   lacking
 *
 * A matter that is over leaves the table, so the table is as large as what goes on.
 */
import { z } from 'zod';
import { instantSchema } from '#sla/measurement/instant.ts';
import { toldIncidentSchema } from './notice.ts';

export const toldMatterSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('incident'),
    state: z.enum(['open', 'resolved', 'quiet']),
    incident: toldIncidentSchema,
  }),
  z.strictObject({ kind: z.literal('share'), percent: z.int().min(0) }),
  z.strictObject({
    kind: z.literal('escalation'),
    percent: z.int().min(0),
    /** When the level was reached. */
    since: instantSchema,
  }),
  z.strictObject({ kind: z.literal('correction'), at: instantSchema }),
  z.strictObject({ kind: z.literal('backups'), since: instantSchema }),
]);

export type ToldMatter = z.infer<typeof toldMatterSchema>;

/** By key of the matter. */
export type ToldTable = ReadonlyMap<string, ToldMatter>;

/** What is to be written into the table; `null` takes a matter out. */
export type ToldPatch = Map<string, ToldMatter | null>;

export function incidentKey(contract: string, name: string): string {
  return `incident ${contract} ${name}`;
}

export function shareKey(contract: string, service: string): string {
  return `share ${contract} ${service}`;
}

export function escalationKey(contract: string, service: string): string {
  return `escalation ${contract} ${service}`;
}

export function backupsKey(contract: string): string {
  return `backups ${contract}`;
}

export function correctionKey(contract: string, entryId: string): string {
  return `correction ${contract} ${entryId}`;
}
