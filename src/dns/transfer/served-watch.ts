/**
 * Watches whether a change is served: asks name servers for the SOA of the zone over real UDP
 * sockets until they answer with the serial that the change gave it. One question is under way per
 * zone and server, whatever the number of changes, so the watch costs little under load.
 */
import { createSocket, type Socket } from 'node:dgram';
import type { Clock } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import { type Name, nameKey } from '#dns/wire/name.ts';
import { compareSerials } from '#dns/zone/serial.ts';
import { formatListenAddress, type ListenAddress } from '#net/listen-address.ts';
import { readSoaAnswer, soaQuery } from './soa-exchange.ts';

/** First wait before a server is asked again; doubles up to the largest while it is behind. */
const RETRY_DELAY_MS_MIN = 2;
const RETRY_DELAY_MS_MAX = 1000;
/** A change that a server does not serve for so long is given up, and said. */
const GIVE_UP_AFTER_MS = 60_000;
/** Zones waited for per server; more are not watched. */
const WATCHED_ZONES_MAX = 10_000;

export interface ServedWatchOptions {
  servers: readonly ListenAddress[];
  clock: Clock;
  random: Random;
  /** `zone` is the `nameKey` of the apex. */
  onSeen: (zone: string, serial: number, address: string, atMs: number) => void;
  /** A server did not serve the serial in time. */
  onGivenUp: (zone: Name, serial: number, address: string) => void;
}

interface Watched {
  apex: Name;
  serial: number;
  /** What was waited for when the question under way was asked. */
  askedSerial: number;
  sinceMs: number;
  delayMs: number;
  id: number;
  timer: NodeJS.Timeout | undefined;
}

export class ServedWatch {
  readonly #servers: WatchedServer[];

  constructor(options: ServedWatchOptions) {
    this.#servers = options.servers.map((server) => new WatchedServer(server, options));
  }

  /** How many servers are asked. */
  get serverCount(): number {
    return this.#servers.length;
  }

  /** Asks every server for the zone until each serves `serial` or a later one. */
  watch(apex: Name, serial: number): void {
    for (const server of this.#servers) server.watch(apex, serial);
  }

  close(): void {
    for (const server of this.#servers) server.close();
  }
}

class WatchedServer {
  readonly #server: ListenAddress;
  readonly #options: ServedWatchOptions;
  readonly #socket: Socket;
  readonly #zones = new Map<string, Watched>();
  #closed = false;

  constructor(server: ListenAddress, options: ServedWatchOptions) {
    this.#server = server;
    this.#options = options;
    this.#socket = createSocket(server.family === 6 ? 'udp6' : 'udp4');
    this.#socket.unref();
    this.#socket.on('message', (message) => this.#receive(message));
    // A refused or unreachable server shows as silence, and silence is asked again.
    this.#socket.on('error', () => {});
  }

  watch(apex: Name, serial: number): void {
    const key = nameKey(apex);
    const watched = this.#zones.get(key);
    if (watched !== undefined) {
      watched.serial = serial;
      return;
    }
    if (this.#closed || this.#zones.size >= WATCHED_ZONES_MAX) return;
    const started: Watched = {
      apex,
      serial,
      askedSerial: serial,
      sinceMs: this.#options.clock.nowMs(),
      delayMs: RETRY_DELAY_MS_MIN,
      id: 0,
      timer: undefined,
    };
    this.#zones.set(key, started);
    this.#ask(key, started);
  }

  #ask(key: string, watched: Watched): void {
    if (this.#closed) return;
    if (this.#options.clock.nowMs() - watched.sinceMs > GIVE_UP_AFTER_MS) {
      this.#zones.delete(key);
      this.#options.onGivenUp(watched.apex, watched.serial, formatListenAddress(this.#server));
      return;
    }
    watched.askedSerial = watched.serial;
    watched.id = this.#options.random.below(0x1_0000);
    this.#socket.send(soaQuery(watched.id, watched.apex), this.#server.port, this.#server.address);
    watched.timer = setTimeout(() => this.#ask(key, watched), Math.max(watched.delayMs, 20));
    watched.timer.unref();
    watched.delayMs = Math.min(watched.delayMs * 2, RETRY_DELAY_MS_MAX);
  }

  #receive(message: Buffer): void {
    const answer = readSoaAnswer(message);
    if (answer?.serial === undefined) return;
    const key = nameKey(answer.apex);
    const watched = this.#zones.get(key);
    if (watched === undefined || watched.id !== answer.id) return;
    const { clock, onSeen } = this.#options;
    onSeen(key, answer.serial, formatListenAddress(this.#server), clock.nowMs());
    clearTimeout(watched.timer);
    if (compareSerials(answer.serial, watched.serial) >= 0) {
      this.#zones.delete(key);
      return;
    }
    if (compareSerials(answer.serial, watched.askedSerial) >= 0) {
      // It keeps up: only newer changes came in the meantime.
      watched.delayMs = RETRY_DELAY_MS_MIN;
      watched.sinceMs = clock.nowMs();
    }
    watched.timer = setTimeout(() => this.#ask(key, watched), watched.delayMs).unref();
  }

  close(): void {
    this.#closed = true;
    for (const { timer } of this.#zones.values()) clearTimeout(timer);
    this.#zones.clear();
    this.#socket.close();
  }
}
