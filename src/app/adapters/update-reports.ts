/**
 * Tells of every DNS UPDATE: a line in the log, an entry in the audit log, a count. Anybody can
 * send unsigned updates that are refused, so those are in the log only, some a second one by one,
 * and the next line says how many were not.
 */
import type { AuditLog } from '#access/audit-log.ts';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { UpdateReport } from '#dns/transfer/update/update-door.ts';
import type { ServerMetrics } from './server-metrics.ts';

/** Unsigned updates that were refused, told one by one: a second, and at once. */
export const REFUSALS_TOLD_PER_SECOND = 10;
const REFUSALS_SAVED_MAX = 100;

export interface UpdateReportsOptions {
  audit: Pick<AuditLog, 'append'>;
  metrics: Pick<ServerMetrics, 'updateAnswered'>;
  clock: Clock;
  log: Log;
}

export class UpdateReports {
  readonly #options: UpdateReportsOptions;
  #saved = REFUSALS_SAVED_MAX;
  #savedAtMs: number;
  #untold = 0;

  constructor(options: UpdateReportsOptions) {
    this.#options = options;
    this.#savedAtMs = this.#nowMs();
  }

  tell(report: UpdateReport): void {
    const { audit, metrics, log } = this.#options;
    const { key, address, transport, zone, id, rcode, error, outcome } = report;
    metrics.updateAnswered(rcode);
    if (outcome === undefined && key === undefined && !this.#takeOne()) {
      this.#untold += 1;
      return;
    }
    const facts = { zone, key, address, transport, id };
    if (outcome === undefined) {
      const untold = this.#untold === 0 ? {} : { untold: this.#untold };
      this.#untold = 0;
      const why = { rcode, code: error?.code, reason: error?.message };
      const line = { ...facts, ...why, ...untold };
      if (error?.code === 'UPDATE_FAILED') log.error(line, 'an update failed');
      else log.warn(line, 'an update was refused');
      // Strangers must not push the entries of others out of the audit log.
      if (key === undefined && error?.code !== 'UPDATE_FAILED') return;
    } else {
      const { oldSerial, newSerial, changed, receipt } = outcome;
      log.info({ ...facts, oldSerial, newSerial, changed, receipt }, 'updated');
    }
    audit.append({
      atMs: report.atMs,
      actor: key === undefined ? 'nobody' : `key:${key}`,
      address,
      door: 'update',
      action: 'UPDATE',
      ...(zone !== undefined && { zone: zone.toLowerCase() }),
      outcome: outcomeOf(report),
      status: rcode,
      ...(error !== undefined && { detail: error.message }),
      ...(outcome !== undefined && { receipt: outcome.receipt }),
      requestId: String(id),
    });
  }

  /** Whether one more refusal may be told now. */
  #takeOne(): boolean {
    const nowMs = this.#nowMs();
    const earned = ((nowMs - this.#savedAtMs) / 1000) * REFUSALS_TOLD_PER_SECOND;
    this.#saved = Math.min(REFUSALS_SAVED_MAX, this.#saved + earned);
    this.#savedAtMs = nowMs;
    if (this.#saved < 1) return false;
    this.#saved -= 1;
    return true;
  }

  /** Of the clock that never steps back. */
  #nowMs(): number {
    return this.#options.clock.monotonicUs() / 1000;
  }
}

function outcomeOf({ outcome, error }: UpdateReport): 'done' | 'refused' | 'failed' {
  if (outcome !== undefined) return 'done';
  return error?.code === 'UPDATE_FAILED' ? 'failed' : 'refused';
}
