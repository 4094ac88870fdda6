/**
 * Who is told of a zone's new versions (RFC 1996 section 3.3, "notify set"):
 *
 *     nameserver.transfer.notify     every zone
 *     zone metadata ALSO-NOTIFY      this zone
 *     the zone's NS records          zones of kind Master, if `notifyNs` says so: the addresses,
 *                                    without those of the primary that the SOA names and our own
 *
 * A target of the zone without a key of its own gets NOTIFY signed with the zone's first key for
 * transfers, as PowerDNS does; one from NS records likewise.
 */
import type { Clock } from '#base/clock.ts';
import { CodedError } from '#base/coded-error.ts';
import { lowerName, type Name, nameKey, parseName, ROOT } from '#dns/wire/name.ts';
import type { ZoneSettings } from '#dns/zonedb/zone-row.ts';
import type { NameserverAddresses } from '../nameserver-addresses.ts';
import {
  type NotifyTarget,
  NotifyTargetError,
  notifyTargetKey,
  parseNotifyTarget,
  targetAddress,
} from './notify-target.ts';

/** More are not told of one zone. */
export const TARGETS_PER_ZONE_MAX = 64;
/** How long the addresses of a zone's name servers are believed. */
const ADDRESSES_KEPT_MS = 60_000;
const ADDRESSES_KEPT_MAX = 10_000;

export interface NotifyRules {
  /** For every zone. */
  targets: readonly NotifyTarget[];
  /** Zones of kind Master tell their name servers. */
  notifiesNs: boolean;
}

export interface NotifySetOptions {
  rules: NotifyRules;
  nameservers: Pick<NameserverAddresses, 'of'>;
  /** Whether this server itself is there. */
  isOwn: (place: { address: string; port: number }) => boolean;
  clock: Clock;
}

type Settings = Pick<ZoneSettings, 'kind' | 'metadata' | 'masterTsigKeyIds'>;

interface KnownAddresses {
  addresses: readonly string[];
  untilMs: number;
}

export class NotifySet {
  readonly #options: NotifySetOptions;
  #rules: NotifyRules;
  readonly #known = new Map<string, KnownAddresses>();

  constructor(options: NotifySetOptions) {
    this.#options = options;
    this.#rules = options.rules;
  }

  /** Other rules, from the next version on. */
  configure(rules: NotifyRules): void {
    this.#rules = rules;
  }

  /** Those that somebody named, which are known at once: whom receipts wait for. */
  named(settings: Settings): NotifyTarget[] {
    return this.#distinct([...this.#rules.targets, ...this.#listed(settings)]);
  }

  /**
   * Whether there are others, who have to be looked up.
   * @param byHand somebody asks for it: whatever the kind is
   */
  hasNameservers({ kind }: Pick<Settings, 'kind'>, byHand = false): boolean {
    return this.#rules.notifiesNs && (byHand || kind === 'Master');
  }

  /** The zone's name servers that nobody named. @throws StoreError */
  async nameservers(apex: Name, settings: Settings): Promise<NotifyTarget[]> {
    const key = zoneKeyOf(settings);
    const named = new Set(this.named(settings).map(({ address }) => address));
    const found = (await this.#addresses(apex)).map((address) => targetAddress(address));
    const others = found.filter(({ address }) => !named.has(address));
    return this.#distinct(others.map((at) => ({ ...at, isWatched: false, ...(key && { key }) })));
  }

  /** What is no target, and came into the store by whatever way, is told of nothing. */
  #listed(settings: Settings): NotifyTarget[] {
    const key = zoneKeyOf(settings);
    const targets: NotifyTarget[] = [];
    for (const text of settings.metadata['ALSO-NOTIFY'] ?? []) {
      try {
        targets.push({ ...(key && { key }), ...parseNotifyTarget(text) });
      } catch (error) {
        if (!(error instanceof NotifyTargetError)) throw error;
      }
    }
    return targets;
  }

  #distinct(targets: readonly NotifyTarget[]): NotifyTarget[] {
    const others = targets.filter((target) => !this.#options.isOwn(target));
    const distinct = new Map(others.map((target) => [notifyTargetKey(target), target]));
    return [...distinct.values()].slice(0, TARGETS_PER_ZONE_MAX);
  }

  async #addresses(apex: Name): Promise<readonly string[]> {
    const { nameservers, clock } = this.#options;
    const zone = nameKey(apex);
    const known = this.#known.get(zone);
    if (known !== undefined && known.untilMs > clock.nowMs()) return known.addresses;
    const addresses = await nameservers.of(apex, { withoutPrimary: true });
    if (this.#known.size >= ADDRESSES_KEPT_MAX) this.#known.clear();
    this.#known.set(zone, { addresses, untilMs: clock.nowMs() + ADDRESSES_KEPT_MS });
    return addresses;
  }
}

/** `undefined` also for an id that is no name: it names no key that there is. */
function zoneKeyOf({ masterTsigKeyIds }: Settings): Name | undefined {
  const [id] = masterTsigKeyIds;
  if (id === undefined) return undefined;
  try {
    return lowerName(parseName(id, ROOT));
  } catch (error) {
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}
