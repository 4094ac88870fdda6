/** The audit log, joined to the admin API. A cursor is the number of the last entry read. */
import type { AuditLog } from '#access/audit-log.ts';
import type { AuditPage, AuditPort, AuditRecord } from '#http/api/access-ports.ts';
import { cursorUnknown } from '#http/api/api-error.ts';

export class AuditAdapter implements AuditPort {
  readonly #log: AuditLog;

  constructor(log: AuditLog) {
    this.#log = log;
  }

  append(record: AuditRecord): void {
    this.#log.append({ ...record, door: 'api' });
  }

  async read(after: string | undefined, limit: number): Promise<AuditPage> {
    await this.#log.flush();
    const oldest = this.#log.first - 1;
    const start = after === undefined ? oldest : Number(after);
    const isOurs = after === undefined || /^\d{1,15}$/.test(after);
    if (!isOurs || start < oldest || start > this.#log.last) throw cursorUnknown(after ?? '');
    const entries = await this.#log.read(start, limit);
    return {
      records: entries.map(({ entry }) => entry),
      next: String(entries.at(-1)?.sequence ?? start),
    };
  }
}
