/**
 * What a primary sends, as the zone database takes it: an incremental transfer (RFC 1995) as the
 * records that go and come, an entire one (RFC 5936) as a table that `importTransfer` makes the
 * zone's content. Serials stay as the primary gave them.
 */
import type { Name } from '#dns/wire/name.ts';
import type { ChangeContext } from './change.ts';

/** One record that goes or comes; all that goes of one step stands before what comes. */
export interface TransferEdit {
  kind: 'remove' | 'add';
  owner: Name;
  type: number;
  /** Seconds; of no meaning where a record goes. */
  ttl: number;
  /** Uncompressed wire form. */
  rdata: Uint8Array;
}

/** From one serial to another, over any number of steps, each of which brings its SOA. */
export interface ZoneTransfer {
  zone: Name;
  /** What the zone must have, under its lock. */
  fromSerial: number;
  toSerial: number;
  edits: readonly TransferEdit[];
  context: ChangeContext;
}
