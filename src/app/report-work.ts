/**
 * The sidecar's reports: once a day (node-cron, UTC) and after each start what is due is made from
 * the ledger, one after the other, and kept in the archive that the site shows. A report that fails
 * is said and tried again the next day; nothing else waits for it.
 */
import { join } from 'node:path';
import { createTask } from 'node-cron';
import type { Registry } from 'prom-client';
import { makeComparison } from '#app/adapters/comparison-maker.ts';
import { type ReadUpload, readUpload } from '#app/adapters/counterparty-upload.ts';
import { overdueGauge } from '#app/adapters/overdue-report.ts';
import { ledgerSource, makeReport, type ReportSource } from '#app/adapters/report-maker.ts';
import { reportPorts } from '#app/adapters/report-ports.ts';
import type { Configuration } from '#app/config/configuration.ts';
import { SIDECAR_FOLDER } from '#app/data-folder.ts';
import type { ProcessParts } from '#app/running-process.ts';
import { errorMessage } from '#base/coded-error.ts';
import { HttpError } from '#http/http-error.ts';
import type { ComparedUpload, ReportPorts, TheirUpload } from '#http/site/report-ports.ts';
import type { LoadedContract } from '#sla/contract/contract-file.ts';
import { listLedgerDays } from '#sla/ledger/ledger-reader.ts';
import type { Event } from '#sla/measurement/measurement.ts';
import { type DueReport, dueReports } from '#sla/report/due-reports.ts';
import { REPORTED_KINDS } from '#sla/report/report.ts';
import { ReportArchive } from '#sla/report/report-archive.ts';

/** After the last cycle of a day is decided, and not when everybody's jobs run. */
const SCHEDULE = '20 0 * * *';
/** Reports whose period began longer ago are not made again for corrections. */
const CORRECTIONS_REACH_MS = 130 * 86_400_000;
/** Uploads that may wait for one another. */
const COMPARISONS_MAX = 4;
/** In the answer to an upload; the report has all. */
const DISPUTES_SHOWN_MAX = 1000;

export interface ReportWorkParts {
  configuration: Configuration;
  contracts: readonly LoadedContract[];
  /** Folder of the ledger. */
  ledger: string;
  registry: Registry;
}

export async function startReportWork(
  { configuration, contracts, ledger, registry }: ReportWorkParts,
  parts: ProcessParts,
  stack: AsyncDisposableStack,
): Promise<ReportPorts> {
  const { clock, log } = parts;
  const archive = await ReportArchive.open(join(configuration.data, SIDECAR_FOLDER, 'reports'));
  for (const { message } of archive.damaged) log.error({ reason: message }, 'a report is damaged');
  const stop = new AbortController();
  const work = new ReportWork({ archive, contracts, ledger, parts, signal: stop.signal });
  const task = createTask(SCHEDULE, () => work.run('daily'), { timezone: 'UTC', noOverlap: true });
  task.on('execution:missed', () => {
    log.warn('making reports was missed because the process was busy; making them now');
    void work.run('daily');
  });
  await task.start();
  const first = work.run('start');
  stack.defer(async () => {
    stop.abort();
    await task.destroy();
    await first;
    await work.idle();
  });
  const ports = reportPorts({
    archive,
    contracts,
    compare: (upload) => work.compare(upload),
    clock,
    measuredFromMs: (await ledgerStartMs(ledger)) ?? clock.nowMs(),
  });
  registry.registerMetric(overdueGauge(contracts, ports));
  return ports;
}

/** When the ledger's first day began; `undefined` while it is empty. */
async function ledgerStartMs(ledger: string): Promise<number | undefined> {
  const [day] = await listLedgerDays(ledger);
  return day === undefined ? undefined : Date.parse(day);
}

interface WorkParts {
  archive: ReportArchive;
  contracts: readonly LoadedContract[];
  ledger: string;
  parts: ProcessParts;
  signal: AbortSignal;
}

class ReportWork {
  readonly #parts: WorkParts;
  #last: Promise<unknown> = Promise.resolve();
  /** Comparisons that wait or run. */
  #comparing = 0;

  constructor(parts: WorkParts) {
    this.#parts = parts;
  }

  /** Never rejects. After a start corrections are not looked for: the next day does. */
  run(occasion: 'start' | 'daily'): Promise<void> {
    const done = this.#last.then(() => this.#run(occasion));
    this.#last = done;
    return done;
  }

  /** One after the other, and not while reports are made. Raises HttpError. */
  async compare(upload: TheirUpload): Promise<ComparedUpload> {
    const { contracts, parts } = this.#parts;
    const request = readUpload(upload, contracts, parts.clock.nowMs());
    if (this.#comparing >= COMPARISONS_MAX) {
      const message = `${COMPARISONS_MAX} reports are being compared; try again in a minute`;
      throw new HttpError('COUNTERPARTY_REPORT_BUSY', 503, message, {
        headers: { 'retry-after': '60' },
      });
    }
    this.#comparing += 1;
    const done = this.#last.then(() => this.#compare(request));
    this.#last = done.catch(() => undefined);
    try {
      return await done;
    } finally {
      this.#comparing -= 1;
    }
  }

  async idle(): Promise<void> {
    await this.#last;
  }

  async #compare(request: ReadUpload): Promise<ComparedUpload> {
    const { archive, ledger, parts, signal } = this.#parts;
    const { clock, log } = parts;
    await archive.refresh();
    const comparison = await makeComparison({
      ...request,
      receivedMs: clock.nowMs(),
      responses: [],
      archive,
      source: ledgerSource(ledger, request.month.startMs, signal),
      clock,
    });
    const { id, digests } = await archive.add(comparison);
    log.info({ report: id, disputes: comparison.disputes.length }, 'compared a report');
    const { file: _file, ...theirs } = comparison.theirs;
    return {
      id,
      digest: digests.json,
      supersedes: comparison.supersedes?.id ?? null,
      theirs,
      subjects: comparison.subjects,
      disputes: comparison.disputes.slice(0, DISPUTES_SHOWN_MAX),
      disputeCount: comparison.disputes.length,
    };
  }

  async #run(occasion: 'start' | 'daily'): Promise<void> {
    const { contracts, ledger, parts, signal } = this.#parts;
    const nowMs = parts.clock.nowMs();
    try {
      await this.#parts.archive.refresh();
      const startMs = await ledgerStartMs(ledger);
      if (startMs === undefined) return;
      const entriesFromMs = occasion === 'start' ? Infinity : nowMs - CORRECTIONS_REACH_MS;
      const entries =
        occasion === 'start' ? [] : await entriesOf(ledgerSource(ledger, entriesFromMs, signal));
      for (const contract of contracts) {
        const due = dueReports({
          contract: contract.contract,
          nowMs,
          ledgerStartMs: startMs,
          entries,
          entriesFromMs,
          newest: (series) => this.#parts.archive.newest(series),
        });
        for (const each of due) await this.#make(contract, each);
      }
    } catch (error) {
      if (!signal.aborted) parts.log.error({ error: errorMessage(error) }, 'reports failed');
    }
  }

  async #make(contract: LoadedContract, { period, status, reason }: DueReport): Promise<void> {
    const { archive, ledger, parts, signal } = this.#parts;
    const { clock, log } = parts;
    const report = await makeReport({
      contract,
      period,
      status,
      reason,
      archive,
      source: ledgerSource(ledger, period.startMs, signal),
      clock,
    });
    const { id, digests } = await archive.add(report);
    log.info({ report: id, status, sha256: digests.json }, 'made a report');
  }
}

async function entriesOf(source: ReportSource): Promise<Event[]> {
  const kinds: ReadonlySet<string> = new Set(REPORTED_KINDS);
  const entries = new Map<string, Event>();
  for await (const piece of source.read()) {
    if (kinds.has(piece.kind)) entries.set(JSON.stringify(piece), piece as Event);
  }
  return [...entries.values()];
}
