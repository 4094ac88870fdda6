/**
 * An upload of the other side's report, read before anything waits for it: what is not understood
 * is refused at once, with its line.
 */
import { HttpError } from '#http/http-error.ts';
import type { TheirUpload } from '#http/site/report-ports.ts';
import type { LoadedContract } from '#sla/contract/contract-file.ts';
import { parseTheirReport, type TheirReport } from '#sla/report/counterparty.ts';
import { type Period, parsePeriod } from '#sla/report/period.ts';
import { TheirReportError } from '#sla/report/report-error.ts';

export interface ReadUpload {
  contract: LoadedContract;
  month: Period;
  theirs: TheirReport;
  /** What the file is called. */
  file: string;
  reason: string;
}

/** Raises HttpError 404 or 422. */
export function readUpload(
  { contract: id, month: name, name: file, reason, octets }: TheirUpload,
  contracts: readonly LoadedContract[],
  nowMs: number,
): ReadUpload {
  const contract = contracts.find((each) => each.contract.id === id);
  if (contract === undefined) {
    throw new HttpError('SLA_CONTRACT_UNKNOWN', 404, `no contract ${id} is scored here`);
  }
  const month = parsePeriod(name);
  if (month?.kind !== 'month' || month.endMs > nowMs) {
    throw refused(`month: ${name} is not a month that is over (YYYY-MM)`);
  }
  const theirs = parseUpload(octets, file);
  if (!theirs.cycles.some(({ atMs }) => atMs >= month.startMs && atMs < month.endMs)) {
    throw refused(`${file}: no cycle of ${name} is in it`);
  }
  return { contract, month, theirs, file, reason };
}

function parseUpload(octets: Uint8Array, file: string): TheirReport {
  try {
    return parseTheirReport(octets, file);
  } catch (error) {
    if (!(error instanceof TheirReportError)) throw error;
    throw new HttpError(error.code, 422, error.message, { cause: error });
  }
}

function refused(message: string): HttpError {
  return new HttpError('COUNTERPARTY_REPORT_INVALID', 422, message);
}
