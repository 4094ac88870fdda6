/**
 * Tells other name servers of new versions (RFC 1996): of each published version at once, of
 * versions that follow each other quickly only the newest, and of every zone after a start, when
 * something may have been missed. Whom to tell is `NotifySet`'s to say.
 *
 *     publication ──(one look at a zone per SPACING_MS)──> SOA and targets ──> a lane per target
 *                                                      ──(so many a second)──> UDP ──> reply
 *
 * Nothing waits for a reply, and a lost NOTIFY costs no more than the zone's refresh interval.
 */
import type { Clock } from '#base/clock.ts';
import { errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import { signRequest } from '#dns/tsig/tsig-client.ts';
import { TsigError } from '#dns/tsig/tsig-error.ts';
import type { TsigKeyring } from '#dns/tsig/tsig-key.ts';
import { formatRcode, HEADER_SIZE, RCODE, readU16 } from '#dns/wire/header.ts';
import { formatName, type Name, nameKey } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { soaSerial } from '#dns/zone/soa.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import type { ZoneSettings } from '#dns/zonedb/zone-row.ts';
import {
  ATTEMPTS_MAX,
  type Notice,
  NotifyLane,
  RETRY_DELAY_MS,
  type SentNotice,
} from './notify-lane.ts';
import { readNotifyReply, writeNotify } from './notify-message.ts';
import type { NotifySet } from './notify-set.ts';
import { NotifySockets } from './notify-sockets.ts';
import { formatNotifyTarget, type NotifyTarget, notifyTargetKey } from './notify-target.ts';

/** Between two looks at one zone: versions that come faster are told together. */
const SPACING_MS = 50;
/** Messages sent, to all targets together. */
export const MESSAGES_PER_SECOND_MAX = 1_000;
const TOKEN_WAIT_MS = 5;
/** Zones times targets that wait or are under way; more are dropped and counted. */
const NOTICES_MAX = 200_000;
/** Targets that something is remembered of. */
const LANES_MAX = 1_000;
/** At a start zones are told at this rate, in no order. */
const START_PER_SECOND = 100;
const START_SPREAD_MS_MAX = 60_000;

/** `dropped`: there were too many, or none could be sent. */
export type NotifyResult = 'sent' | 'acked' | 'refused' | 'unanswered' | 'dropped';

export interface NotifierOptions {
  zones: Pick<ZoneDb, 'find' | 'view' | 'names' | 'subscribe' | 'watchZones'>;
  set: Pick<NotifySet, 'named' | 'hasNameservers' | 'nameservers'>;
  keyring: TsigKeyring;
  clock: Clock;
  random: Random;
  log: Log;
  /** @param target ADDRESS:PORT */
  onReport?: (target: string, result: NotifyResult) => void;
}

/** A zone that is about to be looked at, is being looked at, or was just now. */
interface TimedZone {
  timer: NodeJS.Timeout | undefined;
  /** While it waits for its turn after a start: takes it now. */
  run: (() => void) | undefined;
  /** There is a newer version than the one that was looked at. */
  again: boolean;
  /** Somebody wants it told, whatever its kind is. */
  byHand: boolean;
}

export class Notifier {
  readonly #options: NotifierOptions;
  readonly #sockets: NotifySockets;
  readonly #lanes = new Map<string, NotifyLane>();
  readonly #timed = new Map<string, TimedZone>();
  readonly #notified = new Map<string, number>();
  readonly #unsubscribe: (() => void)[];
  #pumping: NodeJS.Timeout | undefined;
  #tokens = MESSAGES_PER_SECOND_MAX;
  #tokensAtMs: number;
  #pendingCount = 0;
  #isPumping = false;
  #isClosed = false;

  /** Begins with every zone that there is, spread over a minute at most. */
  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#tokensAtMs = options.clock.nowMs();
    this.#sockets = new NotifySockets((octets, from) => this.#receive(octets, from));
    this.#unsubscribe = [
      options.zones.subscribe(({ apex }) => this.notify(apex)),
      options.zones.watchZones(({ kind, apex }) => {
        if (kind === 'removed') this.#forget(apex);
      }),
    ];
    const names = options.zones.names();
    const spreadMs = Math.min((names.length * 1000) / START_PER_SECOND, START_SPREAD_MS_MAX);
    for (const apex of names) this.#look(apex, options.random.below(Math.ceil(spreadMs)));
  }

  /**
   * Tells whoever is to be told of the zone, at once, whether there is something new or not.
   * @param byHand tells its name servers too where only zones of kind Master do that by themselves
   */
  notify(apex: Name, { byHand = false } = {}): void {
    const timed = this.#timed.get(nameKey(apex));
    if (timed === undefined) {
      this.#look(apex, 0, byHand);
      return;
    }
    timed.byHand ||= byHand;
    if (timed.run !== undefined) timed.run();
    else timed.again = true;
  }

  /** The serial that was told last; 0: none since the start. */
  notifiedSerial(apex: Name): number {
    return this.#notified.get(nameKey(apex)) ?? 0;
  }

  /** Zones times targets that are still to be told. */
  get pendingCount(): number {
    return this.#pendingCount;
  }

  close(): void {
    this.#isClosed = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    clearTimeout(this.#pumping);
    for (const { timer } of this.#timed.values()) clearTimeout(timer);
    for (const lane of this.#lanes.values()) lane.close();
    this.#sockets.close();
  }

  #look(apex: Name, delayMs: number, byHand = false): void {
    const key = nameKey(apex);
    const settings = this.#options.zones.find(apex)?.row.settings;
    if (settings === undefined || this.#isClosed) return;
    const { set } = this.#options;
    const isTold = set.named(settings).length > 0 || set.hasNameservers(settings, byHand);
    if (!isTold) return;
    const timed: TimedZone = { timer: undefined, run: undefined, again: false, byHand };
    this.#timed.set(key, timed);
    timed.run = (): void => {
      clearTimeout(timed.timer);
      timed.run = undefined;
      this.#tell(apex, timed.byHand)
        .catch((error: unknown) => this.#sayUnread(apex, error))
        .finally(() => this.#rest(apex, timed));
    };
    if (delayMs === 0) timed.run();
    else timed.timer = setTimeout(timed.run, delayMs);
  }

  #sayUnread(apex: Name, error: unknown): void {
    const zone = formatName(apex);
    const said = { zone, error: errorMessage(error) };
    this.#options.log.error(said, 'NOTIFY was not sent: the zone cannot be read');
  }

  /** Between two looks at a zone others get their turn. */
  #rest(apex: Name, timed: TimedZone): void {
    if (this.#isClosed) return;
    timed.timer = setTimeout(() => {
      if (this.#timed.get(nameKey(apex)) === timed) this.#timed.delete(nameKey(apex));
      if (timed.again) this.#look(apex, 0, timed.byHand);
    }, SPACING_MS);
  }

  /** @throws StoreError */
  async #tell(apex: Name, byHand: boolean): Promise<void> {
    const { zones, set } = this.#options;
    const state = zones.find(apex);
    const soa = await this.#readSoa(apex);
    if (state === undefined || soa === undefined || this.#isClosed) return;
    const { settings } = state.row;
    const notice = { apex, zone: nameKey(apex), serial: soaSerial(soa), soa };
    for (const target of set.named(settings)) this.#add(target, notice);
    this.#pump();
    // Names may take seconds to be looked up, and no version waits for that.
    if (set.hasNameservers(settings, byHand)) void this.#tellNameservers(notice, settings);
  }

  /** Never rejects. */
  async #tellNameservers(notice: Notice, settings: ZoneSettings): Promise<void> {
    try {
      const targets = await this.#options.set.nameservers(notice.apex, settings);
      for (const target of targets) this.#add(target, notice);
      this.#pump();
    } catch (error) {
      this.#sayUnread(notice.apex, error);
    }
  }

  async #readSoa(apex: Name): Promise<Uint8Array | undefined> {
    const view = await this.#options.zones.view(apex);
    if (view === undefined) return undefined;
    try {
      const { rrsets } = await view.node(view.row.apex);
      const rdata = rrsets.find(({ type }) => type === TYPE.SOA)?.records[0]?.rdata;
      return rdata && Uint8Array.from(rdata);
    } finally {
      await view.close();
    }
  }

  #add(target: NotifyTarget, notice: Notice): void {
    if (this.#isClosed || this.#options.zones.find(notice.apex) === undefined) return;
    const lane = this.#laneOf(target);
    if (lane === undefined || (!lane.has(notice.zone) && this.#pendingCount >= NOTICES_MAX)) {
      this.#report(target, 'dropped');
      return;
    }
    this.#counting(lane, () => lane.add(notice));
  }

  #counting(lane: NotifyLane, change: () => void): void {
    const before = lane.size;
    change();
    this.#pendingCount += lane.size - before;
  }

  #laneOf(target: NotifyTarget): NotifyLane | undefined {
    const key = notifyTargetKey(target);
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    if (this.#lanes.size >= LANES_MAX && !this.#dropIdleLane()) return undefined;
    const lane = new NotifyLane(target);
    this.#lanes.set(key, lane);
    return lane;
  }

  #dropIdleLane(): boolean {
    for (const [key, lane] of this.#lanes) {
      if (lane.size > 0) continue;
      this.#lanes.delete(key);
      return true;
    }
    return false;
  }

  /** Sends what may be sent, a message a target in turn. */
  #pump(): void {
    // What ends while it is being sent leads here again, and the loop below sees it.
    if (this.#isClosed || this.#isPumping || this.#pumping !== undefined) return;
    this.#isPumping = true;
    while (this.#sendRound());
    this.#isPumping = false;
  }

  /** One message to each target that has one waiting; false when there is nothing more to send. */
  #sendRound(): boolean {
    let isBusy = false;
    for (const lane of this.#lanes.values()) {
      if (!lane.isReady) continue;
      if (!this.#takeToken()) {
        this.#pumping = setTimeout(() => {
          this.#pumping = undefined;
          this.#pump();
        }, TOKEN_WAIT_MS);
        return false;
      }
      const sent = lane.begin(this.#options.random);
      if (sent !== undefined) this.#send(lane, sent);
      isBusy = true;
    }
    return isBusy;
  }

  #takeToken(): boolean {
    const nowMs = this.#options.clock.nowMs();
    const gained = (Math.max(0, nowMs - this.#tokensAtMs) * MESSAGES_PER_SECOND_MAX) / 1000;
    this.#tokens = Math.min(MESSAGES_PER_SECOND_MAX, this.#tokens + gained);
    this.#tokensAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Sends one notice, the first time or again. */
  #send(lane: NotifyLane, sent: SentNotice): void {
    const { keyring, clock } = this.#options;
    const { target } = lane;
    if (sent.newer !== undefined) {
      sent.notice = sent.newer;
      sent.newer = undefined;
    }
    const { apex, soa, serial, zone } = sent.notice;
    const key = target.key && keyring.find(target.key);
    if (target.key !== undefined && key === undefined) {
      const text = `there is no TSIG key ${formatName(target.key)} here; add it`;
      this.#end(lane, sent, 'dropped', text);
      return;
    }
    let octets = writeNotify(sent.id, apex, soa);
    if (key !== undefined) {
      const signed = signRequest(octets, key, clock.nowMs());
      octets = signed.message;
      sent.verifier = signed.verifier;
    }
    sent.attempts += 1;
    this.#sockets.send(octets, target);
    this.#notified.set(zone, serial);
    this.#report(target, 'sent');
    const waitMs = RETRY_DELAY_MS * 2 ** (sent.attempts - 1);
    sent.timer = setTimeout(() => {
      if (sent.attempts < ATTEMPTS_MAX) this.#send(lane, sent);
      else this.#end(lane, sent, 'unanswered', 'does not answer; is it up, and may we reach it?');
    }, waitMs);
  }

  #receive(octets: Uint8Array, from: { address: string; port: number }): void {
    if (octets.length < HEADER_SIZE) return;
    const id = readU16(octets, 0);
    for (const lane of this.#lanes.values()) {
      const { address, port } = lane.target;
      if (address !== from.address || port !== from.port) continue;
      const sent = lane.find(id);
      if (sent !== undefined) this.#take(lane, sent, octets);
    }
  }

  /** A reply that is not what it should be may be anybody's, and changes nothing. */
  #take(lane: NotifyLane, sent: SentNotice, octets: Uint8Array): void {
    const { clock } = this.#options;
    const rcode = readNotifyReply(octets, sent.notice.apex);
    if (rcode === undefined) return;
    try {
      sent.verifier?.verify(octets, clock.nowMs());
    } catch (error) {
      if (!(error instanceof TsigError)) throw error;
      if (rcode === RCODE.NOERROR) return;
      this.#end(lane, sent, 'refused', `${formatRcode(rcode)}: ${error.message}`);
      return;
    }
    if (rcode === RCODE.NOERROR) this.#end(lane, sent, 'acked', undefined);
    else {
      const advice = 'is this server one of its primaries of the zone?';
      this.#end(lane, sent, 'refused', `answers ${formatRcode(rcode)}; ${advice}`);
    }
  }

  /** @param problem said once, until the target is as it should be again */
  #end(
    lane: NotifyLane,
    sent: SentNotice,
    result: NotifyResult,
    problem: string | undefined,
  ): void {
    const { log } = this.#options;
    const target = formatNotifyTarget(lane.target);
    const zone = formatName(sent.notice.apex);
    this.#counting(lane, () => lane.end(sent));
    lane.isSilent = result === 'unanswered';
    this.#report(lane.target, result);
    if (problem === undefined) {
      if (lane.said === 'unanswered') log.info({ target, zone }, `${target} takes NOTIFY again`);
      // Some zones it may take and others refuse, which is said once for the target.
      if (lane.said !== 'refused') lane.said = undefined;
    } else if (lane.said !== result) {
      lane.said = result;
      log.warn({ target, zone, result }, `NOTIFY to ${target}: ${problem}`);
    }
    this.#pump();
  }

  #forget(apex: Name): void {
    const zone = nameKey(apex);
    clearTimeout(this.#timed.get(zone)?.timer);
    this.#timed.delete(zone);
    this.#notified.delete(zone);
    for (const lane of this.#lanes.values()) this.#counting(lane, () => lane.forget(zone));
  }

  #report(target: NotifyTarget, result: NotifyResult): void {
    this.#options.onReport?.(formatNotifyTarget(target), result);
  }
}
