/** What the control thread holds of one zone that is fetched: its timers and how it stands. */
import { formatName, type Name } from '#dns/wire/name.ts';
import {
  capTimers,
  newTimers,
  type RefreshBounds,
  type RefreshTimers,
  type SoaTimes,
} from './refresh-timers.ts';
import type { RefreshRecord, SecondaryPhase, SecondaryStatus } from './secondary-status.ts';

export class SecondaryZone {
  readonly apex: Name;
  /** With its final dot, for messages and records. */
  readonly name: string;
  phase: SecondaryPhase = 'waiting';
  timers: RefreshTimers;
  /** Of the version that is here; `undefined`: there is none. */
  soa: Uint8Array | undefined;
  times: SoaTimes | undefined;
  serial: number | undefined;
  isExpired = false;
  checkedAtMs: number | undefined;
  failure: SecondaryStatus['failure'];
  /** Asked for while it was being looked after: look again. */
  isWanted = false;
  /** The next look fetches the zone whole, whatever its serial is. */
  isForced = false;
  /** Address of a primary that has something new, asked first. */
  preferred: string | undefined;
  /** Primaries that do not give differences of this zone, and until when that is believed. */
  readonly withoutIxfr = new Map<string, number>();
  /** Its record has changed since it was kept. */
  isDirty = false;
  /** No longer fetched: what is under way ends without a trace. */
  isGone = false;

  constructor(apex: Name, nowMs: number) {
    this.apex = apex;
    this.name = formatName(apex);
    this.timers = newTimers(nowMs);
  }

  status(): SecondaryStatus {
    const { apex, phase, serial, isExpired, checkedAtMs, failure } = this;
    const { confirmedAtMs, nextAtMs, expireAtMs } = this.timers;
    const stands = { apex, phase, serial, isExpired, failure };
    return { ...stands, checkedAtMs, confirmedAtMs, nextAtMs, expireAtMs };
  }

  /** The clock was set back, to `nowMs`. */
  followClock(nowMs: number, bounds: RefreshBounds): void {
    this.timers = capTimers(this.timers, this.times, { nowMs, bounds });
    this.withoutIxfr.clear();
    this.isDirty = true;
  }

  /** `undefined` while there is nothing to keep. */
  record(): RefreshRecord | undefined {
    const { confirmedAtMs, expireAtMs } = this.timers;
    if (confirmedAtMs === undefined || expireAtMs === undefined) return undefined;
    return { zone: this.name, confirmedAtMs, expireAtMs };
  }
}
