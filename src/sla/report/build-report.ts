/**
 * Making a report of judged periods: what goes into which section, availability in percent, the
 * entries that bear on the period, and what is waived. Pure: the same input gives the same report.
 */
import { monthOf } from '#base/month.ts';
import type { Contract } from '#sla/contract/contract.ts';
import type { LoadedContract } from '#sla/contract/contract-file.ts';
import type { ReportRule } from '#sla/contract/report-rules.ts';
import { instantMs, shortInstant } from '#sla/measurement/instant.ts';
import type { Event, EventOf } from '#sla/measurement/measurement.ts';
import type { ParameterScore, Score } from '#sla/score/score-json.ts';
import { spanOf } from '#sla/score/spans.ts';
import { judgeClaims } from './credit-claims.ts';
import { percentText } from './percent.ts';
import { monthsOf, type Period, periodAt } from './period.ts';
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
import { reportRestoration } from './restoration.ts';
import { formatScoreFigure } from './score-figure.ts';
import { reportTransactions, type TransactionReport } from './transactions.ts';
import { reportWaiver, waivedShare } from './waiver.ts';

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
  const { contract: loaded, period, status, scores, madeAtMs, entries } = input;
  const { contract } = loaded;
  const rule = contract.reports.find(({ report }) => report === reportKind(period));
  const sections = sectionPeriods(period).flatMap((each, at) => {
    const score = scores[at];
    return score === undefined ? [] : [sectionOf(each, score)];
  });
  const span = { fromMs: period.startMs, toMs: period.endMs };
  return {
    schema: REPORT_SCHEMA_VERSION,
    id: `${reportSeries(contract.id, period)}-v${input.version}`,
    kind: reportKind(period),
    status,
    paragraph: rule?.paragraph ?? '',
    contract: reportedContract(loaded),
    period: {
      name: period.name,
      from: shortInstant(span.fromMs),
      to: shortInstant(span.toMs),
    },
    madeAt: shortInstant(madeAtMs),
    finalBy: status === 'final' ? null : finalBy(rule, period),
    supersedes: input.supersedes,
    reason: input.reason,
    sections,
    breaches: breachesOf(contract, sections),
    entries: entriesOf(contract, entries, period),
    waiver: reportWaiver(contract.waiver, span),
    claims: period.kind === 'week' ? [] : judgeClaims(contract, scoredMonths(input), entries),
    restoration: reportRestoration(contract, span, scores, entries, madeAtMs),
    transactions: transactionsOf(contract, period, entries),
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

/** Of a period that is longer than a week. */
function scoredMonths({ period, scores }: ReportInput) {
  return sectionPeriods(period).flatMap((month, at) => {
    const score = scores[at];
    return score === undefined ? [] : [{ month, score }];
  });
}

function transactionsOf(
  contract: Contract,
  period: Period,
  entries: readonly Event[],
): TransactionReport | null {
  const rule = contract.reports.find(({ report }) => report === 'transactions');
  if (rule === undefined || period.kind !== 'month') return null;
  return reportTransactions(rule.paragraph, contract.forecast, period, entries);
}

function breachesOf({ waiver }: Contract, sections: readonly ReportSection[]): Report['breaches'] {
  return sections
    .filter(({ isJudged }) => isJudged)
    .flatMap(({ name, from, to, figures }) => {
      const waived = waivedShare(waiver, spanOf({ from, to }));
      return figures
        .filter(({ verdict }) => verdict === 'breached')
        .map((figure) => ({
          month: name,
          parameter: figure.parameter,
          subject: subjectText(figure),
          figure: formatScoreFigure(figure),
          waived,
        }));
    });
}

/** A name server's address; empty for anything else. */
export function subjectText(figure: ParameterScore): string {
  return 'nameserver' in figure ? `${figure.nameserver ?? ''} ${figure.address ?? ''}` : '';
}

/** Entries that bear on the period, in the order in which they were made. */
export function entriesOf(
  contract: Contract,
  entries: readonly Event[],
  period: Period,
): ReportEntry[] {
  const found = entries.flatMap((entry): ReportEntry[] => {
    if (entry.kind === 'forecast' || entry.kind === 'transactions') {
      return isVolumeOf(contract, entry.month, period) ? [volumeEntry(entry)] : [];
    }
    if (entry.kind === 'credit-claim') return claimEntry(contract, entry, period);
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

/** Volumes bear on their month, and as the month before on the one that follows. */
function isVolumeOf({ reports }: Contract, month: string, period: Period): boolean {
  if (period.kind !== 'month' || !reports.some(({ report }) => report === 'transactions')) {
    return false;
  }
  return month === period.name || month === periodAt('month', period.startMs - 1).name;
}

function volumeEntry(entry: EventOf<'forecast' | 'transactions'>): ReportEntry {
  const { startMs, endMs } = monthOf(Date.parse(entry.month));
  const said =
    entry.kind === 'forecast'
      ? `${entry.transactions}`
      : Object.entries(entry.commands)
          .map(([command, times]) => `${command} ${times}`)
          .join(', ');
  return {
    kind: entry.kind,
    at: entry.at,
    from: shortInstant(startMs),
    to: shortInstant(endMs),
    services: [],
    type: entry.registrar,
    text: [said, entry.author ?? ''].filter((part) => part !== '').join('; '),
  };
}

function claimEntry(
  { credits }: Contract,
  { kind, at, from, to, registrar, parameter, author = '' }: EventOf<'credit-claim'>,
  period: Period,
): ReportEntry[] {
  const isInside = instantMs(from) >= period.startMs && instantMs(from) < period.endMs;
  if (credits === undefined || period.kind === 'week' || !isInside) return [];
  const text = [parameter, author].filter((part) => part !== '').join('; ');
  return [{ kind, at, from, to, services: [], type: registrar, text }];
}
