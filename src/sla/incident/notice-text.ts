/**
 * Notices in words, for mail. Times are UTC and say so; what a lab contract says is labelled in the
 * subject line, so that nobody is woken by it believing it binds.
 */
import type { FigureChange, Message, Notice, NoticeOf, ToldShare } from './notice.ts';
import { subjectOf } from './standing.ts';

/** In one mail; the rest is counted, and stands on the sidecar's page. */
const NOTICES_SHOWN_MAX = 50;

/** The subject line: the gravest notice, and how many more there are. */
export function formatSubject({ notices }: Message): string {
  const gravest = notices.toSorted((a, b) => weightOf(b) - weightOf(a))[0];
  if (gravest === undefined) return 'Holdfast';
  const more = notices.length > 1 ? ` (and ${notices.length - 1} more)` : '';
  const label = gravest.contractual ? '' : ' [not contractual]';
  return `[${gravest.contract}]${label} ${formatHeadline(gravest)}${more}`;
}

const WEIGHTS: readonly Notice['kind'][] = [
  'correction',
  'emergency-over',
  'escalation-ended',
  'backups-enough',
  'incident-resolved',
  'incident-opened',
  'backups-lacking',
  'emergency-share',
  'escalation',
];

function weightOf(notice: Notice): number {
  return WEIGHTS.indexOf(notice.kind) * 1000 + ('share' in notice ? notice.share.percent : 0);
}

/** One line. */
export function formatHeadline(notice: Notice): string {
  switch (notice.kind) {
    case 'incident-opened':
      return `${subjectOf(notice.incident)} is down since ${utc(notice.incident.start)}`;
    case 'incident-resolved': {
      const { incident } = notice;
      const end = incident.end === null ? 'is no longer counted' : `over at ${utc(incident.end)}`;
      return `${subjectOf(incident)}: incident of ${utc(incident.start)} ${end}`;
    }
    case 'emergency-share':
      return `${notice.share.service}: ${notice.share.percent} % of the emergency threshold`;
    case 'emergency-over':
      return `${notice.share.service}: below every level of the emergency threshold again`;
    case 'escalation': {
      const { service, percent } = notice.share;
      return `EMERGENCY ESCALATION ${service}: ${percent} % of the threshold`;
    }
    case 'escalation-ended':
      return `escalation of ${notice.share.service} has ended`;
    case 'backups-lacking':
      return `no good backup in ${notice.backups.locationsMin} locations for 8 h`;
    case 'backups-enough':
      return `good backups in ${notice.backups.locationsMin} locations again`;
    default:
      return `figures superseded by a ${notice.entry.kind} entry`;
  }
}

/** The whole text. */
export function formatText(message: Message, attempt: number): string {
  const { notices, id, contact } = message;
  const shown = notices.slice(0, NOTICES_SHOWN_MAX).map(formatNotice);
  const hidden = notices.length - shown.length;
  const again = attempt > 1 ? `\nThis is attempt ${attempt}; it may have reached you before.` : '';
  return [
    ...shown,
    ...(hidden > 0 ? [`${hidden} more stand on the sidecar's page.`] : []),
    `Message ${id} to ${contact}.${again}`,
    '',
  ].join('\n\n');
}

function formatNotice(notice: Notice): string {
  const label = notice.contractual ? '' : ' (not contractual)';
  return [`${formatHeadline(notice)}\nContract ${notice.contract}${label}, as of ${utc(notice.at)}`]
    .concat(detailsOf(notice))
    .join('\n');
}

function detailsOf(notice: Notice): string[] {
  switch (notice.kind) {
    case 'incident-opened':
      return notice.isLast ? ['It comes and goes: no more is told of it for a day.'] : [];
    case 'incident-resolved':
      return [`${notice.incident.downSeconds} s down in all`];
    case 'escalation':
      return [...shareLines(notice.share), ...evidenceLines(notice.evidence)];
    case 'backups-lacking':
      return [`Since ${utc(notice.since)}`, backupLine(notice.backups)];
    case 'backups-enough':
      return [backupLine(notice.backups)];
    case 'correction':
      return [`From ${utc(notice.entry.from)} to ${utc(notice.entry.to)}`].concat(
        notice.changes.map(changeLine),
      );
    default:
      return shareLines(notice.share);
  }
}

function shareLines({ downSeconds, thresholdSeconds, fallsOut, belowAt }: ToldShare): string[] {
  const lines = [
    `${downSeconds} s down in the rolling week; the threshold is ${thresholdSeconds} s`,
  ];
  if (fallsOut !== null) {
    const { seconds, from, to } = fallsOut;
    lines.push(`The oldest ${seconds} s fall out of the week from ${utc(from)} to ${utc(to)}`);
  }
  const lowest = belowAt[0];
  if (lowest !== undefined) {
    lines.push(`If nothing is added: below ${lowest.ratio * 100} % at ${utc(lowest.at)}`);
  }
  return lines;
}

function backupLine({ good }: NoticeOf<'backups-enough'>['backups']): string {
  const names = good.length === 0 ? 'none' : good.join(', ');
  return `Locations with a good backup of the last 8 h: ${names}`;
}

function evidenceLines(evidence: Extract<Notice, { kind: 'escalation' }>['evidence']): string[] {
  if (evidence === null) return ['The evidence could not be put together; the log says why.'];
  const { file, sha256, failures } = evidence;
  return [
    `Evidence: ${file}, SHA-256 ${sha256}`,
    ...failures.map(({ target, error, tests }) => `  ${target}: ${error}, ${tests} tests`),
  ];
}

function changeLine({ month, parameter, subject, before, after }: FigureChange): string {
  const what = [month, parameter, subject].filter((part) => part !== '').join(' ');
  const from = `${before.downSeconds} s down, ${before.verdict}`;
  return `${what}: ${from} is superseded by ${after.downSeconds} s down, ${after.verdict}`;
}

function utc(instant: string): string {
  return instant.replace('T', ' ').replace(/(?:\.\d+)?Z$/, ' UTC');
}
