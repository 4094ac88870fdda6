/**
 * Reports on disk, never changed once made: of each one JSON (the original), CSV and HTML, and the
 * digests of the three as `sha256sum -c` reads them, which is written last and makes it a report.
 *
 *   FOLDER/registry-monthly-2026-10-v1.{json,csv,html,sha256}
 *
 * A report that replaces another is a new one with the next version, which names the old one's
 * digest.
 */
import { hash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '#base/atomic-file.ts';
import { errorCode } from '#base/coded-error.ts';
import type { Comparison } from './comparison.ts';
import { comparisonCsv, comparisonHtml } from './comparison-text.ts';
import type { Report } from './report.ts';
import { reportCsv } from './report-csv.ts';
import { ReportDamagedError } from './report-error.ts';
import { reportHtml } from './report-html.ts';

export const REPORT_FORMATS = ['json', 'csv', 'html'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** What a list shows of a report. */
export interface ArchivedReport {
  id: string;
  series: string;
  version: number;
  /** SHA-256 of each file, hexadecimal. */
  digests: Record<ReportFormat, string>;
  report: Pick<
    Report,
    'status' | 'contract' | 'period' | 'madeAt' | 'finalBy' | 'supersedes' | 'reason'
  > & {
    kind: ReportDocument['kind'];
    /** Of a comparison: disputes. */
    breaches: number;
  };
  /** What its figures took into account; see `correctionsDigest`. */
  corrections: string;
}

/** What an archive keeps. */
export type ReportDocument = Report | Comparison;

const SERIES = '[a-z0-9][a-z0-9-]*-(?:weekly|monthly|quarterly|annual|counterparty)-[0-9A-Z-]+';
const NAME = new RegExp(`^(${SERIES})-v(\\d+)\\.sha256$`);

export class ReportArchive {
  readonly folder: string;
  /** What was found damaged: not listed, and its version is not used again. */
  readonly damaged: ReportDamagedError[] = [];
  readonly #reports = new Map<string, ArchivedReport>();
  /** Of the `.sha256` files that were read. */
  readonly #names = new Set<string>();
  /** Highest version of each series, damaged ones too. */
  readonly #versions = new Map<string, number>();

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Reads what is there, see `damaged`; makes the folder if missing. */
  static async open(folder: string): Promise<ReportArchive> {
    await mkdir(folder, { recursive: true });
    const archive = new ReportArchive(folder);
    await archive.refresh();
    return archive;
  }

  /** Takes up what another process wrote since. */
  async refresh(): Promise<void> {
    for (const name of await readdir(this.folder)) {
      const [, series, version] = NAME.exec(name) ?? [];
      if (series === undefined || this.#names.has(name)) continue;
      this.#names.add(name);
      this.#count(series, Number(version));
      await this.#read(name);
    }
  }

  /** Newest first. */
  list(): ArchivedReport[] {
    return [...this.#reports.values()].sort(
      (a, b) =>
        compareTexts(b.report.period.from, a.report.period.from) ||
        compareTexts(a.series, b.series) ||
        b.version - a.version,
    );
  }

  /** The last version of a series; `undefined` before the first. */
  newest(series: string): ArchivedReport | undefined {
    return this.list().find((each) => each.series === series);
  }

  /** Of the next report of a series, from 1. */
  nextVersion(series: string): number {
    return (this.#versions.get(series) ?? 0) + 1;
  }

  /** A file of a report, checked against its digest; `undefined` if there is none. */
  async read(id: string, format: ReportFormat): Promise<string | undefined> {
    const known = this.#reports.get(id);
    if (known === undefined) return undefined;
    const file = join(this.folder, `${id}.${format}`);
    const text = await readFile(file, 'utf8');
    if (hash('sha256', text, 'hex') !== known.digests[format]) throw new ReportDamagedError(file);
    return text;
  }

  /** The digests of a report as `sha256sum` writes them; `undefined` if there is none. */
  digests(id: string): string | undefined {
    const known = this.#reports.get(id);
    return known === undefined ? undefined : digestLines(id, known.digests);
  }

  /** Writes a new report, synced. */
  async add(report: ReportDocument): Promise<ArchivedReport> {
    const { id } = report;
    const texts = renderReport(report);
    const digests = digestsOf(texts);
    for (const format of REPORT_FORMATS) {
      await writeFileAtomic(join(this.folder, `${id}.${format}`), texts[format]);
    }
    const name = `${id}.sha256`;
    await writeFileAtomic(join(this.folder, name), digestLines(id, digests));
    this.#names.add(name);
    return this.#keep(name, report, digests);
  }

  async #read(name: string): Promise<void> {
    const id = name.slice(0, -'.sha256'.length);
    const file = join(this.folder, `${id}.json`);
    const lines = await readFile(join(this.folder, name), 'utf8');
    const digests = Object.fromEntries(
      REPORT_FORMATS.map((format) => {
        const line = lines.split('\n').find((each) => each.endsWith(`  ${id}.${format}`));
        return [format, line?.slice(0, 64) ?? ''];
      }),
    ) as Record<ReportFormat, string>;
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return '';
      throw error;
    });
    if (hash('sha256', text, 'hex') === digests.json) {
      this.#keep(name, JSON.parse(text) as ReportDocument, digests);
    } else {
      this.damaged.push(new ReportDamagedError(file));
    }
  }

  #count(series: string, version: number): void {
    this.#versions.set(series, Math.max(version, this.#versions.get(series) ?? 0));
  }

  #keep(
    name: string,
    report: ReportDocument,
    digests: Record<ReportFormat, string>,
  ): ArchivedReport {
    const [, series = '', version = '1'] = NAME.exec(name) ?? [];
    const { id, kind, status, contract, period, madeAt, finalBy, supersedes, reason } = report;
    const head = { kind, status, contract, period, madeAt, finalBy, supersedes, reason };
    const isOurs = report.kind !== 'counterparty';
    const archived: ArchivedReport = {
      id,
      series,
      version: Number(version),
      digests,
      report: { ...head, breaches: isOurs ? report.breaches.length : report.disputes.length },
      corrections: correctionsDigest(isOurs ? report.entries : []),
    };
    this.#count(series, archived.version);
    this.#reports.set(id, archived);
    return archived;
  }
}

/** The three files of a report. */
export function renderReport(report: ReportDocument): Record<ReportFormat, string> {
  const json = `${JSON.stringify(report, undefined, 2)}\n`;
  const digest = hash('sha256', json, 'hex');
  return report.kind === 'counterparty'
    ? { json, csv: comparisonCsv(report), html: comparisonHtml(report, digest) }
    : { json, csv: reportCsv(report), html: reportHtml(report, digest) };
}

/** Differs when a notice or correction that bears on the period came in since. */
export function correctionsDigest(entries: Report['entries']): string {
  const texts = entries.map((entry) => JSON.stringify(entry)).sort();
  return hash('sha256', texts.join('\n'), 'hex');
}

function digestsOf(texts: Record<ReportFormat, string>): Record<ReportFormat, string> {
  const digest = (format: ReportFormat): string => hash('sha256', texts[format], 'hex');
  return { json: digest('json'), csv: digest('csv'), html: digest('html') };
}

function digestLines(id: string, digests: Record<ReportFormat, string>): string {
  return REPORT_FORMATS.map((format) => `${digests[format]}  ${id}.${format}\n`).join('');
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
