/**
 * Says in time which zones have signatures that end: zones that come signed are served as they are,
 * also when validators take them no more, and who signs them is elsewhere. One line when a zone has
 * a week left, one when the first of its signatures is over; nothing more until it is signed anew.
 */
import { type RepeatedWork, repeatEvery } from '#app/repeat-every.ts';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import { formatName } from '#dns/wire/name.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';

/** From one look to the next. */
export const SIGNATURE_LOOK_INTERVAL_MS = 600_000;
/** What `docs/operations/monitor.md` wants an alarm at. */
const WARNING_SECONDS = 7 * 86_400;
/** Zones of one look that are named; the rest is counted. */
const NAMED_MAX = 20;

type State = 'soon' | 'over';

export class SignatureWatch {
  readonly #zones: Pick<ZoneDb, 'names' | 'find'>;
  readonly #clock: Clock;
  readonly #log: Log;
  /** Zones that were spoken of, by name, and what was said. */
  #said = new Map<string, State>();

  constructor(zones: Pick<ZoneDb, 'names' | 'find'>, { clock, log }: { clock: Clock; log: Log }) {
    this.#zones = zones;
    this.#clock = clock;
    this.#log = log;
  }

  /** Begins to look, now and then. */
  start(): RepeatedWork {
    return repeatEvery(SIGNATURE_LOOK_INTERVAL_MS, async () => this.look());
  }

  look(): void {
    const nowSeconds = this.#clock.nowMs() / 1000;
    const said = new Map<string, State>();
    let news = 0;
    for (const apex of this.#zones.names()) {
      const endsAt = this.#zones.find(apex)?.row.signaturesExpireAt;
      if (endsAt === undefined || endsAt > nowSeconds + WARNING_SECONDS) continue;
      const zone = formatName(apex);
      const state = endsAt > nowSeconds ? 'soon' : 'over';
      said.set(zone, state);
      if (this.#said.get(zone) === state) continue;
      news += 1;
      if (news <= NAMED_MAX) this.#say(zone, state, endsAt);
    }
    this.#said = said;
    if (news > NAMED_MAX) this.#log.warn({ zones: news - NAMED_MAX }, 'so do those of more zones');
  }

  #say(zone: string, state: State, endsAt: number): void {
    const facts = { zone, endsAt: new Date(endsAt * 1000).toISOString() };
    if (state === 'soon') {
      this.#log.warn(
        facts,
        `signatures of zone ${zone} end within a week: sign and import it anew`,
      );
    } else {
      this.#log.error(
        facts,
        `signatures of zone ${zone} have ended: validators refuse its answers`,
      );
    }
  }
}
