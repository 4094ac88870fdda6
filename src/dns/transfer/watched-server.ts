/**
 * One name server that is asked, over UDP, until it serves what it should. One question is under
 * way per zone, whatever the number of changes. A server that answers nothing at all is asked for
 * one zone only, ever more rarely, until it answers again:
 *
 *     [asking: each zone, 2 ms to 1 s apart] ──SILENT_AFTER questions without any reply──> [silent:
 *          ^                                                       one zone, 1 s to 30 s apart]
 *          └──────────────────────────────────any reply─────────────────────────────┘
 */
import { createSocket, type Socket } from 'node:dgram';
import type { Clock } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import { type Name, nameKey } from '#dns/wire/name.ts';
import { compareSerials } from '#dns/zone/serial.ts';
import { familyOf } from '#net/ip-address.ts';
import { formatListenAddress } from '#net/listen-address.ts';
import { readSoaAnswer, soaQuery } from './soa-exchange.ts';

/** First wait before a server is asked again; doubles up to the largest while it is behind. */
const RETRY_DELAY_MS_MIN = 2;
const RETRY_DELAY_MS_MAX = 1000;
/** A reply that has not come after this is not waited for. */
const REPLY_MS_MIN = 20;
const SILENT_AFTER = 10;
const PROBE_DELAY_MS_MIN = 1_000;
const PROBE_DELAY_MS_MAX = 30_000;
/** Zones that are asked for again in a second when a server is back. */
const WAKE_PER_SECOND = 2_000;
/** A change that a server does not serve for as long as contracts give it is given up. */
const GIVE_UP_AFTER_MS = 3_600_000;
/** Zones waited for per server; more are not watched. */
const WATCHED_ZONES_MAX = 10_000;

export interface WatchedPlace {
  /** Text form, without brackets. */
  address: string;
  port: number;
}

export interface WatchedServerOptions {
  clock: Clock;
  random: Random;
  /** @param address ADDRESS:PORT */
  onSeen: (apex: Name, serial: number, address: string, atMs: number) => void;
  /** A server did not serve the serial in time. */
  onGivenUp: (apex: Name, serial: number, address: string) => void;
}

/** What a server does not serve yet. */
export interface LateZone {
  apex: Name;
  serial: number;
  /** Since when, Unix milliseconds. */
  sinceMs: number;
}

interface Watched extends LateZone {
  /** What was waited for when the question under way was asked. */
  askedSerial: number;
  delayMs: number;
  id: number;
  timer: NodeJS.Timeout | undefined;
}

export class WatchedServer {
  /** ADDRESS:PORT. */
  readonly name: string;
  readonly #place: WatchedPlace;
  readonly #options: WatchedServerOptions;
  readonly #socket: Socket;
  /** Those that wait longest first. */
  readonly #zones = new Map<string, Watched>();
  #unansweredCount = 0;
  #probe: NodeJS.Timeout | undefined;
  #probeDelayMs = PROBE_DELAY_MS_MIN;
  #closed = false;

  constructor(place: WatchedPlace, options: WatchedServerOptions) {
    this.name = formatListenAddress(place);
    this.#place = place;
    this.#options = options;
    this.#socket = createSocket(familyOf(place.address) === 6 ? 'udp6' : 'udp4');
    this.#socket.unref();
    this.#socket.on('message', (message) => this.#receive(message));
    // A refused or unreachable server shows as silence, and silence is asked again.
    this.#socket.on('error', () => {});
  }

  get isIdle(): boolean {
    return this.#zones.size === 0;
  }

  /** What it does not serve yet, in no order. */
  late(): Iterable<LateZone> {
    return this.#zones.values();
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
    if (this.#probe === undefined) this.#ask(key, started);
  }

  /** The zone is gone, or not to be served there any more. */
  forget(apex: Name): void {
    const key = nameKey(apex);
    clearTimeout(this.#zones.get(key)?.timer);
    this.#zones.delete(key);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#probe);
    for (const { timer } of this.#zones.values()) clearTimeout(timer);
    this.#zones.clear();
    this.#socket.close();
  }

  #ask(key: string, watched: Watched): void {
    if (this.#closed) return;
    if (this.#giveUpLate(key, watched)) return;
    if (this.#unansweredCount >= SILENT_AFTER) {
      this.#beginProbing();
      return;
    }
    this.#send(watched);
    watched.timer = setTimeout(
      () => this.#ask(key, watched),
      Math.max(watched.delayMs, REPLY_MS_MIN),
    ).unref();
    watched.delayMs = Math.min(watched.delayMs * 2, RETRY_DELAY_MS_MAX);
  }

  #giveUpLate(key: string, { apex, serial, sinceMs }: Watched): boolean {
    if (this.#options.clock.nowMs() - sinceMs <= GIVE_UP_AFTER_MS) return false;
    this.#zones.delete(key);
    this.#options.onGivenUp(apex, serial, this.name);
    return true;
  }

  #send(watched: Watched): void {
    const { address, port } = this.#place;
    watched.askedSerial = watched.serial;
    watched.id = this.#options.random.below(0x1_0000);
    this.#unansweredCount += 1;
    this.#socket.send(soaQuery(watched.id, watched.apex), port, address, () => undefined);
  }

  #beginProbing(): void {
    if (this.#probe !== undefined) return;
    for (const { timer } of this.#zones.values()) clearTimeout(timer);
    this.#probeDelayMs = PROBE_DELAY_MS_MIN;
    this.#probeLater();
  }

  #probeLater(): void {
    this.#probe = setTimeout(() => {
      for (const [key, watched] of this.#zones) {
        if (!this.#giveUpLate(key, watched)) break;
      }
      const [oldest] = this.#zones.values();
      if (oldest === undefined) {
        this.#endProbing();
        return;
      }
      this.#send(oldest);
      this.#probeDelayMs = Math.min(this.#probeDelayMs * 2, PROBE_DELAY_MS_MAX);
      this.#probeLater();
    }, this.#probeDelayMs).unref();
  }

  #endProbing(): void {
    clearTimeout(this.#probe);
    this.#probe = undefined;
    this.#unansweredCount = 0;
  }

  /** It answers again: what waited is asked for, not all at once. */
  #wake(): void {
    this.#endProbing();
    const spreadMs = Math.ceil((this.#zones.size * 1000) / WAKE_PER_SECOND);
    for (const [key, watched] of this.#zones) {
      watched.delayMs = RETRY_DELAY_MS_MIN;
      const waitMs = this.#options.random.below(spreadMs);
      watched.timer = setTimeout(() => this.#ask(key, watched), waitMs).unref();
    }
  }

  #receive(message: Buffer): void {
    const answer = readSoaAnswer(message);
    if (answer === undefined) return;
    const key = nameKey(answer.apex);
    const watched = this.#zones.get(key);
    if (watched === undefined || watched.id !== answer.id) return;
    this.#unansweredCount = 0;
    if (this.#probe !== undefined) this.#wake();
    if (answer.serial === undefined) return;
    const { clock, onSeen } = this.#options;
    onSeen(watched.apex, answer.serial, this.name, clock.nowMs());
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
}
