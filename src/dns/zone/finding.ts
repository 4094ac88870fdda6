/**
 * What a check found: an error (the zone is refused whole) or a warning (said, and served). Codes
 * are stable and stand in docs/reference/errors.md.
 */
import type { FilePlace } from '#base/coded-error.ts';
import type { Name } from '#dns/wire/name.ts';

export type Severity = 'error' | 'warning';

export interface Finding {
  severity: Severity;
  /** Stable: `ZONE_SOA_MISSING`. */
  code: string;
  /** What is wrong, with owner and type; without the place. */
  message: string;
  owner?: Name;
  /** IANA number of the type. */
  type?: number;
  /** The record at fault, where it is one of several. */
  rdata?: Uint8Array;
  /** Where the file says it, if the zone came from a file. */
  place?: FilePlace;
}

/** `FILE:LINE:COLUMN: message`, warnings marked as such. */
export function formatFinding(finding: Finding): string {
  const { place } = finding;
  const where = place === undefined ? '' : `${place.file}:${place.line}:${place.column}: `;
  return `${where}${finding.severity === 'warning' ? 'warning: ' : ''}${finding.message}`;
}

/** True if any finding is an error: the zone must be refused. */
export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some((finding) => finding.severity === 'error');
}

/** A list of findings with an upper size, so that a broken zone of millions cannot fill memory. */
export class FindingList {
  readonly sizeMax: number;
  readonly findings: Finding[] = [];
  /** All that were reported, also those beyond `sizeMax`. */
  errorCount = 0;
  warningCount = 0;

  /** Errors and warnings are bounded separately: warnings never push an error out. */
  constructor(sizeMax: number) {
    this.sizeMax = sizeMax;
  }

  add(finding: Finding): void {
    const isError = finding.severity === 'error';
    if (isError) this.errorCount += 1;
    else this.warningCount += 1;
    if ((isError ? this.errorCount : this.warningCount) <= this.sizeMax) {
      this.findings.push(finding);
    }
  }

  /** How many were reported and not kept. */
  get omittedCount(): number {
    return this.errorCount + this.warningCount - this.findings.length;
  }
}
