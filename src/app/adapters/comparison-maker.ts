/**
 * The other side's report of a month beside ours, from evidence: reads the evidence once, with the
 * responses that people entered, and compares cycle by cycle. The sidecar and the command line make
 * comparisons here.
 */
import type { Clock } from '#base/clock.ts';
import type { LoadedContract } from '#sla/contract/contract-file.ts';
import {
  buildComparison,
  type Comparison,
  comparisonSeries,
  type DisputeResponse,
} from '#sla/report/comparison.ts';
import type { TheirReport } from '#sla/report/counterparty.ts';
import type { Period } from '#sla/report/period.ts';
import type { ReportArchive } from '#sla/report/report-archive.ts';
import { Scorer } from '#sla/score/scorer.ts';
import type { ReportSource } from './report-maker.ts';

export interface ComparisonRequest {
  contract: LoadedContract;
  month: Period;
  theirs: TheirReport;
  /** What it is called, for people. */
  file: string;
  receivedMs: number;
  /** Beside those of the ledger. */
  responses: readonly DisputeResponse[];
  reason: string;
  /** Where its series is kept: it replaces the last one there. */
  archive: ReportArchive | undefined;
  source: ReportSource;
  clock: Clock;
}

/** Raises what reading the evidence raises. */
export async function makeComparison(request: ComparisonRequest): Promise<Comparison> {
  const { contract, month, theirs, file, receivedMs, reason, archive, source } = request;
  const { id } = contract.contract;
  const scorer = new Scorer(contract.contract);
  const responses = new Map<string, DisputeResponse>();
  for await (const piece of source.read()) {
    scorer.add(piece);
    if (piece.kind !== 'dispute-response' || piece.contract !== id) continue;
    const { service, from, to, text, author } = piece;
    const subject = service === undefined ? {} : { service };
    responses.set(JSON.stringify(piece), { ...subject, from, to, text, author });
  }
  const series = comparisonSeries(id, month);
  const last = archive?.newest(series);
  return buildComparison({
    contract,
    month,
    scorer,
    theirs,
    file,
    receivedMs,
    madeAtMs: request.clock.nowMs(),
    responses: [...responses.values(), ...request.responses],
    version: archive?.nextVersion(series) ?? 1,
    supersedes: last === undefined ? null : { id: last.id, sha256: last.digests.json },
    reason,
    evidence: await source.evidence(),
  });
}
