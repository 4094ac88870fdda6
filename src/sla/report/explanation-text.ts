/** An explanation for a terminal: a paragraph for each line, then the sums. */
import type {
  ExplainedLine,
  ExplainedSubject,
  Explanation,
  Reading,
  SeenTests,
} from './explanation.ts';

/** Targets of a line that are listed; JSON has all. */
const TARGETS_SHOWN_MAX = 12;

/** The paragraphs. `*` marks lines that the contracts do not read alike. */
export function formatLines({ lines, contracts }: Explanation): string {
  const width = Math.max(4, ...contracts.map(({ contract }) => contract.length));
  return lines.map((line) => `${formatLine(line, width)}\n`).join('');
}

/** Rows of the sums: subject, contract, and seconds by what became of them. */
export function totalRows({ totals }: Explanation): string[][] {
  return totals.map((total) => [
    subjectText(total),
    total.contract,
    String(total.downSeconds),
    String(total.countedSeconds),
    String(total.excusedSeconds),
    String(total.falsePositiveSeconds),
    String(total.disputedSeconds),
    String(total.discardedSeconds),
    String(total.unmeasuredSeconds),
  ]);
}

export const TOTAL_HEAD: readonly string[] = [
  'subject',
  'contract',
  'down s',
  'counted',
  'excused',
  'false positive',
  'disputed',
  'discarded',
  'unmeasured',
];

/** `dns`, or `dns-nameserver ns1.example. 192.0.2.1`. */
export function subjectText({ service, nameserver, address }: ExplainedSubject): string {
  return nameserver === undefined ? service : `${service} ${nameserver} ${address ?? ''}`;
}

function formatLine(line: ExplainedLine, width: number): string {
  const mark = line.differs ? '* ' : '';
  const cycles = line.cycles === 1 ? '1 cycle' : `${line.cycles} cycles`;
  const span = `${line.from} to ${line.to}, ${subjectText(line)}`;
  const head = `${mark}${span}: ${line.seconds} s, ${cycles}\n`;
  const row = (name: string, text: string): string => `  ${name.padEnd(width)}  ${text}\n`;
  const seen = line.seen.slice(0, TARGETS_SHOWN_MAX).map((tests) => row('seen', seenText(tests)));
  const more = line.seen.length - TARGETS_SHOWN_MAX;
  if (more > 0) seen.push(row('seen', `and ${more} targets more`));
  const readings = line.readings.map((reading) => row(reading.contract, readingText(reading)));
  return [head, ...seen, ...readings].join('');
}

function seenText(seen: SeenTests): string {
  const { target, tests, unanswered, internal, slowestUs, errors, failedProbes } = seen;
  const codes = Object.entries(errors).map(([code, count]) => `${code} ${count}`);
  const parts = [`${unanswered} of ${tests} tests unanswered`];
  if (internal > 0) parts.push(`${internal} internal`);
  if (codes.length > 0) parts.push(codes.join(', '));
  if (slowestUs !== undefined) parts.push(`slowest answer ${slowestUs / 1000} ms`);
  if (failedProbes.length > 0) parts.push(`probes ${namesText(failedProbes)}`);
  return `${target}: ${parts.join('; ')}`;
}

function namesText(names: readonly string[]): string {
  return names.length <= 5 ? names.join(' ') : `${names.slice(0, 5).join(' ')} (${names.length})`;
}

function readingText(reading: Reading): string {
  const { state, treatment, countedSeconds, isDisputed, paragraph, because } = reading;
  const clause = paragraph === undefined ? '' : ` by ${paragraph}`;
  const figures: Record<Reading['treatment'], string> = {
    none: '',
    counted: `, ${countedSeconds} s counted${isDisputed ? ' and disputed' : ''}`,
    excused: `, excused${clause}`,
    'false-positive': ', taken out as a false positive',
  };
  const reasons = because.length === 0 ? '' : `: ${because.join('; ')}`;
  const shown = state === 'not-judged' ? 'does not judge it' : state;
  return `${shown}${figures[treatment]}${reasons}`;
}
