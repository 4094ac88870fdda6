/**
 * Watches whether a change is served: asks every name server of the zone, this one and its
 * secondaries, over real UDP sockets until it answers with the serial that the change gave the
 * zone, and with an RRset that it changed. Each server is asked on its own; one that is dead delays
 * no other.
 */
import type { Name } from '#dns/wire/name.ts';
import { formatListenAddress } from '#net/listen-address.ts';
import type { ChangedRrset } from './changed-rrset.ts';
import {
  type LateZone,
  type WatchedPlace,
  WatchedServer,
  type WatchedServerOptions,
} from './watched-server.ts';

/** Servers that are asked; of more, those in use come first. */
const SERVERS_MAX = 256;

export interface ServedWatchOptions extends WatchedServerOptions {
  /** Where a zone is to be served. */
  serversOf: (apex: Name) => readonly WatchedPlace[];
}

/** What one server does not serve yet. */
export interface LateServer {
  /** ADDRESS:PORT. */
  address: string;
  zones: Iterable<LateZone>;
}

export class ServedWatch {
  readonly #options: ServedWatchOptions;
  readonly #servers = new Map<string, WatchedServer>();
  #isClosed = false;

  constructor(options: ServedWatchOptions) {
    this.#options = options;
  }

  /**
   * Asks every server of the zone until each serves `serial` or a later one.
   * @param changed what this version has to be served with; left out: the SOA is enough
   */
  watch(apex: Name, serial: number, changed?: ChangedRrset): void {
    for (const place of this.#options.serversOf(apex)) {
      this.#open(place)?.watch(apex, serial, changed);
    }
  }

  /** A zone that is gone is not waited for. */
  forget(apex: Name): void {
    for (const server of this.#servers.values()) server.forget(apex);
  }

  /** Every server that is behind. */
  late(): LateServer[] {
    const late: LateServer[] = [];
    for (const server of this.#servers.values()) {
      if (!server.isIdle) late.push({ address: server.name, zones: server.late() });
    }
    return late;
  }

  close(): void {
    this.#isClosed = true;
    for (const server of this.#servers.values()) server.close();
    this.#servers.clear();
  }

  #open(place: WatchedPlace): WatchedServer | undefined {
    const key = formatListenAddress(place);
    const known = this.#servers.get(key);
    if (known !== undefined || this.#isClosed) return known;
    if (this.#servers.size >= SERVERS_MAX && !this.#closeIdle()) return undefined;
    const server = new WatchedServer(place, this.#options);
    this.#servers.set(key, server);
    return server;
  }

  #closeIdle(): boolean {
    for (const [key, server] of this.#servers) {
      if (!server.isIdle) continue;
      server.close();
      this.#servers.delete(key);
      return true;
    }
    return false;
  }
}
