/**
 * A contract as data: the schema of config/contracts/*.yaml. Every limit, comparator, share, window
 * and lead time that a verdict depends on stands in the file with the paragraph it comes from, so a
 * new contract is a new file and no code. Field by field: docs/reference/contracts.md.
 *
 * A service says how its cycles become up or down; a parameter says which rule turns cycles, tests
 * or entries into a verdict; an exclusion says which down time a contract excuses.
 */
import { z } from 'zod';
import {
  creditsRuleSchema,
  forecastRuleSchema,
  reportRuleSchema,
  restorationRuleSchema,
  waiverSchema,
} from './report-rules.ts';

/** The version of this schema; a file with another one is refused. */
export const CONTRACT_SCHEMA_VERSION = 1;

const paragraph = z.string().min(1);
const positive = z.int().min(1);

/** A fraction of integers, compared by cross-multiplication and never as a rounded number. */
const fraction = z
  .strictObject({ numerator: z.int().min(0), denominator: positive })
  .refine((share) => share.numerator <= share.denominator, 'numerator is beyond denominator');

/** Failed votes of all votes from which a subject is down; `>=` or `>` as the contract words it. */
const quorum = z.strictObject({
  numerator: positive,
  denominator: positive,
  comparator: z.enum(['>=', '>']),
});

/** `limitMs`: the SLR of one test. An answer beyond `unanswered` counts as no answer. */
const testClass = z.strictObject({
  paragraph,
  limitMs: positive,
  unanswered: z.strictObject({ comparator: z.enum(['>', '>=']), limitMs: positive }),
});

const serviceBase = {
  paragraph,
  cycleSeconds: positive,
  quorum,
  probesMin: positive,
  incidentCycles: positive,
};

const dnsService = z.strictObject({
  ...serviceBase,
  nameserversMin: positive,
  nameserverIncidentCycles: positive,
  transportProportion: z.strictObject({ udp: z.int().min(0), tcp: z.int().min(0) }),
  tests: z.strictObject({ udp: testClass.optional(), tcp: testClass.optional() }),
  dnssec: z.strictObject({ paragraph, quorum, probesMin: positive, incidentCycles: positive }),
});

const rddsService = z.strictObject({
  ...serviceBase,
  interfaces: z.array(z.enum(['whois', 'web', 'rdap'])).min(1),
  tests: z.strictObject({
    whois: testClass.optional(),
    web: testClass.optional(),
    rdap: testClass.optional(),
  }),
});

const eppService = z.strictObject({
  ...serviceBase,
  tests: z.strictObject({
    session: testClass.optional(),
    query: testClass.optional(),
    transform: testClass.optional(),
  }),
});

const serviceName = z.enum(['dns', 'rdds', 'epp']);
const timeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'expected HH:MM');
const day = z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);

/** Wall-clock time on some weekdays, end exclusive; `24:00` is the end of the day. */
const window = z
  .strictObject({ days: z.array(day).min(1), from: timeOfDay, to: timeOfDay })
  .refine((hours) => hours.from < hours.to, 'from must be before to; split a window at midnight');

const calendar = z.strictObject({
  zone: z.string().refine(isTimeZone, 'not an IANA time zone'),
  windows: z.array(window),
  holidays: z.array(z.iso.date()).default([]),
});

const subject = { parameter: z.string().regex(/^[a-z][a-z0-9-]*$/), paragraph };

const parameter = z.discriminatedUnion('rule', [
  z.strictObject({
    ...subject,
    rule: z.literal('service-downtime'),
    service: serviceName,
    limitSeconds: z.int().min(0),
  }),
  z.strictObject({
    ...subject,
    rule: z.literal('nameserver-downtime'),
    limitSeconds: z.int().min(0),
  }),
  /** Allowed down time is `downShareMax` of (the month less what is excused). */
  z.strictObject({
    ...subject,
    rule: z.literal('service-downtime-share'),
    service: serviceName,
    downShareMax: fraction,
  }),
  z.strictObject({
    ...subject,
    rule: z.literal('rtt-share'),
    service: serviceName,
    classes: z.array(z.string()).min(1),
    share: fraction,
  }),
  z.strictObject({
    ...subject,
    rule: z.literal('update-share'),
    service: z.enum(['dns', 'rdds']),
    limitSeconds: positive,
    share: fraction,
  }),
  z.strictObject({
    ...subject,
    rule: z.literal('update-begun-share'),
    limitSeconds: positive,
    share: fraction,
  }),
  z.strictObject({
    ...subject,
    rule: z.literal('replica-lag-share'),
    limitSeconds: positive,
    share: fraction,
  }),
  /** The clock runs in the calendar's hours, or always where `calendar` is absent. */
  z.strictObject({
    ...subject,
    rule: z.literal('ticket-response'),
    severities: z.array(z.enum(['urgent', 'normal', 'service-request', 'business-inquiry'])).min(1),
    limitSeconds: positive,
    calendar: z.string().optional(),
  }),
  z.strictObject({ ...subject, rule: z.literal('backup-frequency'), perDayMin: positive }),
  z.strictObject({
    ...subject,
    rule: z.literal('backup-locations'),
    perDayMin: positive,
    locationsMin: positive,
  }),
]);

const exclusion = z.discriminatedUnion('exclusion', [
  /** Planned work that the audience was told of in time, and that lies in `calendar` if given. */
  z.strictObject({
    exclusion: z.literal('planned-notice'),
    paragraph,
    audience: z.enum(['registrars', 'icann', 'customers']),
    leadSeconds: z.int().min(0),
    leadReading: z.enum(['elapsed', 'calendar-days']).default('elapsed'),
    calendar: z.string().optional(),
  }),
  /** Time that both sides agreed to take out: disaster, force majeure. */
  z.strictObject({
    exclusion: z.literal('declared'),
    paragraph,
    types: z.array(z.enum(['disaster', 'force-majeure'])).min(1),
  }),
]);

const emergency = z.strictObject({
  paragraph,
  windowSeconds: positive,
  alarmPercents: z.array(positive),
  /** What holds escalations back; none do where absent. It never touches a score. */
  suspension: z
    .strictObject({
      paragraph,
      audience: z.enum(['registrars', 'icann', 'customers']),
      /** A maintenance counts if it was notified so far ahead; a declared outage always. */
      leadSeconds: z.int().min(0),
    })
    .optional(),
  thresholds: z.array(
    z.strictObject({
      service: z.enum(['dns', 'dnssec', 'rdds', 'epp']),
      thresholdSeconds: positive,
    }),
  ),
});

const contractShape = z.strictObject({
  schema: z.literal(CONTRACT_SCHEMA_VERSION),
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  version: positive,
  title: z.string().min(1),
  document: z.string().min(1),
  contractual: z.boolean(),
  validity: z.strictObject({ from: z.iso.date(), to: z.iso.date().nullable() }),
  services: z.strictObject({
    dns: dnsService.optional(),
    rdds: rddsService.optional(),
    epp: eppService.optional(),
  }),
  calendars: z.record(z.string(), calendar).default({}),
  parameters: z.array(parameter).min(1),
  exclusions: z.array(exclusion).default([]),
  emergency: emergency.optional(),
  reports: z.array(reportRuleSchema).default([]),
  waiver: waiverSchema.optional(),
  forecast: forecastRuleSchema.optional(),
  credits: creditsRuleSchema.optional(),
  restoration: restorationRuleSchema.optional(),
});

export type Contract = z.infer<typeof contractShape>;
export type Quorum = z.infer<typeof quorum>;
export type TestClass = z.infer<typeof testClass>;
export type Fraction = z.infer<typeof fraction>;
export type Parameter = z.infer<typeof parameter>;
export type Exclusion = z.infer<typeof exclusion>;
export type Emergency = z.infer<typeof emergency>;
export type Calendar = z.infer<typeof calendar>;
export type ServiceName = z.infer<typeof serviceName>;

/** The whole schema, with what one field must agree with in another. */
export const contractSchema: z.ZodType<Contract> = contractShape.check((context) => {
  const contract = context.value;
  const refuse = (path: PropertyKey[], message: string): void => {
    context.issues.push({ code: 'custom', path, message, input: contract });
  };
  for (const [at, rule] of contract.parameters.entries()) {
    for (const message of faultsOfParameter(contract, rule)) refuse(['parameters', at], message);
  }
  for (const [at, rule] of contract.exclusions.entries()) {
    if (rule.exclusion === 'planned-notice' && isUnknownCalendar(contract, rule.calendar)) {
      refuse(['exclusions', at, 'calendar'], `no calendar ${rule.calendar} in calendars`);
    }
  }
  for (const [at, threshold] of (contract.emergency?.thresholds ?? []).entries()) {
    const service = threshold.service === 'dnssec' ? 'dns' : threshold.service;
    if (contract.services[service] !== undefined) continue;
    refuse(['emergency', 'thresholds', at, 'service'], `no service ${service} in services`);
  }
  for (const [at, { report }] of contract.reports.entries()) {
    const first = contract.reports.findIndex((other) => other.report === report);
    if (first < at) refuse(['reports', at, 'report'], `report ${report} stands here twice`);
  }
});

function faultsOfParameter(contract: Contract, rule: Parameter): string[] {
  const faults: string[] = [];
  const service = rule.rule === 'nameserver-downtime' ? 'dns' : serviceOf(rule);
  if (service !== undefined && contract.services[service] === undefined) {
    faults.push(`no service ${service} in services`);
  }
  if (rule.rule === 'ticket-response' && isUnknownCalendar(contract, rule.calendar)) {
    faults.push(`no calendar ${rule.calendar} in calendars`);
  }
  if (rule.rule === 'rtt-share') {
    const limits = rule.classes.map((name) => findTestClass(contract, rule.service, name)?.limitMs);
    const missing = rule.classes.filter((_name, at) => limits[at] === undefined);
    if (missing.length > 0) faults.push(`no test class ${missing.join(', ')} in ${rule.service}`);
    else if (new Set(limits).size > 1) faults.push('classes of one share need one limitMs');
  }
  const same = contract.parameters.filter((other) => other.parameter === rule.parameter);
  if (same.length > 1) faults.push(`parameter ${rule.parameter} stands here twice`);
  return faults;
}

function serviceOf(rule: Parameter): ServiceName | undefined {
  const measured = ['service-downtime', 'service-downtime-share', 'rtt-share'];
  return 'service' in rule && measured.includes(rule.rule) ? rule.service : undefined;
}

function isUnknownCalendar(contract: Contract, name: string | undefined): boolean {
  return name !== undefined && contract.calendars[name] === undefined;
}

/** The limits of a class of tests (`udp`, `whois`, `query`, ...); a contract may have none. */
export function findTestClass(
  contract: Contract,
  service: ServiceName,
  name: string,
): TestClass | undefined {
  const tests: Record<string, TestClass | undefined> = contract.services[service]?.tests ?? {};
  return Object.hasOwn(tests, name) ? tests[name] : undefined;
}

function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
