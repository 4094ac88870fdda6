/** What the pieces of the zone database share. Built in `ZoneDb.open`. */
import type { Clock } from '#base/clock.ts';
import type { KeyedLock } from '#base/keyed-lock.ts';
import type { Log } from '#base/log.ts';
import type { ImageWriter } from '#dns/image/image-writer.ts';
import type { KeyValueStore } from '#store/key-value-store.ts';
import type { GenerationSweep } from './generation-sweep.ts';
import type { Journal } from './journal.ts';
import type { Receipts } from './receipts.ts';
import type { ZoneList } from './zone-list.ts';
import type { ZoneListeners } from './zone-listeners.ts';

export interface ZoneDbParts {
  store: KeyValueStore;
  image: ImageWriter;
  clock: Clock;
  log: Log;
  journal: Journal;
  receipts: Receipts;
  zones: ZoneList;
  /** By `nameKey` of the apex. */
  lock: KeyedLock;
  sweep: GenerationSweep;
  /** Aborted when the database closes: what may be done after the next start should stop. */
  closing: AbortSignal;
  /** Up to so many records in all, no snapshot of the image is made or used. */
  readWholeMax: number;
  listeners: ZoneListeners;
}
