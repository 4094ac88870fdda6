/**
 * What the journal still knows of a zone: its versions for people, the steps between two serials
 * for IXFR (RFC 1995), and the way back to an earlier content.
 */
import type { Name } from '#dns/wire/name.ts';
import type { RrsetDiff } from '#dns/zone/diff.ts';
import type { Rrset } from '#dns/zone/rrset.ts';
import type { JournalEntry } from './journal-entry.ts';

/** One entry of a zone's history. */
export type HistoryEntry = Readonly<JournalEntry>;

export interface HistoryOptions {
  /** Only versions before this one. */
  before?: number;
  /** At most so many entries. */
  limit: number;
}

/** One step between two serials, in what clients are served: disabled records do not exist. */
export interface ZoneDelta {
  zone: Name;
  oldSerial: number;
  newSerial: number;
  /** The SOA before and after. */
  oldSoa: Rrset;
  newSoa: Rrset;
  /** All but the SOA, in order of the change. */
  edits: RrsetDiff[];
}
