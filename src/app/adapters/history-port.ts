/** What zones were, and the way back, joined to the zone database. */
import { formatName, type Name } from '#dns/wire/name.ts';
import { formatReceiptId } from '#dns/zonedb/receipt-id.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import type { HistoryEntry } from '#dns/zonedb/zone-history.ts';
import type { ZoneRow } from '#dns/zonedb/zone-row.ts';
import { zoneMissing } from '#http/api/api-error.ts';
import type {
  HistoryPort,
  JournalPort,
  JournalRecord,
  RecordDiff,
  VersionChange,
  VersionEntry,
  ZoneChange,
} from '#http/api/change-ports.ts';
import type { WriteContext } from '#http/api/ports.ts';
import { appliedChange, previewedChange } from './batch-port.ts';
import { changeContext, demandVersion } from './change-context.ts';
import { refusalOf, refusing } from './change-refusal.ts';
import { formatDiff, reverseDiff } from './record-diff.ts';
import { readName } from './zone-text.ts';

export class HistoryAdapter implements HistoryPort {
  readonly #zones: ZoneDb;

  constructor(zones: ZoneDb) {
    this.#zones = zones;
  }

  async list(zone: string, options: { before?: number; limit: number }): Promise<VersionEntry[]> {
    const apex = readName(zone);
    if (apex === undefined) return [];
    const entries = await refusing(zone, () => this.#zones.history(apex, options));
    return entries.map(versionEntry);
  }

  async find(zone: string, version: number): Promise<VersionChange | undefined> {
    const apex = readName(zone);
    if (apex === undefined) return undefined;
    const options = { before: version + 1, limit: 1 };
    const [entry] = await refusing(zone, () => this.#zones.history(apex, options));
    if (entry?.version !== version) return undefined;
    return versionChange(entry);
  }

  async diff(zone: string, from: number, to: number): Promise<RecordDiff> {
    const apex = this.#getName(zone);
    const [first, last] = from <= to ? [from, to] : [to, from];
    const edits = await refusing(zone, () => this.#zones.versionEdits(apex, first, last));
    const diff = formatDiff(edits);
    return from <= to ? diff : reverseDiff(diff);
  }

  async restore(zone: string, version: number, context: WriteContext): Promise<ZoneChange> {
    const apex = this.#getName(zone);
    const permit = (row: Readonly<ZoneRow>): void => demandVersion(apex, row, context);
    return refusing(zone, async () => {
      const asked = changeContext(context);
      const outcome = await this.#zones.restore(apex, version, asked, permit);
      return appliedChange(this.#zones, zone, outcome);
    });
  }

  async previewRestore(zone: string, version: number, context: WriteContext): Promise<ZoneChange> {
    const apex = this.#getName(zone);
    const permit = (row: Readonly<ZoneRow>): void => demandVersion(apex, row, context);
    return refusing(zone, async () => {
      const asked = changeContext(context);
      const preview = await this.#zones.previewRestore(apex, version, asked, permit);
      const [error] = preview.errors;
      if (error !== undefined) throw refusalOf(zone, error);
      return previewedChange(zone, preview);
    });
  }

  #getName(zone: string): Name {
    const apex = readName(zone);
    if (apex === undefined || this.#zones.find(apex) === undefined) throw zoneMissing(zone);
    return apex;
  }
}

/** The journal for auditors. */
export class JournalAdapter implements JournalPort {
  readonly #zones: Pick<ZoneDb, 'journal'>;

  constructor(zones: Pick<ZoneDb, 'journal'>) {
    this.#zones = zones;
  }

  async *export(fromMs: number, toMs: number): AsyncGenerator<JournalRecord> {
    for await (const entry of this.#zones.journal.oldest()) {
      // Not an end: the clock may have been set back in between.
      if (entry.begunAtMs < fromMs || entry.begunAtMs >= toMs) continue;
      const { sequence, zone, receivedAtMs } = entry;
      yield { sequence, zone: formatName(zone), receivedAtMs, ...versionChange(entry) };
    }
  }
}

function versionChange(entry: HistoryEntry): VersionChange {
  const { kind, edits, settings } = entry;
  const isWhole = kind === 'create' || kind === 'replace' || kind === 'delete';
  return {
    ...versionEntry(entry),
    ...(!isWhole && { diff: formatDiff(edits) }),
    ...(settings && { settings }),
  };
}

function versionEntry(entry: HistoryEntry): VersionEntry {
  const { version, kind, oldSerial, newSerial, actor, source, sourceAddress } = entry;
  return {
    version,
    kind,
    oldSerial,
    newSerial,
    atMs: entry.begunAtMs,
    actor,
    source,
    ...(sourceAddress !== undefined && { sourceAddress }),
    requestId: entry.transactionId,
    receiptId: formatReceiptId(entry.sequence),
    editCount: entry.edits.length,
  };
}
