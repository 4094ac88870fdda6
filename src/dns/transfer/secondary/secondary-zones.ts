/**
 * All zones that are fetched from primaries: those of kind Slave and Consumer, whichever door made
 * them. A slow heartbeat looks for what is due; a bounded number is looked after at a time, one at
 * a time of each, the others wait in the order in which they became due.
 *
 *     [waiting] ──due, NOTIFY, retrieve──> [queued] ──a place is free──> [checking] ──newer──>
 *         ^                                                                  │   [transferring]
 *         └──────────────── timers set anew (refresh-timers.ts) ─────────────┴─────────┘
 *
 * Primaries are asked in order until one confirms the zone or gives a version that can be served.
 */
import type { Clock } from '#base/clock.ts';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import type { TsigKey, TsigKeyring } from '#dns/tsig/tsig-key.ts';
import { equalNames, formatName, type Name, nameKey } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { compareSerials } from '#dns/zone/serial.ts';
import { readSoa } from '#dns/zone/soa.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import { isFetched, type ZoneSettings } from '#dns/zonedb/zone-row.ts';
import type { PeerAddress } from '#net/return-path.ts';
import { type Fetched, fetchZone, isOutlived } from './fetch-zone.ts';
import { IncomingRoom } from './incoming-room.ts';
import { openSession } from './open-session.ts';
import { formatPrimary, type Primary } from './primary.ts';
import { isSameAddress } from './primary-list.ts';
import { PrimaryMemory, restingError } from './primary-memory.ts';
import type { PrimarySession } from './primary-session.ts';
import {
  confirmTimers,
  expireSecondsOf,
  failTimers,
  REFRESH_BOUNDS,
  type RefreshBounds,
} from './refresh-timers.ts';
import type {
  NotifyVerdict,
  RefreshRecord,
  RefreshRecords,
  SecondaryStatus,
  TransferReport,
} from './secondary-status.ts';
import { SecondaryZone } from './secondary-zone.ts';
import { TransferError } from './transfer-error.ts';
import { TRANSFER_LIMITS, type TransferLimits } from './transfer-limits.ts';

/** Zones that are checked or transferred at a time. */
export const ATTENDED_MAX = 16;
/** From one look for what is due to the next. */
const HEARTBEAT_MS = 250;
/** From one write of what must outlive a restart to the next. */
const SAVE_INTERVAL_MS = 5_000;
/** At a start, zones that have a version are looked after at this rate. */
const START_PER_SECOND = 50;
const START_SPREAD_MS_MAX = 60_000;
/** How long a primary that refused IXFR for a zone is not asked for it again. */
const WITHOUT_IXFR_MS = 3_600_000;

export interface SecondaryZonesOptions {
  zones: ZoneDb;
  keyring: TsigKeyring;
  /** In the order in which they are asked. */
  primariesOf: (apex: Name, settings: ZoneSettings) => readonly Primary[];
  records: RefreshRecords;
  clock: Clock;
  random: Random;
  log: Log;
  limits?: Partial<TransferLimits>;
  bounds?: Partial<RefreshBounds>;
  onReport?: (report: TransferReport) => void;
}

export class SecondaryZones {
  readonly #options: SecondaryZonesOptions;
  readonly #limits: TransferLimits;
  readonly #room: IncomingRoom;
  readonly #bounds: RefreshBounds;
  readonly #zones = new Map<string, SecondaryZone>();
  readonly #queue = new Set<SecondaryZone>();
  readonly #attended = new Set<Promise<void>>();
  readonly #memory: PrimaryMemory;
  readonly #closing = new AbortController();
  readonly #removed = new Set<string>();
  #unwatch: () => void = () => undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #saving: Promise<void> = Promise.resolve();
  #beatAtMs: number;
  #savedAtMs: number;

  private constructor(options: SecondaryZonesOptions) {
    this.#options = options;
    this.#limits = { ...TRANSFER_LIMITS, ...options.limits };
    this.#room = new IncomingRoom(this.#limits.octetsTogetherMax);
    this.#bounds = { ...REFRESH_BOUNDS, ...options.bounds };
    this.#memory = new PrimaryMemory(options.clock);
    this.#beatAtMs = options.clock.nowMs();
    this.#savedAtMs = this.#beatAtMs;
  }

  /** Begins to look after every zone of kind Slave or Consumer, those to come as well. */
  static async open(options: SecondaryZonesOptions): Promise<SecondaryZones> {
    const secondaries = new SecondaryZones(options);
    await secondaries.#start();
    return secondaries;
  }

  status(apex: Name): SecondaryStatus | undefined {
    return this.#zones.get(nameKey(apex))?.status();
  }

  statuses(): SecondaryStatus[] {
    return [...this.#zones.values()].map((zone) => zone.status());
  }

  /** Fetches the zone whole, now, whatever its serial is. False: it is not fetched from any. */
  retrieve(apex: Name): boolean {
    const zone = this.#zones.get(nameKey(apex));
    if (zone !== undefined) zone.isForced = true;
    return this.refresh(apex);
  }

  /** Has the primaries asked now. False: it is not fetched from any. */
  refresh(apex: Name): boolean {
    const zone = this.#zones.get(nameKey(apex));
    if (zone !== undefined) this.#want(zone);
    return zone !== undefined;
  }

  /** @param serial what the NOTIFY says the primary has */
  notified(
    apex: Name,
    from: Pick<PeerAddress, 'address'>,
    key: Pick<TsigKey, 'name'> | undefined,
    serial: number | undefined,
  ): NotifyVerdict {
    const zone = this.#zones.get(nameKey(apex));
    if (zone === undefined) return 'not-secondary';
    const primaries = this.#primariesOf(zone);
    const primary = primaries.find(
      (candidate) =>
        isSameAddress(candidate.address, from.address) ||
        (key !== undefined && candidate.key !== undefined && equalNames(candidate.key, key.name)),
    );
    if (primary === undefined) return 'refused';
    this.#memory.answered(primary);
    const isKnown =
      serial !== undefined &&
      zone.serial !== undefined &&
      !zone.isExpired &&
      !isOutlived(this.#options.zones, apex) &&
      compareSerials(serial, zone.serial) <= 0;
    if (isKnown) return 'taken';
    zone.preferred = primary.address;
    this.#want(zone);
    return 'taken';
  }

  /** Seconds until the zone expires, for those who fetch it from us (RFC 7314). */
  expiresInSeconds(apex: Name): number | undefined {
    const expireAtMs = this.#zones.get(nameKey(apex))?.timers.expireAtMs;
    if (expireAtMs === undefined) return undefined;
    return Math.max(0, Math.floor((expireAtMs - this.#options.clock.nowMs()) / 1000));
  }

  /** Breaks off what is under way and keeps what must outlive the restart. */
  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    this.#unwatch();
    this.#closing.abort();
    await Promise.all(this.#attended);
    await this.#save();
  }

  async #start(): Promise<void> {
    const { zones, records } = this.#options;
    const kept = new Map((await records.load()).map((record) => [record.zone, record]));
    this.#unwatch = zones.watchZones(({ apex }) => {
      this.#look(apex).catch((error: unknown) => this.#sayUnread(apex, error));
    });
    for (const apex of zones.names()) {
      const record = kept.get(formatName(apex));
      // A zone whose rows are damaged must not keep the others from being fetched.
      await this.#look(apex, record).catch((error: unknown) => this.#sayUnread(apex, error));
      kept.delete(formatName(apex));
    }
    // What was kept of zones that are gone.
    for (const zone of kept.keys()) this.#removed.add(zone);
    const spreadMs = Math.min((this.#zones.size * 1000) / START_PER_SECOND, START_SPREAD_MS_MAX);
    for (const zone of this.#zones.values()) {
      if (zone.soa !== undefined) this.#delay(zone, spreadMs);
    }
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS);
    this.#beat();
  }

  #sayUnread(apex: Name, error: unknown): void {
    const zone = formatName(apex);
    const said = { zone, code: errorCode(error), error: errorMessage(error) };
    this.#options.log.error(said, 'the SOA of the version here is unreadable; it is fetched whole');
  }

  #delay(zone: SecondaryZone, spreadMs: number): void {
    zone.timers.nextAtMs += this.#options.random.below(Math.max(1, Math.floor(spreadMs)));
  }

  /** Takes up or lets go of a zone, as the zone database has it now. */
  async #look(apex: Name, record?: RefreshRecord): Promise<void> {
    const key = nameKey(apex);
    const settings = this.#options.zones.find(apex)?.row.settings;
    const zone = this.#zones.get(key);
    if (settings === undefined || !isFetched(settings)) {
      if (zone === undefined) return;
      zone.isGone = true;
      this.#options.zones.setExpiry(apex, undefined);
      this.#zones.delete(key);
      this.#queue.delete(zone);
      this.#removed.add(zone.name);
      return;
    }
    if (zone !== undefined) {
      // Other primaries, perhaps.
      this.#want(zone);
      return;
    }
    const taken = new SecondaryZone(apex, this.#options.clock.nowMs());
    this.#zones.set(key, taken);
    this.#removed.delete(taken.name);
    await this.#readVersion(taken);
    this.#restoreTimers(taken, record);
  }

  /** The SOA of the version that is here. */
  async #readVersion(zone: SecondaryZone): Promise<void> {
    const view = await this.#options.zones.view(zone.apex);
    if (view === undefined) return;
    try {
      const { rrsets } = await view.node(view.row.apex);
      const soa = rrsets.find(({ type }) => type === TYPE.SOA)?.records[0]?.rdata;
      zone.soa = soa && Uint8Array.from(soa);
      zone.times = zone.soa && readSoa(zone.soa);
      zone.serial = zone.soa && readSoa(zone.soa).serial;
    } finally {
      await view.close();
    }
  }

  /** A version that nobody knows the age of is as good as confirmed now. */
  #restoreTimers(zone: SecondaryZone, record: RefreshRecord | undefined): void {
    if (zone.times === undefined) return;
    const nowMs = this.#options.clock.nowMs();
    const confirmedAtMs = record?.confirmedAtMs ?? nowMs;
    const expireAtMs =
      record?.expireAtMs ?? nowMs + expireSecondsOf(zone.times, this.#bounds) * 1000;
    zone.timers = { ...zone.timers, confirmedAtMs, expireAtMs };
    zone.isDirty = record === undefined;
    this.#options.zones.setExpiry(zone.apex, expireAtMs);
  }

  #primariesOf(zone: SecondaryZone): readonly Primary[] {
    const { zones, primariesOf, log } = this.#options;
    const settings = zones.find(zone.apex)?.row.settings;
    if (settings === undefined) return [];
    try {
      return primariesOf(zone.apex, settings);
    } catch (error) {
      log.error({ zone: zone.name, error: errorMessage(error) }, 'the primaries are unreadable');
      return [];
    }
  }

  /** Looks after the zone as soon as there is a place, once more if it is being looked after. */
  #want(zone: SecondaryZone): void {
    if (zone.phase === 'checking' || zone.phase === 'transferring') zone.isWanted = true;
    else this.#enqueue(zone);
    this.#fillPlaces();
  }

  #enqueue(zone: SecondaryZone): void {
    zone.phase = 'queued';
    this.#queue.add(zone);
  }

  #beat(): void {
    const nowMs = this.#options.clock.nowMs();
    if (nowMs < this.#beatAtMs) this.#followClock(nowMs);
    this.#beatAtMs = nowMs;
    for (const zone of this.#zones.values()) {
      const { nextAtMs, expireAtMs } = zone.timers;
      if (!zone.isExpired && expireAtMs !== undefined && expireAtMs <= nowMs) this.#expire(zone);
      if (zone.phase === 'waiting' && nextAtMs <= nowMs) this.#enqueue(zone);
    }
    this.#fillPlaces();
    if (nowMs - this.#savedAtMs < SAVE_INTERVAL_MS) return;
    this.#savedAtMs = nowMs;
    void this.#save();
  }

  /** The clock was set back: nothing may wait for it to come by again. */
  #followClock(nowMs: number): void {
    this.#savedAtMs = nowMs;
    for (const zone of this.#zones.values()) {
      zone.followClock(nowMs, this.#bounds);
      this.#options.zones.setExpiry(zone.apex, zone.timers.expireAtMs);
    }
  }

  #fillPlaces(): void {
    while (this.#attended.size < ATTENDED_MAX && !this.#closing.signal.aborted) {
      const [zone] = this.#queue;
      if (zone === undefined) return;
      this.#queue.delete(zone);
      zone.phase = 'checking';
      const attending = this.#attend(zone).finally(() => {
        this.#attended.delete(attending);
        this.#fillPlaces();
      });
      this.#attended.add(attending);
    }
  }

  /** Asks the primaries in order until one answers for the zone. Never rejects. */
  async #attend(zone: SecondaryZone): Promise<void> {
    const { clock, log } = this.#options;
    const failures: unknown[] = [];
    let restMs = Infinity;
    zone.isWanted = false;
    try {
      const primaries = this.#inOrder(zone);
      if (primaries.length === 0) {
        const text = `zone ${zone.name} has no primaries; name them in its settings`;
        failures.push(new TransferError('TRANSFER_PRIMARY', text));
      }
      for (const primary of primaries) {
        const left = zone.isForced ? 0 : this.#memory.restMs(primary);
        restMs = Math.min(restMs, left);
        if (left > 0) {
          failures.push(restingError(primary, left));
          continue;
        }
        const fetched = await this.#fetch(zone, primary).catch((error: unknown) => {
          failures.push(error);
        });
        if (fetched === undefined) continue;
        await this.#confirm(zone, primary, fetched);
        return;
      }
    } catch (error) {
      failures.push(error);
    } finally {
      zone.checkedAtMs = clock.nowMs();
      zone.phase = 'waiting';
      if (zone.isWanted && !zone.isGone) this.#enqueue(zone);
    }
    if (zone.isGone || this.#closing.signal.aborted) return;
    this.#fail(zone, failures);
    if (restMs > 0 && restMs < Infinity) {
      // Said of the zones that found them down; many others may have the same primaries.
      zone.timers.nextAtMs = clock.nowMs() + restMs;
      return;
    }
    log.warn(
      { zone: zone.name, code: zone.failure?.code, failures: failures.map(errorMessage) },
      `zone ${zone.name} could not be fetched`,
    );
  }

  /** Who sent a NOTIFY first; those that rest, to be asked when nobody else is left, last. */
  #inOrder(zone: SecondaryZone): Primary[] {
    const { preferred } = zone;
    zone.preferred = undefined;
    const rank = (primary: Primary): number =>
      this.#memory.restMs(primary) > 0 ? 2 : primary.address === preferred ? 0 : 1;
    return this.#primariesOf(zone).toSorted((a, b) => rank(a) - rank(b));
  }

  /** @throws TransferError, ChangeError, StoreError */
  async #fetch(zone: SecondaryZone, primary: Primary): Promise<Fetched> {
    const { clock, onReport } = this.#options;
    const startMs = clock.monotonicUs() / 1000;
    const report = (kind: Fetched['kind'], outcome: string, octets: number): void =>
      onReport?.({ kind, outcome, octets, durationMs: clock.monotonicUs() / 1000 - startMs });
    const session = this.#openSession(primary);
    try {
      const fetched = await fetchZone(
        { ...this.#options, limits: this.#limits, room: this.#room },
        {
          apex: zone.apex,
          primary,
          session,
          own: zone.soa,
          isForced: zone.isForced,
          takesAnySerial: zone.isExpired,
          asksIxfr: !this.#isWithoutIxfr(zone, primary),
          onTransfer: () => {
            zone.phase = 'transferring';
          },
          isWanted: () => !zone.isGone,
        },
      );
      this.#memory.answered(primary);
      report(fetched.kind, 'done', fetched.octets);
      return fetched;
    } catch (error) {
      const code = errorCode(error) ?? 'unknown';
      report(zone.phase === 'checking' ? 'check' : 'axfr', code, 0);
      if (code === 'TRANSFER_UNREACHABLE' || code === 'TRANSFER_TIMEOUT') {
        this.#memory.failed(primary);
      }
      throw error;
    } finally {
      session.close();
    }
  }

  /** @throws TransferError TRANSFER_KEY when the primary's key is not one of ours */
  #openSession(primary: Primary): PrimarySession {
    const { keyring, clock, random } = this.#options;
    const { signal } = this.#closing;
    return openSession({ primary, limits: this.#limits, clock, random, signal }, keyring);
  }

  #isWithoutIxfr(zone: SecondaryZone, primary: Primary): boolean {
    const untilMs = zone.withoutIxfr.get(formatPrimary(primary));
    return untilMs !== undefined && untilMs > this.#options.clock.nowMs();
  }

  async #confirm(zone: SecondaryZone, primary: Primary, fetched: Fetched): Promise<void> {
    const { clock, random, zones, log } = this.#options;
    const nowMs = clock.nowMs();
    const isNewVersion = fetched.kind !== 'check';
    if (isNewVersion) await this.#readVersion(zone);
    if (fetched.refusedIxfr) {
      zone.withoutIxfr.set(formatPrimary(primary), nowMs + WITHOUT_IXFR_MS);
    }
    if (zone.times === undefined) return;
    const said = { isNewVersion, expireSeconds: fetched.expireSeconds };
    const context = { nowMs, random, bounds: this.#bounds };
    zone.timers = confirmTimers(zone.timers, zone.times, said, context);
    zones.setExpiry(zone.apex, zone.timers.expireAtMs);
    zone.isForced = false;
    zone.isDirty = true;
    zone.failure = undefined;
    if (zone.isExpired) {
      zone.isExpired = false;
      await zones.setExpired(zone.apex, false);
      log.info({ zone: zone.name }, `zone ${zone.name} is served again`);
    }
    if (!isNewVersion) return;
    const { kind, serial, octets } = fetched;
    const from = formatPrimary(primary);
    log.info({ zone: zone.name, kind, serial, from, octets }, `zone ${zone.name} was transferred`);
  }

  #fail(zone: SecondaryZone, failures: readonly unknown[]): void {
    const { clock, random } = this.#options;
    const context = { nowMs: clock.nowMs(), random, bounds: this.#bounds };
    zone.timers = failTimers(zone.timers, zone.times, context);
    zone.isForced = false;
    const [first] = failures;
    zone.failure = { code: errorCode(first) ?? 'unknown', message: errorMessage(first) };
  }

  /** Its data is kept and asked about again; until then it is better to say nothing. */
  #expire(zone: SecondaryZone): void {
    const { zones, log } = this.#options;
    zone.isExpired = true;
    log.error(
      { zone: zone.name, failure: zone.failure?.message },
      `zone ${zone.name} has expired: no primary confirmed it in time; it is answered SERVFAIL`,
    );
    zones
      .setExpired(zone.apex, true)
      .catch((error: unknown) => log.error({ zone: zone.name }, errorMessage(error)));
  }

  /** One write at a time; what fails is tried again with the next. */
  #save(): Promise<void> {
    this.#saving = this.#saving.then(() => this.#saveOnce());
    return this.#saving;
  }

  async #saveOnce(): Promise<void> {
    const dirty = [...this.#zones.values()].filter(({ isDirty }) => isDirty);
    const removed = [...this.#removed];
    if (dirty.length === 0 && removed.length === 0) return;
    for (const zone of dirty) zone.isDirty = false;
    this.#removed.clear();
    const records = dirty.map((zone) => zone.record()).filter((record) => record !== undefined);
    try {
      await this.#options.records.save(records, removed);
    } catch (error) {
      for (const zone of dirty) zone.isDirty = true;
      for (const zone of removed) this.#removed.add(zone);
      this.#options.log.warn({ error: errorMessage(error) }, 'refresh timers were not kept');
    }
  }
}
