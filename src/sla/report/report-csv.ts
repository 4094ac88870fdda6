/** A report's figures as CSV: a row for each figure of each section. */
import { subjectText } from './build-report.ts';
import { formatCsv } from './csv.ts';
import type { Report, ReportFigure, ReportSection } from './report.ts';
import { formatLimit, formatScoreFigure } from './score-figure.ts';

type Column = readonly [
  name: string,
  of: (report: Report, section: ReportSection, figure: ReportFigure) => string | number | undefined,
];

const COLUMNS: readonly Column[] = [
  ['report', ({ id }) => id],
  ['status', ({ status }) => status],
  ['contract', ({ contract }) => contract.id],
  ['section', (_report, { name }) => name],
  ['from', (_report, { from }) => from],
  ['to', (_report, { to }) => to],
  ['parameter', (_report, _section, { parameter }) => parameter],
  ['subject', (_report, _section, figure) => subjectText(figure)],
  ['figure', (_report, _section, figure) => formatScoreFigure(figure)],
  ['limit', (_report, _section, figure) => formatLimit(figure)],
  ['down_seconds_min', (_r, _s, figure) => ofDown(figure)?.downSeconds.min],
  ['down_seconds_max', (_r, _s, figure) => ofDown(figure)?.downSeconds.max],
  ['availability_percent_min', (_r, _s, figure) => figure.availabilityPercent?.min],
  ['availability_percent_max', (_r, _s, figure) => figure.availabilityPercent?.max],
  ['rsm_down_seconds', (_r, _s, figure) => ofDown(figure)?.rsmDownSeconds],
  ['excused_seconds', (_r, _s, figure) => ofDown(figure)?.excusedSeconds],
  ['disputed_seconds', (_r, _s, figure) => ofDown(figure)?.disputedSeconds],
  ['false_positive_seconds', (_r, _s, figure) => ofDown(figure)?.falsePositiveSeconds],
  ['discarded_seconds', (_r, _s, figure) => ofDown(figure)?.discardedSeconds],
  ['unmeasured_seconds', (_r, _s, figure) => ofDown(figure)?.unmeasuredSeconds],
  ['total', (_r, _s, figure) => ('within' in figure ? figure.total : undefined)],
  ['within', (_r, _s, figure) => ('within' in figure ? figure.within : undefined)],
  ['verdict', (_report, { isJudged }, { verdict }) => (isJudged ? verdict : '')],
];

export function reportCsv(report: Report): string {
  const rows = report.sections.flatMap((section) =>
    section.figures.map((figure) => COLUMNS.map(([, of]) => of(report, section, figure))),
  );
  return formatCsv([COLUMNS.map(([name]) => name), ...rows]);
}

function ofDown(figure: ReportFigure): Extract<ReportFigure, { downSeconds: unknown }> | undefined {
  return 'downSeconds' in figure ? figure : undefined;
}
