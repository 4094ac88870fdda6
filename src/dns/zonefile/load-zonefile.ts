/**
 * Reads a whole zone from a master file, checks it, and gives it as nodes in canonical order: the
 * way in for `check zone`, for zone files at start, and for imports. A zone with an error finding
 * must be refused whole; the table is then given all the same, for who wants to look.
 */
import { equalBytes } from '#base/bytes.ts';
import type { FilePlace } from '#base/coded-error.ts';
import { formatName, type Name } from '#dns/wire/name.ts';
import { formatTypeCode } from '#dns/wire/rdata/registry.ts';
import { type CheckOptions, ZoneChecker } from '#dns/zone/check-zone.ts';
import { type Finding, FindingList } from '#dns/zone/finding.ts';
import { parseZonefile, type ZonefileOptions, type ZonefileOutcome } from './parse-zonefile.ts';
import { type TableNode, ZoneTable } from './zone-table.ts';
import { openZonefile } from './zonefile-source.ts';

/** Findings of each severity that are kept; the others are counted. */
const FINDINGS_MAX = 100;

export interface LoadedZone {
  origin: Name;
  /** The records, sorted. Checked only as far as the text could be read. */
  table: ZoneTable;
  /** First what the text did wrong, in order of the file, then what the zone does wrong. */
  findings: Finding[];
  /** Findings that were not kept. */
  omittedCount: number;
  /** True if any finding is an error: refuse the zone. */
  isRefused: boolean;
  /** What was read, the source first, then included files. */
  files: string[];
}

/** @throws ZonefileUnreadableError ZONEFILE_UNREADABLE when the source fails */
export async function loadZonefile(
  source: AsyncIterable<Uint8Array>,
  options: ZonefileOptions,
  checks: CheckOptions = {},
): Promise<LoadedZone> {
  const table = new ZoneTable();
  const outcome = await parseZonefile(source, options, table);
  table.seal();
  const list = new FindingList(FINDINGS_MAX);
  addTextFindings(outcome, list);
  if (outcome.errors.length === 0) checkTable(table, options, list, checks);
  return {
    origin: options.origin,
    table,
    findings: list.findings,
    omittedCount: list.omittedCount,
    isRefused: list.errorCount > 0,
    files: outcome.files,
  };
}

/** `loadZonefile` for a file on disk, which may include others. */
export async function loadZonefilePath(
  path: string,
  options: Omit<ZonefileOptions, 'file'>,
  checks: CheckOptions = {},
): Promise<LoadedZone> {
  return loadZonefile(openZonefile(path), { ...options, file: path }, checks);
}

function addTextFindings(outcome: ZonefileOutcome, list: FindingList): void {
  for (const { code, place, detail } of outcome.errors) {
    list.add({ severity: 'error', code, message: detail, place });
  }
  const last = outcome.errors.at(-1);
  if (outcome.moreErrors && last !== undefined) {
    const message = `and more: reading stopped after ${outcome.errors.length} errors`;
    list.add({ severity: 'error', code: 'ZONEFILE_MORE', message, place: last.place });
  }
  for (const { code, place, message } of outcome.warnings) {
    list.add({ severity: 'warning', code, message, place });
  }
}

/**
 * What the whole zone does wrong, into `list`. A zone whose text has errors is not to be checked:
 * missing records would look like mistakes.
 * @param table sealed
 */
export function checkTable(
  table: ZoneTable,
  options: Pick<ZonefileOptions, 'origin' | 'file'>,
  list: Pick<FindingList, 'add'>,
  checks: CheckOptions,
): void {
  let current: TableNode | undefined;
  const report = (finding: Finding): void => {
    list.add({ ...finding, place: placeOf(finding, current, table, options.file) });
  };
  const checker = new ZoneChecker(options.origin, table, report, checks);
  let place = 0;
  const hasAddress = (octets: Uint8Array, at: number, size: number): boolean =>
    table.hasAddressNear(place, octets, at, size);
  for (const packed of table.packedNodes()) {
    ({ place } = packed);
    if (checker.passes(packed.node, hasAddress)) continue;
    current = table.node(place);
    checker.node(current);
    reportMerges(current, report);
  }
  current = undefined;
  checker.finish();
}

/** Mistakes that the file makes with a later record, not with the first of the RRset. */
const MADE_LATER: ReadonlySet<string> = new Set([
  'ZONE_SOA_SEVERAL',
  'ZONE_ALIAS_SEVERAL',
  'ZONE_DUPLICATE',
  'ZONE_TTL_DIFFERS',
]);

/** Where the node has what is found; the top of the file for what is missing altogether. */
function placeOf(
  finding: Finding,
  node: TableNode | undefined,
  table: ZoneTable,
  file: string,
): FilePlace {
  if (node === undefined) return { file, line: 1, column: 1 };
  const index = node.rrsets.findIndex(({ type }) => type === finding.type);
  const records = node.records[Math.max(index, 0)];
  const { rdata } = finding;
  const first = MADE_LATER.has(finding.code) ? records[records.length - 1] : records[0];
  if (rdata === undefined) return table.place(first);
  return table.place(records.find((record) => equalBytes(table.rdata(record), rdata)) ?? first);
}

function reportMerges(node: TableNode, report: (finding: Finding) => void): void {
  for (const { rrset, duplicateCount, ttlLowered } of node.built) {
    const { owner, type, ttl } = rrset;
    if (duplicateCount === 0 && !ttlLowered) continue;
    const where = `${formatName(owner)} ${formatTypeCode(type)}`;
    if (duplicateCount > 0) {
      const message = `${where}: a record stands here more than once and is taken once`;
      report({ severity: 'warning', code: 'ZONE_DUPLICATE', owner, type, message });
    }
    if (ttlLowered) {
      const message = `${where}: its records have different TTLs, the smallest (${ttl}) is taken`;
      report({ severity: 'warning', code: 'ZONE_TTL_DIFFERS', owner, type, message });
    }
  }
}
