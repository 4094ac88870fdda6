/** The archive of reports, as the sidecar's site shows it. */
import type { Clock } from '#base/clock.ts';
import type { ExpectedReport, ReportPorts, ReportRow } from '#http/site/report-ports.ts';
import type { LoadedContract } from '#sla/contract/contract-file.ts';
import { shortInstant } from '#sla/measurement/instant.ts';
import { comparisonSeries } from '#sla/report/comparison.ts';
import { REPORT_CONTENT_POLICY } from '#sla/report/document-page.ts';
import { periodAt } from '#sla/report/period.ts';
import type { ArchivedReport, ReportArchive } from '#sla/report/report-archive.ts';

const DAY_MS = 86_400_000;

export interface ReportPortParts {
  archive: ReportArchive;
  contracts: readonly LoadedContract[];
  compare: ReportPorts['compare'];
  clock: Clock;
  /** When the ledger began; of months that ended before it there is nothing to compare. */
  measuredFromMs: number;
}

export function reportPorts(parts: ReportPortParts): ReportPorts {
  const { archive, contracts, compare } = parts;
  return {
    compare,
    reports: async () => {
      await archive.refresh();
      const archived = archive.list();
      const replaced = new Set(archived.map(({ report }) => report.supersedes?.id));
      return archived.map((each) => rowOf(each, replaced.has(each.id)));
    },
    read: async (id, format) =>
      format === 'sha256' ? archive.digests(id) : archive.read(id, format),
    contentPolicy: REPORT_CONTENT_POLICY,
    expected: () => contracts.flatMap((loaded) => expectedOf(loaded, parts)),
  };
}

function rowOf({ id, digests, report }: ArchivedReport, isSuperseded: boolean): ReportRow {
  const { kind, contract, period, status, madeAt, finalBy, supersedes, breaches } = report;
  return {
    id,
    contract: contract.id,
    kind,
    period: period.name,
    status,
    madeAt,
    finalBy,
    supersedes: supersedes?.id ?? null,
    isSuperseded,
    breaches,
    digest: digests.json,
  };
}

/** Last month's report of the other side, until it was compared with ours. */
function expectedOf(
  { contract }: LoadedContract,
  { archive, clock, measuredFromMs }: ReportPortParts,
): ExpectedReport[] {
  const rule = contract.reports.find(({ report }) => report === 'counterparty');
  if (rule?.report !== 'counterparty') return [];
  const nowMs = clock.nowMs();
  const month = periodAt('month', periodAt('month', nowMs).startMs - 1);
  if (measuredFromMs >= month.endMs) return [];
  if (archive.newest(comparisonSeries(contract.id, month)) !== undefined) return [];
  const dueMs = month.endMs + rule.withinDays * DAY_MS;
  return [
    {
      contract: contract.id,
      month: month.name,
      paragraph: rule.paragraph,
      dueAt: shortInstant(dueMs),
      isOverdue: nowMs > dueMs,
    },
  ];
}
