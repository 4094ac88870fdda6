/**
 * Making a report of judged periods: what goes into which section, availability in percent, the
 * entries that bear on the period, and what is waived. Pure: the same input gives the same report.
 */
import type { LoadedContract } from '#sla/contract/contract-file.ts';
import type { ReportRule, Waiver } from '#sla/contract/report-rules.ts';
import { instantMs, shortInstant } from '#sla/measurement/instant.ts';
import type { Event } from '#sla/measurement/measurement.ts';
import type { ParameterScore, Score } from '#sla/score/score-json.ts';
import { percentText } from './percent.ts';
import { monthsOf, type Period } from './period.ts';
import {
  REPORT_SCHEMA_VERSION,
  type Report,
  type ReportEntry,
  type ReportEvidence,
  type ReportFigure,
  type ReportKind,
  type ReportSection,
  reportedContract,
} from './report.ts';
import { formatScoreFigure } from './score-figure.ts';
import type { TransactionReport } from './transactions.ts';

const DAY_MS = 86_400_000;

const KINDS: Readonly<Record<Period['kind'], ReportKind>> = {
  week: 'weekly',
  month: 'monthly',
  quarter: 'quarterly',
  year: 'annual',
};

/** What a report is made of. */
export interface ReportInput {
  contract: LoadedContract;
  period: Period;
  status: Report['status'];
  /** From 1; counts the reports of one kind and period. */
  version: number;
  supersedes: Report['supersedes'];
  reason: string;
  madeAtMs: number;
  /** Of `sectionPeriods`, in their order. */
  scores: readonly Score[];
  entries: readonly Event[];
  evidence: ReportEvidence;
  transactions: TransactionReport | null;
}

/** What is judged for a report: of a week itself and its months, of a longer period its months. */
export function sectionPeriods(period: Period): Period[] {
  return period.kind === 'week' ? [period, ...monthsOf(period)] : monthsOf(period);
}

export function reportKind(period: Period): ReportKind {
  return KINDS[period.kind];
}

/** Without its version: what all reports of one kind and period share. */
export function reportSeries(contractId: string, period: Period): string {
  return `${contractId}-${reportKind(period)}-${period.name}`;
}

export function buildReport(input: ReportInput): Report {
  const { contract: loaded, period, status, scores, madeAtMs } = input;
  const { contract } = loaded;
  const rule = contract.reports.find(({ report }) => report === reportKind(period));
  const sections = sectionPeriods(period).flatMap((each, at) => {
    const score = scores[at];
    return score === undefined ? [] : [sectionOf(each, score)];
  });
  return {
    schema: REPORT_SCHEMA_VERSION,
    id: `${reportSeries(contract.id, period)}-v${input.version}`,
    kind: reportKind(period),
    status,
    paragraph: rule?.paragraph ?? '',
    contract: reportedContract(loaded),
    period: {
      name: period.name,
      from: shortInstant(period.startMs),
      to: shortInstant(period.endMs),
    },
    madeAt: shortInstant(madeAtMs),
    finalBy: status === 'final' ? null : finalBy(rule, period),
    supersedes: input.supersedes,
    reason: input.reason,
    sections,
    breaches: breachesOf(sections),
    entries: entriesOf(input.entries, period),
    waiver: waiverOf(contract.waiver, period),
    transactions: input.transactions,
    evidence: input.evidence,
  };
}

function finalBy(rule: ReportRule | undefined, period: Period): string | null {
  return rule?.report === 'weekly' ? shortInstant(period.endMs + rule.finalDays * DAY_MS) : null;
}

function sectionOf(period: Period, score: Score): ReportSection {
  return {
    name: period.name,
    from: shortInstant(period.startMs),
    to: shortInstant(period.endMs),
    asOf: score.asOf,
    isJudged: period.kind === 'month',
    figures: score.parameters.map((figure) => withAvailability(figure, period)),
    emergency: score.emergency,
    incidents: score.incidents,
  };
}

/** Of the period without what is excused, which is what the limits of shares are of, too. */
function withAvailability(figure: ParameterScore, period: Period): ReportFigure {
  if (!('downSeconds' in figure)) return figure;
  const { downSeconds, excusedSeconds } = figure;
  const wholeMs = period.endMs - period.startMs - Math.round(excusedSeconds * 1000);
  const upMs = (seconds: number): number => wholeMs - Math.round(seconds * 1000);
  return {
    ...figure,
    availabilityPercent: {
      min: percentText(upMs(downSeconds.max), wholeMs),
      max: percentText(upMs(downSeconds.min), wholeMs),
    },
  };
}

function breachesOf(sections: readonly ReportSection[]): Report['breaches'] {
  return sections
    .filter(({ isJudged }) => isJudged)
    .flatMap(({ name, figures }) =>
      figures
        .filter(({ verdict }) => verdict === 'breached')
        .map((figure) => {
          const subject = subjectText(figure);
          return {
            month: name,
            parameter: figure.parameter,
            subject,
            figure: formatScoreFigure(figure),
          };
        }),
    );
}

/** A name server's address; empty for anything else. */
export function subjectText(figure: ParameterScore): string {
  return 'nameserver' in figure ? `${figure.nameserver ?? ''} ${figure.address ?? ''}` : '';
}

/** Entries that bear on the period, in the order in which they were made. */
export function entriesOf(entries: readonly Event[], period: Period): ReportEntry[] {
  const found = entries.flatMap((entry): ReportEntry[] => {
    if (entry.kind !== 'notice' && entry.kind !== 'false-positive' && entry.kind !== 'exclusion') {
      return [];
    }
    if (instantMs(entry.from) >= period.endMs || instantMs(entry.to) <= period.startMs) return [];
    const { kind, at, from, to } = entry;
    if (entry.kind === 'notice') {
      const text = `told ${entry.audience.join(', ')}`;
      return [{ kind, at, from, to, services: entry.services, type: entry.type, text }];
    }
    const agreed =
      entry.agreedBy === undefined ? 'agreed by nobody' : `agreed by ${entry.agreedBy}`;
    const text = [entry.reason, entry.author ?? '', agreed]
      .filter((part) => part !== '')
      .join('; ');
    if (entry.kind === 'exclusion') {
      return [{ kind, at, from, to, services: entry.services, type: entry.type, text }];
    }
    const type = entry.agreedBy === undefined ? 'disputed' : 'agreed';
    return [{ kind, at, from, to, services: [entry.service], type, text }];
  });
  return found.sort((a, b) => instantMs(a.at) - instantMs(b.at));
}

function waiverOf(waiver: Waiver | undefined, period: Period): Report['waiver'] {
  if (waiver === undefined) return null;
  const { paragraph, commencement, days } = waiver;
  if (commencement === null) return { paragraph, until: null, applies: 'none' };
  const untilMs = Date.parse(`${commencement}T00:00:00Z`) + days * DAY_MS;
  const until = shortInstant(untilMs);
  if (period.endMs <= untilMs) return { paragraph, until, applies: 'whole' };
  return { paragraph, until, applies: period.startMs < untilMs ? 'part' : 'none' };
}
