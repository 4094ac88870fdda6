/**
 * One name server that is asked, over UDP, until it serves what it should: first for the SOA and,
 * when that is of the newest version, for an RRset that this version changed, which has to be as
 * the version has it. Versions that are superseded count by the SOA alone. One question is under
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
import { equalNames, type Name, nameKey } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { compareSerials } from '#dns/zone/serial.ts';
import { familyOf } from '#net/ip-address.ts';
import { formatListenAddress } from '#net/listen-address.ts';
import { type ChangedRrset, judgeAnswer } from './changed-rrset.ts';
import { plainQuery, readSoaAnswer } from './soa-exchange.ts';

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
  /** True if a server of the newest version has to answer with just the RRset, or without it. */
  isComparable: (changed: ChangedRrset) => boolean;
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
  /** What is asked once the SOA is there; `undefined`: the SOA is enough. */
  changed: ChangedRrset | undefined;
  /** What was waited for when the question under way was asked. */
  askedSerial: number;
  /** The question under way, when it is not for the SOA. */
  askedRrset: ChangedRrset | undefined;
  delayMs: number;
  /** Of the clock that never steps: one that is set forwards must not end the wait. */
  giveUpAtUs: number;
  /** Of the question under way, which `#open` knows by it. */
  id: number | undefined;
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
  /** By message id: questions whose answer would be taken, at most one a zone. */
  readonly #open = new Map<number, Watched>();
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

  /** @param changed of this version; left out: the SOA is enough */
  watch(apex: Name, serial: number, changed?: ChangedRrset): void {
    const key = nameKey(apex);
    const watched = this.#zones.get(key);
    if (watched !== undefined) {
      // With the serial of the last version: what that changed is waited for as well.
      if (serial !== watched.serial || changed !== undefined) watched.changed = changed;
      watched.serial = serial;
      return;
    }
    if (this.#closed || this.#zones.size >= WATCHED_ZONES_MAX) return;
    const started: Watched = {
      apex,
      serial,
      changed,
      askedSerial: serial,
      askedRrset: undefined,
      sinceMs: this.#options.clock.nowMs(),
      delayMs: RETRY_DELAY_MS_MIN,
      giveUpAtUs: this.#giveUpAtUs(),
      id: undefined,
      timer: undefined,
    };
    this.#zones.set(key, started);
    if (this.#probe === undefined) this.#ask(started);
  }

  /** The zone is gone, or not to be served there any more. */
  forget(apex: Name): void {
    const watched = this.#zones.get(nameKey(apex));
    if (watched !== undefined) this.#drop(watched);
  }

  #drop(watched: Watched): void {
    clearTimeout(watched.timer);
    this.#endQuestion(watched);
    this.#zones.delete(nameKey(watched.apex));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#probe);
    for (const { timer } of this.#zones.values()) clearTimeout(timer);
    this.#zones.clear();
    this.#open.clear();
    this.#socket.close();
  }

  #ask(watched: Watched): void {
    if (this.#closed) return;
    if (this.#giveUpLate(watched)) return;
    if (this.#unansweredCount >= SILENT_AFTER) {
      this.#beginProbing();
      return;
    }
    this.#send(watched);
    this.#askLater(watched, Math.max(watched.delayMs, REPLY_MS_MIN));
    watched.delayMs = Math.min(watched.delayMs * 2, RETRY_DELAY_MS_MAX);
  }

  #askLater(watched: Watched, waitMs: number): void {
    clearTimeout(watched.timer);
    watched.timer = setTimeout(() => this.#ask(watched), waitMs).unref();
  }

  #giveUpAtUs(): number {
    return this.#options.clock.monotonicUs() + GIVE_UP_AFTER_MS * 1000;
  }

  #giveUpLate(watched: Watched): boolean {
    const { apex, serial, giveUpAtUs } = watched;
    if (this.#options.clock.monotonicUs() <= giveUpAtUs) return false;
    this.#drop(watched);
    this.#options.onGivenUp(apex, serial, this.name);
    return true;
  }

  /** @param rrset left out: the SOA */
  #send(watched: Watched, rrset?: ChangedRrset): void {
    const { address, port } = this.#place;
    this.#endQuestion(watched);
    let id = this.#options.random.below(0x1_0000);
    // At most one in WATCHED_ZONES_MAX of 65,536 is taken.
    while (this.#open.has(id)) id = (id + 1) & 0xffff;
    this.#open.set(id, watched);
    watched.id = id;
    watched.askedSerial = watched.serial;
    watched.askedRrset = rrset;
    this.#unansweredCount += 1;
    const query = plainQuery(id, rrset?.owner ?? watched.apex, rrset?.type ?? TYPE.SOA);
    this.#socket.send(query, port, address, () => undefined);
  }

  #endQuestion(watched: Watched): void {
    if (watched.id !== undefined) this.#open.delete(watched.id);
    watched.id = undefined;
  }

  #beginProbing(): void {
    if (this.#probe !== undefined) return;
    for (const { timer } of this.#zones.values()) clearTimeout(timer);
    this.#probeDelayMs = PROBE_DELAY_MS_MIN;
    this.#probeLater();
  }

  #probeLater(): void {
    this.#probe = setTimeout(() => {
      for (const watched of this.#zones.values()) if (!this.#giveUpLate(watched)) break;
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
    for (const watched of this.#zones.values()) {
      watched.delayMs = RETRY_DELAY_MS_MIN;
      this.#askLater(watched, this.#options.random.below(spreadMs));
    }
  }

  #receive(message: Buffer): void {
    const watched = message.length < 2 ? undefined : this.#open.get(message.readUInt16BE(0));
    if (watched === undefined) return;
    if (watched.askedRrset === undefined) this.#receiveSoa(watched, message);
    else this.#receiveRrset(watched, watched.askedRrset, message);
  }

  #receiveSoa(watched: Watched, message: Buffer): void {
    const answer = readSoaAnswer(message);
    if (answer === undefined || !equalNames(answer.apex, watched.apex)) return;
    this.#answered(watched);
    const { serial } = answer;
    if (serial === undefined) return;
    const { changed } = watched;
    const isNewest = serial === watched.serial;
    if (isNewest && changed !== undefined && this.#options.isComparable(changed)) {
      this.#send(watched, changed);
      this.#askLater(watched, Math.max(watched.delayMs, REPLY_MS_MIN));
    } else this.#seen(watched, serial);
  }

  #receiveRrset(watched: Watched, asked: ChangedRrset, message: Buffer): void {
    const verdict = judgeAnswer(message, asked);
    if (verdict === undefined) return;
    this.#answered(watched);
    // What came meanwhile may have changed the RRset again.
    const isSuperseded = watched.serial !== watched.askedSerial;
    if (verdict !== 'other' || isSuperseded) this.#seen(watched, watched.askedSerial);
    else this.#askLater(watched, watched.delayMs);
  }

  #answered(watched: Watched): void {
    this.#endQuestion(watched);
    this.#unansweredCount = 0;
    if (this.#probe !== undefined) this.#wake();
  }

  #seen(watched: Watched, serial: number): void {
    const { clock, onSeen } = this.#options;
    onSeen(watched.apex, serial, this.name, clock.nowMs());
    if (compareSerials(serial, watched.serial) >= 0) {
      this.#drop(watched);
      return;
    }
    if (compareSerials(serial, watched.askedSerial) >= 0) {
      // It keeps up: only newer changes came in the meantime.
      watched.delayMs = RETRY_DELAY_MS_MIN;
      watched.sinceMs = clock.nowMs();
      watched.giveUpAtUs = this.#giveUpAtUs();
    }
    this.#askLater(watched, watched.delayMs);
  }
}
