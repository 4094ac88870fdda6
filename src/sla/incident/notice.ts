/**
 * What people are told, as data. A notice says one thing of one contract; a message carries all
 * notices that one contact gets from one review, so an outage of many addresses is one mail. Both
 * have ids that stay the same through every retry: who gets a message twice can see that it is one.
 *
 *   incidents    an incident opened, or is over
 *   alarms       our own: the emergency share rose to a level, or is below the lowest again; too
 *                few places hold a recent good backup, or enough do again
 *   escalations  to emergency operations, with evidence; held back as the contract says
 *   corrections  an entry changed figures that were told before: those are superseded
 */
import { hash } from 'node:crypto';
import { z } from 'zod';
import { instantSchema } from '#sla/measurement/instant.ts';

export const NOTICE_GROUPS = ['incidents', 'alarms', 'escalations', 'corrections'] as const;
export type NoticeGroup = (typeof NOTICE_GROUPS)[number];

const seconds = z.number().min(0);

export const toldIncidentSchema = z.strictObject({
  service: z.enum(['dns', 'dns-nameserver', 'dnssec', 'rdds', 'epp']),
  nameserver: z.string().optional(),
  address: z.string().optional(),
  start: instantSchema,
  /** `null` while it is open. */
  end: instantSchema.nullable(),
  downSeconds: seconds,
});

/** The rolling week of a service, as the score gives it. */
const shareSchema = z.strictObject({
  service: z.enum(['dns', 'dnssec', 'rdds', 'epp']),
  /** The highest level that is reached, in percent of the threshold; 0 below the lowest. */
  percent: z.int().min(0),
  thresholdSeconds: seconds,
  downSeconds: seconds,
  ratio: z.number(),
  fallsOut: z
    .strictObject({ from: instantSchema, to: instantSchema, seconds: z.number() })
    .nullable(),
  belowAt: z.array(z.strictObject({ ratio: z.number(), at: instantSchema })),
});

/** An evidence file that was written for an escalation. */
const evidenceSchema = z.strictObject({
  /** Name within the evidence folder. */
  file: z.string(),
  sha256: z.string(),
  /** Octets. */
  size: z.int(),
  /** The most frequent failures, for the message itself. */
  failures: z.array(z.strictObject({ target: z.string(), error: z.string(), tests: z.int() })),
});

const backupsSchema = z.strictObject({
  locationsMin: z.int(),
  /** Locations with a recent good backup. */
  good: z.array(z.string()),
});

/** One figure before an entry and with it. */
const changeSchema = z.strictObject({
  month: z.string(),
  parameter: z.string(),
  subject: z.string(),
  before: z.strictObject({ downSeconds: z.number(), verdict: z.string() }),
  after: z.strictObject({ downSeconds: z.number(), verdict: z.string() }),
});

const base = {
  id: z.string(),
  /** When it came true: of decided cycles, not of the clock. */
  at: instantSchema,
  contract: z.string(),
  /** Of a contract that binds nobody every message says so. */
  contractual: z.boolean(),
};

export const noticeSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...base,
    kind: z.literal('incident-opened'),
    incident: toldIncidentSchema,
    /** Its subject comes and goes so often that no more is told of it for a day. */
    isLast: z.boolean(),
  }),
  z.strictObject({
    ...base,
    kind: z.literal('incident-resolved'),
    incident: toldIncidentSchema,
  }),
  z.strictObject({ ...base, kind: z.literal('emergency-share'), share: shareSchema }),
  z.strictObject({ ...base, kind: z.literal('emergency-over'), share: shareSchema }),
  z.strictObject({
    ...base,
    kind: z.literal('escalation'),
    share: shareSchema,
    /** `null`: it could not be had; the log says why. */
    evidence: evidenceSchema.nullable(),
  }),
  z.strictObject({ ...base, kind: z.literal('escalation-ended'), share: shareSchema }),
  z.strictObject({
    ...base,
    kind: z.literal('backups-lacking'),
    since: instantSchema,
    backups: backupsSchema,
  }),
  z.strictObject({ ...base, kind: z.literal('backups-enough'), backups: backupsSchema }),
  z.strictObject({
    ...base,
    kind: z.literal('correction'),
    /** The entry that changed the figures, as it stands in the ledger. */
    entry: z.looseObject({ kind: z.string(), from: z.string(), to: z.string() }),
    changes: z.array(changeSchema),
  }),
]);

export const messageSchema = z.strictObject({
  id: z.string(),
  contact: z.string(),
  /** When it was made: what cannot be delivered is given up by its age. */
  at: instantSchema,
  notices: z.array(noticeSchema).min(1),
});

export type Notice = z.infer<typeof noticeSchema>;
export type NoticeOf<Kind extends Notice['kind']> = Extract<Notice, { kind: Kind }>;
export type ToldIncident = z.infer<typeof toldIncidentSchema>;
export type ToldShare = z.infer<typeof shareSchema>;
export type EvidenceFile = z.infer<typeof evidenceSchema>;
export type FigureChange = z.infer<typeof changeSchema>;
export type Message = z.infer<typeof messageSchema>;

const GROUP_OF: Readonly<Record<Notice['kind'], NoticeGroup>> = {
  'incident-opened': 'incidents',
  'incident-resolved': 'incidents',
  'emergency-share': 'alarms',
  'emergency-over': 'alarms',
  'backups-lacking': 'alarms',
  'backups-enough': 'alarms',
  escalation: 'escalations',
  'escalation-ended': 'escalations',
  correction: 'corrections',
};

export function groupOf({ kind }: Notice): NoticeGroup {
  return GROUP_OF[kind];
}

/** Who is told. `contracts` absent: of every contract. */
export interface Contact {
  name: string;
  contracts?: readonly string[] | undefined;
  receives: readonly NoticeGroup[];
}

/** An id that is made of what it stands for. */
export function idOf(...parts: readonly string[]): string {
  return hash('sha256', parts.join('\n'), 'hex').slice(0, 24);
}

/** One message for each contact that any of the notices is for. */
export function addressNotices(
  notices: readonly Notice[],
  contacts: readonly Contact[],
  at: string,
): Message[] {
  return contacts.flatMap(({ name, contracts, receives }) => {
    const own = notices.filter((notice) => {
      const isTheirs = contracts === undefined || contracts.includes(notice.contract);
      return isTheirs && receives.includes(groupOf(notice));
    });
    if (own.length === 0) return [];
    const id = idOf(name, ...own.map((notice) => notice.id));
    return [{ id, contact: name, at, notices: own }];
  });
}
