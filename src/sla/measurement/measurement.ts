/**
 * What happened, as probes, servers and people say it: the kinds of line that go from a probe to
 * the sidecar, into a measurements file and (tests excepted, see cycle-record.ts) into the ledger.
 * Strict: an unknown kind or field is refused, because a misspelt field would change a verdict in
 * silence. A measurement says what was seen; what it counts for is the scorer's business.
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import { instantMs, instantSchema } from './instant.ts';

export const TEXT_SIZE_MAX = 1000;
/** The last minute of the year 9999: what instants can be written for. */
const CYCLE_MAX = 253_402_300_740;

const text = z.string().min(1).max(TEXT_SIZE_MAX);
const count = z.int().min(0);
const address = z.string().refine((value) => isIP(value) !== 0, 'not an IP address');
/** Compared without regard to case; written with the final dot. */
const domainName = text.regex(/\.$/, 'a name ends with a dot');
const service = z.enum(['dns', 'rdds', 'epp']);

const testBase = {
  kind: z.literal('test'),
  /** Counts the probe's results; without it the order of the lines does. */
  seq: count.optional(),
  /** First second of the cycle, Unix time. */
  cycle: count.max(CYCLE_MAX),
  probe: text,
  address,
  outcome: z.enum(['answered', 'unanswered', 'internal']),
  /** Round-trip time in microseconds of the monotonic clock; there if `answered`. */
  rttUs: count.optional(),
  /** The probe's code for what failed. */
  error: text.optional(),
  /** How far the probe's clock was from the coordinator's. */
  clockOffsetMs: z.int().optional(),
};

const dnsTest = z.strictObject({
  ...testBase,
  service: z.literal('dns'),
  nameserver: domainName,
  transport: z.enum(['udp', 'tcp']),
  dnssec: z.enum(['secure', 'insecure', 'bogus', 'indeterminate']).optional(),
});

const rddsTest = z.strictObject({
  ...testBase,
  service: z.literal('rdds'),
  interface: z.enum(['whois', 'web', 'rdap']),
});

const eppTest = z.strictObject({
  ...testBase,
  service: z.literal('epp'),
  class: z.enum(['session', 'query', 'transform']),
  command: text.optional(),
});

export const testSchema = z
  .discriminatedUnion('service', [dnsTest, rddsTest, eppTest])
  .refine((test) => test.outcome !== 'answered' || test.rttUs !== undefined, {
    path: ['rttUs'],
    message: 'an answered test has a round-trip time',
  });

const topology = z.strictObject({
  kind: z.literal('topology'),
  at: instantSchema,
  tld: domainName,
  dnssec: z.boolean(),
  nameservers: z.record(domainName, z.array(address)),
});

const update = z.strictObject({
  kind: z.literal('update'),
  change: text,
  service: z.enum(['dns', 'rdds']),
  probe: text,
  address,
  interface: z.enum(['whois', 'web', 'rdap']).optional(),
  confirmedAt: instantSchema,
  /** `null`: not seen within 60 minutes. */
  observedAt: instantSchema.nullable(),
});

const updateBegun = z.strictObject({
  kind: z.literal('update-begun'),
  change: text,
  confirmedAt: instantSchema,
  begunAt: instantSchema,
});

const replicaLag = z.strictObject({
  kind: z.literal('replica-lag'),
  at: instantSchema,
  lagMs: count,
});

const backup = z.strictObject({
  kind: z.literal('backup'),
  at: instantSchema,
  id: text,
  location: text,
  verified: z.boolean(),
});

const period = { from: instantSchema, to: instantSchema };
const isForward = (span: { from: string; to: string }): boolean =>
  instantMs(span.from) < instantMs(span.to);
const forward = { path: ['to'], message: 'to must be after from' };

const notice = z
  .strictObject({
    kind: z.literal('notice'),
    type: z.enum(['planned', 'outage']),
    audience: z.array(z.enum(['registrars', 'icann', 'customers'])).min(1),
    at: instantSchema,
    ...period,
    services: z.array(service).min(1),
  })
  .refine(isForward, forward);

/** Without `agreedBy` the minutes stand and are shown as disputed. */
const falsePositive = z
  .strictObject({
    kind: z.literal('false-positive'),
    at: instantSchema,
    service,
    /** Only this name server, or this address of it; without them, the service whole. */
    nameserver: domainName.optional(),
    address: address.optional(),
    ...period,
    reason: text,
    author: text,
    evidence: text.optional(),
    agreedBy: text.optional(),
  })
  .refine(isForward, forward);

const exclusion = z
  .strictObject({
    kind: z.literal('exclusion'),
    type: z.enum(['disaster', 'force-majeure']),
    at: instantSchema,
    ...period,
    services: z.array(service).min(1),
    reason: text,
    author: text.optional(),
    agreedBy: text.optional(),
  })
  .refine(isForward, forward);

const TICKET_EVENTS = [
  'opened',
  'auto-reply',
  'human-reply',
  'closed',
  'reopened',
  'severity',
  'pause',
  'resume',
] as const;

const ticket = z
  .strictObject({
    kind: z.literal('ticket'),
    id: text,
    event: z.enum(TICKET_EVENTS),
    at: instantSchema,
    severity: z.enum(['urgent', 'normal', 'service-request', 'business-inquiry']).optional(),
    reason: text.optional(),
  })
  .refine((event) => !needsSeverity(event.event) || event.severity !== undefined, {
    path: ['severity'],
    message: 'this event says the severity',
  });

function needsSeverity(event: (typeof TICKET_EVENTS)[number]): boolean {
  return event === 'opened' || event === 'severity';
}

const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'expected YYYY-MM');
/** Kinds of command that a registrar's volume is counted by. */
const COMMANDS_MAX = 100;

/** A registrar's announcement of a month's volume (registry 3.11). */
const forecast = z.strictObject({
  kind: z.literal('forecast'),
  at: instantSchema,
  registrar: text,
  /** `2026-10`. */
  month,
  /** Without check commands. */
  transactions: count,
  author: text.optional(),
});

/** What a registrar did in a month, whole; the newest of a registrar and month counts. */
const transactions = z.strictObject({
  kind: z.literal('transactions'),
  at: instantSchema,
  registrar: text,
  month,
  /** How often each command was done (`create`, `check`, …). */
  commands: z
    .record(text, count)
    .refine((all) => Object.keys(all).length <= COMMANDS_MAX, `at most ${COMMANDS_MAX} commands`),
  author: text.optional(),
});

/** A registrar wants credits of one kind for one event (registry 3.4). */
const creditClaim = z
  .strictObject({
    kind: z.literal('credit-claim'),
    at: instantSchema,
    registrar: text,
    /** The figure that was breached: it says which calculation applies. */
    parameter: text,
    /** The event. */
    ...period,
    author: text.optional(),
  })
  .refine(isForward, forward);

/** What we answer to down time that the other side reports and we do not (Appendix 10, 8.3). */
const disputeResponse = z
  .strictObject({
    kind: z.literal('dispute-response'),
    at: instantSchema,
    contract: text,
    /** Any subject where absent. */
    service: z.enum(['dns', 'dns-nameserver', 'dnssec', 'rdds', 'epp']).optional(),
    ...period,
    text,
    author: text,
  })
  .refine(isForward, forward);

const monitorDown = z
  .strictObject({ kind: z.literal('monitor-down'), ...period })
  .refine(isForward, forward);

/** Everything but tests: these stand in the ledger as they are. */
export const eventSchema = z.discriminatedUnion('kind', [
  topology,
  update,
  updateBegun,
  replicaLag,
  backup,
  notice,
  falsePositive,
  exclusion,
  ticket,
  forecast,
  transactions,
  creditClaim,
  disputeResponse,
  monitorDown,
]);

export const measurementSchema = z.discriminatedUnion('kind', [testSchema, eventSchema]);

export type Test = z.infer<typeof testSchema>;
export type Event = z.infer<typeof eventSchema>;
export type Measurement = z.infer<typeof measurementSchema>;
export type MeasuredService = z.infer<typeof service>;
export type EventOf<Kind extends Event['kind']> = Extract<Event, { kind: Kind }>;
