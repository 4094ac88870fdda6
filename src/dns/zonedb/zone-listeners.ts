/**
 * Who is told of new versions, of zones that come, go or get other settings, and of those that are
 * found damaged. What is told has happened: a listener that throws is a defect that is logged, and
 * changes nothing.
 */
import { errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import { formatName, type Name } from '#dns/wire/name.ts';
import type { ChangeSource, RrsetEdit } from './change.ts';

/** A version that every packet thread serves as of now. */
export interface Publication {
  apex: Name;
  serial: number;
  /** Whether the zone is new, was changed, or got a whole new content. */
  kind: 'create' | 'change' | 'replace';
  version: number;
  /** The RRsets of a `change`; of a whole content none. */
  edits: readonly RrsetEdit[];
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
export type ZoneFaultListener = (apex: Name) => void;

export class ZoneListeners {
  readonly #log: Log;
  readonly #publications = new Set<PublicationListener>();
  readonly #events = new Set<ZoneEventListener>();
  readonly #faults = new Set<ZoneFaultListener>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** @returns ends it */
  subscribe(listener: PublicationListener): () => void {
    this.#publications.add(listener);
    return () => this.#publications.delete(listener);
  }

  /** @returns ends it */
  watchZones(listener: ZoneEventListener): () => void {
    this.#events.add(listener);
    return () => this.#events.delete(listener);
  }

  /** @returns ends it */
  watchFaults(listener: ZoneFaultListener): () => void {
    this.#faults.add(listener);
    return () => this.#faults.delete(listener);
  }

  published(publication: Publication): void {
    for (const listener of this.#publications) {
      this.#guard(publication.apex, () => listener(publication));
    }
  }

  happened(event: ZoneEvent): void {
    for (const listener of this.#events) this.#guard(event.apex, () => listener(event));
  }

  damaged(apex: Name): void {
    for (const listener of this.#faults) this.#guard(apex, () => listener(apex));
  }

  #guard(apex: Name, tell: () => void): void {
    try {
      tell();
    } catch (error) {
      const zone = formatName(apex);
      this.#log.error({ zone, error: errorMessage(error) }, 'a listener to changes failed');
    }
  }
}
