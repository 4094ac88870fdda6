/**
 * A month judged: each parameter of the contract by its rule, then the rolling weeks and incidents.
 * Timelines are built once and shared by the rules that read them.
 */
import type { Month } from '#base/month.ts';
import { type Contract, findTestClass, type Parameter } from '#sla/contract/contract.ts';
import { instantMs, shortInstant } from '#sla/measurement/instant.ts';
import { TEST_CLASSES } from './catalogue.ts';
import { type Corrections, findCorrections } from './corrections.ts';
import {
  countedDown,
  type Downtime,
  judgeDowntime,
  judgeDowntimeShare,
  measureDowntime,
} from './downtime.ts';
import { scoreEmergency } from './emergency.ts';
import type { Entry, Evidence } from './evidence.ts';
import type { Incident } from './incidents.ts';
import { scoreBackups } from './score-backups.ts';
import type {
  EmergencyScore,
  IncidentScore,
  ParameterScore,
  Score,
  ShareScore,
} from './score-json.ts';
import { agreedDisasters, scoreTickets } from './score-tickets.ts';
import { shareScore } from './score-updates.ts';
import { lengthMs, type Span, subtractSpans } from './spans.ts';
import { type Subject, Subjects } from './subjects.ts';

/** `asOfMs` absent: the month is judged as if it were over. */
export function judgeMonth(
  contract: Contract,
  month: Month,
  evidence: Evidence,
  asOfMs: number | undefined,
): Score {
  const judge = new MonthJudge(contract, month, evidence, asOfMs);
  return {
    contract: contract.id,
    contractVersion: contract.version,
    month: month.name,
    policy: 'strict',
    contractual: contract.contractual,
    asOf: asOfMs === undefined ? null : shortInstant(asOfMs),
    parameters: contract.parameters.flatMap((rule) => judge.parameter(rule)),
    emergency: judge.emergencies(),
    incidents: judge.incidents(),
  };
}

const NOTHING_COUNTED = { total: 0, within: 0 };

class MonthJudge {
  readonly #contract: Contract;
  readonly #month: Month;
  readonly #events: readonly Entry[];
  readonly #delays: Evidence['delays'];
  readonly #subjects: Subjects;
  /** Entries made later are not known yet. */
  readonly #untilMs: number;

  constructor(contract: Contract, month: Month, evidence: Evidence, asOfMs: number | undefined) {
    this.#contract = contract;
    this.#month = month;
    this.#events = evidence.events;
    this.#delays = evidence.delays;
    this.#untilMs = asOfMs ?? Infinity;
    this.#subjects = new Subjects(contract, month, evidence, asOfMs);
  }

  parameter(rule: Parameter): ParameterScore[] {
    const { parameter } = rule;
    switch (rule.rule) {
      case 'service-downtime': {
        const downtime = this.#downtimeOf(this.#subjects.service(rule.service));
        const { limitSeconds } = rule;
        const verdict = judgeDowntime(downtime, limitSeconds);
        return [{ parameter, limitSeconds, ...downtime.figures, verdict }];
      }
      case 'nameserver-downtime':
        return this.#subjects.nameserverAddresses().map((subject) => {
          const downtime = this.#downtimeOf(subject);
          const { nameserver = '', address = '' } = subject.corrected;
          const { limitSeconds } = rule;
          const verdict = judgeDowntime(downtime, limitSeconds);
          return { parameter, nameserver, address, limitSeconds, ...downtime.figures, verdict };
        });
      case 'service-downtime-share': {
        const downtime = this.#downtimeOf(this.#subjects.service(rule.service));
        const periodMs = this.#month.endMs - this.#month.startMs;
        const limit = judgeDowntimeShare(downtime, periodMs, rule.downShareMax);
        const { limitMilliseconds, verdict } = limit;
        return [{ parameter, limitMilliseconds, ...downtime.figures, verdict }];
      }
      case 'rtt-share':
        return [this.#rttShare(rule)];
      case 'update-share':
      case 'update-begun-share':
      case 'replica-lag-share': {
        const { limitSeconds, share } = rule;
        const { startMs: fromMs, endMs: toMs } = this.#month;
        const counted = this.#delays.get(parameter)?.count({ fromMs, toMs }, this.#untilMs);
        return [shareScore(parameter, { limitSeconds }, share, counted ?? NOTHING_COUNTED)];
      }
      case 'ticket-response':
        return [this.#tickets(rule)];
      default: {
        const backups = this.#events.filter((event) => event.kind === 'backup');
        const known = backups.filter((event) => instantMs(event.at) <= this.#untilMs);
        const toMs = Math.min(this.#month.endMs, this.#untilMs);
        return [scoreBackups(rule, known, { fromMs: this.#month.startMs, toMs })];
      }
    }
  }

  emergencies(): EmergencyScore[] {
    const rules = this.#contract.emergency;
    if (rules === undefined) return [];
    return rules.thresholds.map(({ service, thresholdSeconds }) => {
      const subject =
        service === 'dnssec' ? this.#subjects.dnssec() : this.#subjects.service(service);
      const { cycleMs } = subject.timeline;
      const month = this.#decidedSpan(cycleMs);
      const fromMs = Math.ceil(month.fromMs / cycleMs) * cycleMs;
      const toMs = Math.max(fromMs, month.toMs);
      const back = { fromMs: fromMs - rules.windowSeconds * 1000 - cycleMs, toMs };
      const down = countedDown(subject.timeline, this.#correctionsOf(subject), back);
      return scoreEmergency(rules, { service, thresholdSeconds, down, cycleMs, fromMs, toMs });
    });
  }

  /** Every incident that touches the month, in order of their start. */
  incidents(): IncidentScore[] {
    const found = this.#subjects.all().flatMap((subject) => {
      const corrections = this.#correctionsOf(subject);
      return subject.incidents
        .filter(({ startMs, endMs }) => {
          return startMs < this.#month.endMs && (endMs ?? Infinity) > this.#month.startMs;
        })
        .map((incident) => formatIncident(subject, incident, corrections));
    });
    return found.sort((a, b) => (a.start < b.start ? -1 : Number(a.start > b.start)));
  }

  #downtimeOf(subject: Subject): Downtime {
    const span = this.#decidedSpan(subject.timeline.cycleMs);
    return measureDowntime(subject.timeline, this.#correctionsOf(subject), subject.incidents, span);
  }

  #correctionsOf(subject: Subject): Corrections {
    return findCorrections(this.#contract, this.#events, subject.corrected, this.#untilMs);
  }

  /** The month as far as its cycles of this length are decided. */
  #decidedSpan(cycleMs: number): Span {
    const { startMs, endMs } = this.#month;
    const toMs = Math.min(endMs, this.#subjects.decidedEndMs(cycleMs));
    return { fromMs: startMs, toMs: Math.max(startMs, toMs) };
  }

  #rttShare(rule: Extract<Parameter, { rule: 'rtt-share' }>): ShareScore {
    const classes = rule.classes.map((name) => TEST_CLASSES[rule.service].indexOf(name));
    const limits = findTestClass(this.#contract, rule.service, rule.classes[0] ?? '');
    const counts = this.#subjects.testCounts(rule.service, classes);
    const limitMs = limits?.limitMs ?? 0;
    return shareScore(rule.parameter, { limitMs }, rule.share, counts);
  }

  #tickets(rule: Extract<Parameter, { rule: 'ticket-response' }>): ParameterScore {
    const tickets = this.#events.filter((event) => event.kind === 'ticket');
    const suspended = agreedDisasters(this.#contract, this.#events, this.#untilMs);
    const latest = tickets.map((event) => instantMs(event.at));
    const overMs = Math.max(this.#month.endMs, ...latest);
    const nowMs = Math.min(this.#untilMs, overMs);
    return scoreTickets(rule, this.#contract, tickets, suspended, this.#month, nowMs);
  }
}

function formatIncident(
  subject: Subject,
  incident: Incident,
  corrections: Corrections,
): IncidentScore {
  const { nameserver, address } = subject.corrected;
  const real = subtractSpans(incident.down, corrections.falsePositive);
  return {
    service: subject.name,
    ...(nameserver === undefined || address === undefined ? {} : { nameserver, address }),
    start: shortInstant(incident.startMs),
    end: incident.endMs === undefined ? null : shortInstant(incident.endMs),
    downSeconds: lengthMs(incident.down) / 1000,
    falsePositive: lengthMs(real) === 0,
  };
}
