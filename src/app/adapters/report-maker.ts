/**
 * Reports from evidence: reads a ledger (or a measurements file) twice, up to the same line, judges
 * the periods and notes the digests of what was read.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { type Clock, formatInstant } from '#base/clock.ts';
import { monthOf } from '#base/month.ts';
import type { LoadedContract } from '#sla/contract/contract-file.ts';
import { isEvidence } from '#sla/ledger/ledger-line.ts';
import { readLedger } from '#sla/ledger/ledger-reader.ts';
import { DECISION_DELAY_MS } from '#sla/measurement/cycle-record.ts';
import { buildReport, reportSeries, sectionPeriods } from '#sla/report/build-report.ts';
import { type EvidenceReader, judgePeriods } from '#sla/report/judge-periods.ts';
import type { Period } from '#sla/report/period.ts';
import type { Report, ReportEvidence } from '#sla/report/report.ts';
import type { ReportArchive } from '#sla/report/report-archive.ts';
import { fileEvidence, piecesOf } from './placed-evidence.ts';

/** Evidence that is read twice, and what was read. */
export interface ReportSource {
  read: EvidenceReader;
  /** After a whole reading. */
  evidence: () => ReportEvidence | Promise<ReportEvidence>;
}

export interface ReportRequest {
  contract: LoadedContract;
  period: Period;
  status: Report['status'];
  reason: string;
  /** Where its series is kept: it replaces the last one there. */
  archive: ReportArchive | undefined;
  source: ReportSource;
  clock: Clock;
}

/** Raises what reading the evidence raises. */
export async function makeReport(request: ReportRequest): Promise<Report> {
  const { contract, period, status, reason, archive, source, clock } = request;
  const series = reportSeries(contract.contract.id, period);
  const last = archive?.newest(series);
  const madeAtMs = clock.nowMs();
  const asOf = ({ endMs }: Period): number | undefined =>
    madeAtMs >= endMs + DECISION_DELAY_MS ? undefined : madeAtMs;
  const { scores, entries } = await judgePeriods(
    contract.contract,
    sectionPeriods(period),
    source.read,
    asOf,
  );
  return buildReport({
    contract,
    period,
    status,
    version: archive?.nextVersion(series) ?? 1,
    supersedes: last === undefined ? null : { id: last.id, sha256: last.digests.json },
    reason,
    madeAtMs,
    scores,
    entries,
    evidence: await source.evidence(),
  });
}

/**
 * The ledger from the month before `fromMs` to what is its last line at the first reading. Reading
 * ends with the signal's reason when that is raised.
 */
export function ledgerSource(folder: string, fromMs: number, signal?: AbortSignal): ReportSource {
  const fromDay = formatInstant(monthOf(monthOf(fromMs).startMs - 1).startMs).slice(0, 10);
  let lastSeq: number | undefined;
  let head = '';
  const days: { day: string; lines: number; sha256: string }[] = [];
  return {
    read: async function* () {
      const until = lastSeq ?? Infinity;
      for await (const { day, lines, end } of readLedger(folder, { fromDay })) {
        signal?.throwIfAborted();
        for (const { seq, body } of lines) {
          if (seq > until) return;
          if (!isEvidence(body)) continue;
          yield body;
        }
        if (end === undefined || until !== Infinity) continue;
        days.push({ day, lines: end.lines, sha256: end.digest });
        head = end.head.previous;
        lastSeq = end.head.seq - 1;
      }
    },
    evidence: () => ({ kind: 'ledger', head, days }),
  };
}

export function measurementSource(file: string): ReportSource {
  return {
    read: () => piecesOf(fileEvidence(file)),
    evidence: async () => {
      const digest = createHash('sha256');
      for await (const octets of createReadStream(file)) digest.update(octets as Buffer);
      return { kind: 'measurements', file: basename(file), sha256: digest.digest('hex') };
    },
  };
}
