/** What the pieces of the zone database share. Built in `ZoneDb.open`. */
import type { Clock } from '#base/clock.ts';
import type { KeyedLock } from '#base/keyed-lock.ts';
import type { Log } from '#base/log.ts';
import type { ImageWriter } from '#dns/image/image-writer.ts';
import type { Name } from '#dns/wire/name.ts';
import type { KeyValueStore } from '#store/key-value-store.ts';
import type { ChangeSource } from './change.ts';
import type { GenerationSweep } from './generation-sweep.ts';
import type { Journal } from './journal.ts';
import type { Receipts } from './receipts.ts';
import type { ZoneList } from './zone-list.ts';

/** A version that every packet thread serves as of now. */
export interface Publication {
  apex: Name;
  serial: number;
  /** Whether the zone is new, was changed, or got a whole new content. */
  kind: 'create' | 'change' | 'replace';
  version: number;
  source: ChangeSource;
  receivedAtMs: number;
  durableAtMs: number;
  publishedAtMs: number;
}

/** Something that happened to the list of zones or to a zone's settings; its content aside. */
export interface ZoneEvent {
  kind: 'created' | 'settings' | 'removed';
  apex: Name;
}

export type PublicationListener = (publication: Publication) => void;
export type ZoneEventListener = (event: ZoneEvent) => void;

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
  onPublished: (publication: Publication) => void;
}
