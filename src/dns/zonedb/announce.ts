/**
 * A version that packet threads serve as of now is told: to its receipt, and to who listens. A
 * clock that was set back meanwhile puts no stage before the one that came before it.
 */
import type { JournalEntry } from './journal-entry.ts';
import type { ZoneDbParts } from './zone-db-parts.ts';

export function announce(
  { clock, receipts, listeners }: ZoneDbParts,
  entry: JournalEntry,
  committedAtMs: number,
): void {
  const durableAtMs = Math.max(entry.receivedAtMs, committedAtMs);
  const publishedAtMs = Math.max(durableAtMs, clock.nowMs());
  receipts.published(entry, durableAtMs, publishedAtMs);
  const { kind, zone, version, edits, newSerial, source, receivedAtMs } = entry;
  if (kind === 'settings' || kind === 'delete') return;
  const made = { apex: zone, serial: newSerial, kind, version, edits, source, receivedAtMs };
  listeners.published({ ...made, durableAtMs, publishedAtMs });
}
