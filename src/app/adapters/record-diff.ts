/**
 * What changed in a zone, as the admin API shows it: lines of a master file that went, and lines
 * that came. A disabled record is a line too, with a remark, because people edit it as any other.
 */
import { compareNames, formatName } from '#dns/wire/name.ts';
import { formatRdata, formatTypeCode } from '#dns/wire/rdata/registry.ts';
import type { RrsetEdit, StoredRrset } from '#dns/zonedb/change.ts';
import type { RecordDiff } from '#http/api/change-ports.ts';

/** Lines in one answer; the others are counted. */
export const DIFF_LINES_MAX = 100_000;

/** Each RRset at most once, in any order; those that are the same are left out. */
export function formatDiff(edits: readonly RrsetEdit[]): RecordDiff {
  const diff: RecordDiff = { removed: [], added: [], omittedCount: 0 };
  const ordered = edits.toSorted((a, b) => compareNames(a.owner, b.owner) || a.type - b.type);
  for (const { owner, before, after } of ordered) {
    const name = formatName(owner);
    const old = linesOf(name, before);
    const fresh = linesOf(name, after);
    take(diff, diff.removed, without(old, fresh));
    take(diff, diff.added, without(fresh, old));
  }
  return diff;
}

/** The other way. */
export function reverseDiff({ removed, added, omittedCount }: RecordDiff): RecordDiff {
  return { removed: added, added: removed, omittedCount };
}

function take(diff: RecordDiff, into: string[], lines: readonly string[]): void {
  const room = DIFF_LINES_MAX - diff.removed.length - diff.added.length;
  for (const line of lines.slice(0, room)) into.push(line);
  diff.omittedCount += Math.max(0, lines.length - room);
}

function without(lines: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return lines.filter((line) => !known.has(line));
}

function linesOf(name: string, rrset: StoredRrset | undefined): string[] {
  if (rrset === undefined) return [];
  const { type, ttl, records } = rrset;
  const mnemonic = formatTypeCode(type);
  return records.map(({ rdata, disabled }) => {
    const remark = disabled ? '\t; disabled' : '';
    return `${name}\t${ttl}\tIN\t${mnemonic}\t${formatRdata(type, rdata)}${remark}`;
  });
}
