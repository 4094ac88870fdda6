/**
 * Repairs of damaged zones, those that a person asks for and those that the server makes by itself:
 *
 *     start, scrubber, reader -> neither mirror nor memory has it -> [waiting] -> servers that have
 *          the same zone -> newest backup of each location -> repaired | waits for twice as long
 *
 * One after the other, in the background: neither changes nor answers wait for it. A zone that was
 * repaired or replaced in the meantime is taken off the list. What was restored for one zone is
 * tried for all that wait.
 */
import { errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { Primary } from '#dns/transfer/secondary/primary.ts';
import { withZoneCopy, type ZoneCopyOptions } from '#dns/transfer/secondary/zone-copy.ts';
import type { TsigKeyring } from '#dns/tsig/tsig-key.ts';
import { formatName, type Name, nameKey, parseName } from '#dns/wire/name.ts';
import { ChangeError } from '#dns/zonedb/change.ts';
import type { ContentSource } from '#dns/zonedb/repair-zone.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import type { ZoneRow } from '#dns/zonedb/zone-row.ts';
import type { BackupLocation } from '#store/locations/location.ts';
import { type BackupPlaces, clearRepairs, withNewestBackup } from './backup-contents.ts';
import { openTargets } from './backup-locations.ts';
import type { Configuration } from './config/configuration.ts';
import { type RepeatedWork, repeatEvery } from './repeat-every.ts';
import type { ProcessParts } from './running-process.ts';

export interface ZoneRepairsOptions {
  zones: Pick<ZoneDb, 'find' | 'repair' | 'faults' | 'watchFaults'>;
  /** Name servers that should have the same version of a zone. */
  peersOf: (row: Readonly<ZoneRow>) => readonly Primary[];
  /** Has a zone that is fetched looked after: its primaries may have a newer version. */
  refresh: (apex: Name) => void;
  /** How they are asked. */
  copies: Omit<ZoneCopyOptions, 'signal'>;
  backups: BackupPlaces;
  log: Log;
  limits?: Partial<RepairLimits>;
}

export interface RepairLimits {
  /** From one look for what is due to the next. */
  lookIntervalMs: number;
  /** After the first attempt that failed; twice as long after each further one. */
  retryMsMin: number;
  retryMsMax: number;
  /** Damaged zones that wait; more are found again by the scrubber's next pass. */
  waitingMax: number;
  /** Zones that are repaired with what was restored once. */
  togetherMax: number;
  /** Repairs that people wait for; more are refused with CHANGE_BUSY. */
  askedMax: number;
}

export const REPAIR_LIMITS: RepairLimits = {
  lookIntervalMs: 1_000,
  retryMsMin: 60_000,
  retryMsMax: 3_600_000,
  waitingMax: 10_000,
  togetherMax: 100,
  askedMax: 16,
};

/** What `startZoneRepairs` works on. */
interface Repairable extends Pick<ZoneRepairsOptions, 'zones' | 'peersOf' | 'refresh'> {
  keyring: TsigKeyring;
}

/** What became of a zone: what it was repaired from (`sound`: nothing was wrong), or why not. */
export type RepairOutcome = { source: string } | { reasons: string[] };

interface WaitingZone {
  readonly apex: Name;
  failures: number;
  /** Of the clock that never steps back. */
  dueAtMs: number;
}

/** A zone on its way through the sources. */
interface Repair {
  readonly apex: Name;
  readonly reasons: string[];
  source?: string;
}

/** Begins to repair what is damaged. */
export async function startZoneRepairs(
  { backup, file, data }: Configuration,
  { keyring, ...repaired }: Repairable,
  { clock, random, log }: ProcessParts,
  stack: AsyncDisposableStack,
): Promise<ZoneRepairs> {
  await clearRepairs(data);
  const open = async (): Promise<BackupLocation[]> => {
    const targets = await openTargets(backup, random);
    return targets.map(({ location }) => location);
  };
  const backups = { open, config: file, data };
  const copies = { keyring, clock, random };
  const repairs = new ZoneRepairs({ ...repaired, copies, backups, log }).start();
  stack.defer(() => repairs.close());
  return repairs;
}

export class ZoneRepairs {
  readonly #options: ZoneRepairsOptions;
  readonly #limits: RepairLimits;
  readonly #waiting = new Map<string, WaitingZone>();
  readonly #closing = new AbortController();
  /** One at a time: each may restore a whole backup. */
  #last: Promise<unknown> = Promise.resolve();
  #asked = 0;
  #work: RepeatedWork | undefined;
  #unwatch: () => void = () => undefined;

  constructor(options: ZoneRepairsOptions) {
    this.#options = options;
    this.#limits = { ...REPAIR_LIMITS, ...options.limits };
  }

  /** Begins with the zones that the start found damaged. */
  start(): this {
    const { zones } = this.#options;
    this.#unwatch = zones.watchFaults((apex) => this.#add(apex));
    for (const { zone } of zones.faults()) this.#add(parseName(zone));
    this.#work = repeatEvery(this.#limits.lookIntervalMs, () => this.#look());
    return this;
  }

  /** Zones that wait to be repaired. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Repairs a zone that somebody asks for. @throws ChangeError CHANGE_BUSY */
  async repair(apex: Name): Promise<RepairOutcome> {
    if (this.#asked >= this.#limits.askedMax) {
      throw new ChangeError('CHANGE_BUSY', `${this.#asked} repairs are waiting: try later`);
    }
    this.#asked += 1;
    try {
      const [outcome] = await this.#inTurn([apex]);
      return outcome;
    } finally {
      this.#asked -= 1;
    }
  }

  /** Breaks off what is under way. */
  async close(): Promise<void> {
    this.#unwatch();
    this.#closing.abort();
    await this.#work?.close();
    await this.#last;
  }

  #add(apex: Name): void {
    const key = nameKey(apex);
    if (this.#waiting.has(key) || this.#waiting.size >= this.#limits.waitingMax) return;
    this.#waiting.set(key, { apex, failures: 0, dueAtMs: this.#nowMs() });
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const { zones } = this.#options;
    for (const [key, { apex }] of this.#waiting) {
      const state = zones.find(apex);
      if (state?.fault === undefined || state.isStored === false) this.#waiting.delete(key);
    }
    const nowMs = this.#nowMs();
    const due = [...this.#waiting.values()].filter(({ dueAtMs }) => dueAtMs <= nowMs);
    const some = due.slice(0, this.#limits.togetherMax);
    if (some.length === 0) return;
    const outcomes = await this.#inTurn(some.map(({ apex }) => apex));
    for (const [index, zone] of some.entries()) this.#settle(zone, outcomes[index]);
  }

  #settle(zone: WaitingZone, outcome: RepairOutcome): void {
    if ('source' in outcome) {
      this.#waiting.delete(nameKey(zone.apex));
      return;
    }
    if (this.#closing.signal.aborted) return;
    this.#options.refresh(zone.apex);
    const { retryMsMin, retryMsMax } = this.#limits;
    const delayMs = Math.min(retryMsMin * 2 ** zone.failures, retryMsMax);
    zone.failures += 1;
    zone.dueAtMs = this.#nowMs() + delayMs;
    const name = formatName(zone.apex);
    const said = { zone: name, code: 'ZONE_DAMAGED', reasons: outcome.reasons };
    const again = `it is tried again in ${Math.ceil(delayMs / 1000)} s`;
    this.#options.log.error(said, `zone ${name} is damaged and could not be repaired; ${again}`);
  }

  /** Outcomes in the order of the zones. Never rejects. */
  async #inTurn(apexes: readonly Name[]): Promise<RepairOutcome[]> {
    const running = this.#last.then(() => this.#repairAll(apexes));
    this.#last = running;
    return running;
  }

  async #repairAll(apexes: readonly Name[]): Promise<RepairOutcome[]> {
    const repairs = apexes.map((apex): Repair => ({ apex, reasons: [] }));
    for (const repair of repairs) {
      await this.#tryMirror(repair);
      if (repair.source === undefined) await this.#tryPeers(repair);
    }
    await this.#tryBackups(repairs);
    return repairs.map(({ source, reasons }) => (source === undefined ? { reasons } : { source }));
  }

  async #tryMirror(repair: Repair): Promise<void> {
    await this.#try(repair, async () => {
      const source = await this.#options.zones.repair(repair.apex);
      if (source === undefined) repair.reasons.push('neither the mirror nor memory has it');
      else repair.source = source;
    });
  }

  async #tryPeers(repair: Repair): Promise<void> {
    const { zones, peersOf, copies } = this.#options;
    await this.#try(repair, async () => {
      const row = zones.find(repair.apex)?.row;
      if (row === undefined) return;
      const options = { ...copies, signal: this.#closing.signal };
      for (const peer of peersOf(row)) {
        if (repair.source !== undefined) return;
        await this.#try(repair, () =>
          withZoneCopy(row, peer, options, (content) => this.#use(repair, content)),
        );
      }
    });
  }

  /** Those that are left, from each location that is restored. */
  async #tryBackups(repairs: readonly Repair[]): Promise<void> {
    const { backups } = this.#options;
    const left = (): Repair[] => repairs.filter(({ source }) => source === undefined);
    const tell = (error: unknown): void => {
      for (const { reasons } of left()) reasons.push(errorMessage(error));
    };
    if (left().length === 0) return;
    const locations = await backups.open().catch((error: unknown) => {
      tell(error);
      return [];
    });
    const { signal } = this.#closing;
    for (const location of locations) {
      if (left().length === 0 || signal.aborted) return;
      await withNewestBackup(location, backups, signal, async (content) => {
        for (const repair of left()) {
          await this.#try(repair, () => this.#use(repair, content));
        }
      }).catch(tell);
    }
  }

  async #use(repair: Repair, content: ContentSource): Promise<void> {
    const source = await this.#options.zones.repair(repair.apex, [content]);
    if (source === undefined) repair.reasons.push(`${content.name} has another content`);
    else repair.source = source;
  }

  /** What stands against one source is told, and others are tried. */
  async #try(repair: Repair, attempt: () => Promise<void>): Promise<void> {
    if (this.#closing.signal.aborted) return;
    try {
      await attempt();
    } catch (error) {
      repair.reasons.push(errorMessage(error));
    }
  }

  #nowMs(): number {
    return this.#options.copies.clock.monotonicUs() / 1000;
  }
}
