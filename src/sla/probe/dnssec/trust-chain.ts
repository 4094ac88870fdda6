/**
 * From a configured trust anchor down to the keys of the zone under test (RFC 4035 section 5).
 *
 *   anchor (DS or DNSKEY) -> DNSKEY of its zone -> DS of the next -> ... -> DNSKEY of the zone
 *
 * The steps above the zone under test are asked of the parents' servers. Its own keys are asked of
 * the address under test, because they are part of what that address answers; so long as it is
 * silent about them, those that were seen last count, as they would in a resolver's cache. Results
 * are kept for their TTL, at least a few seconds and at most five minutes.
 */
import type { Clock } from '#base/clock.ts';
import { formatListenAddress, type ListenAddress } from '#net/listen-address.ts';
import type { Question } from '../dns-message.ts';
import { checkAnswer } from './answer-check.ts';
import { formatLabels, isAtOrBelow, isSameLabels, type Labels } from './domain-labels.ts';
import { type RawMessage, TYPE } from './raw-message.ts';
import { groupRRsets, type RRset, type Verdict, type ZoneKeys } from './rrset.ts';
import { anchorsOf, type TrustAnchor, trustKeys } from './trust-anchor.ts';

/** The keys to check answers with, or why there are none. */
export type ZoneTrust =
  | { status: 'trusted'; trusted: ZoneKeys }
  /** A parent proved that the zone below it is not signed. */
  | { status: 'insecure' }
  | Exclude<Verdict, { status: 'secure' }>
  /** `dnssec-keys-missing`: the address says nothing of its keys; `dnssec-parent-silent`. */
  | { status: 'missing'; code: 'dnssec-keys-missing' | 'dnssec-parent-silent' };

export interface Parent {
  zone: Labels;
  servers: readonly ListenAddress[];
}

export interface TrustChainParts {
  /** The zone under test. */
  zone: Labels;
  anchors: readonly TrustAnchor[];
  /** Zones above it whose servers may be asked, in any order. */
  parents: readonly Parent[];
  /** A reply with signatures, or `undefined` if none came. */
  ask: (server: ListenAddress, question: Question) => Promise<RawMessage | undefined>;
  clock: Clock;
}

interface Anchored {
  anchors: readonly TrustAnchor[];
}

interface Kept<T> {
  value: T;
  /** Unix milliseconds. */
  askedMs: number;
  freshUntilMs: number;
}

const KEPT_MIN_MS = 5_000;
const KEPT_MAX_MS = 300_000;
/** Old keys are no longer used when nothing new was seen for so long. */
const STALE_MAX_MS = 86_400_000;

export class TrustChain {
  readonly #parts: TrustChainParts;
  readonly #keys = new Map<string, Kept<ZoneTrust>>();
  readonly #asking = new Map<string, Promise<ZoneTrust>>();
  #anchors: Kept<readonly TrustAnchor[]> | undefined;

  constructor(parts: TrustChainParts) {
    this.#parts = parts;
  }

  /**
   * The keys for answers of one address of the zone. `isAgain`: they did not fit an answer, so look
   * whether the zone has new ones.
   */
  async keysAt(server: ListenAddress, isAgain = false): Promise<ZoneTrust> {
    const place = formatListenAddress(server);
    const kept = this.#keys.get(place);
    const nowMs = this.#parts.clock.nowMs();
    if (kept !== undefined && kept.askedMs <= nowMs) {
      const freshUntilMs = isAgain ? kept.askedMs + KEPT_MIN_MS : kept.freshUntilMs;
      if (nowMs < freshUntilMs) return kept.value;
    }
    const present = this.#asking.get(place);
    if (present !== undefined) return present;
    const asking = this.#ask(server, place).finally(() => this.#asking.delete(place));
    this.#asking.set(place, asking);
    return asking;
  }

  async #ask(server: ListenAddress, place: string): Promise<ZoneTrust> {
    const { zone, clock } = this.#parts;
    const above = await this.#anchorsOfZone();
    if (!('anchors' in above)) return above;
    const askedMs = clock.nowMs();
    const found = await this.#dnskeys(zone, [server], above.anchors);
    if (found.status === 'missing') {
      return this.#lastSeen(place) ?? { status: 'missing', code: 'dnssec-keys-missing' };
    }
    const { trust, ttlMs } = found;
    this.#keys.set(place, { value: trust, askedMs, freshUntilMs: askedMs + ttlMs });
    return trust;
  }

  /** Good keys that were seen not too long ago, here if possible, else at another address. */
  #lastSeen(place: string): ZoneTrust | undefined {
    const oldestMs = this.#parts.clock.nowMs() - STALE_MAX_MS;
    const usable = (kept: Kept<ZoneTrust> | undefined): boolean =>
      kept !== undefined && kept.value.status === 'trusted' && kept.askedMs >= oldestMs;
    const own = this.#keys.get(place);
    if (usable(own)) return own?.value;
    return [...this.#keys.values()].find(usable)?.value;
  }

  /** DS records or anchors of the zone under test, walked down to from the nearest anchor. */
  async #anchorsOfZone(): Promise<Anchored | ZoneTrust> {
    const { zone, anchors, parents, clock } = this.#parts;
    const own = anchors.filter((anchor) => isSameLabels(anchor.zone, zone));
    if (own.length > 0) return { anchors: own };
    const nowMs = clock.nowMs();
    const kept = this.#anchors;
    if (kept !== undefined && kept.askedMs <= nowMs && nowMs < kept.freshUntilMs) {
      return { anchors: kept.value };
    }
    const path = pathTo(zone, anchors, parents);
    let current: readonly TrustAnchor[] = anchors;
    for (const [at, parent] of path.entries()) {
      const next = path[at + 1]?.zone ?? zone;
      const step = await this.#stepDown(parent, next, current);
      if (!('anchors' in step)) {
        const isStale = kept === undefined || nowMs - kept.askedMs > STALE_MAX_MS;
        return step.status === 'missing' && !isStale ? { anchors: kept.value } : step;
      }
      current = step.anchors;
    }
    if (path.length === 0) return { status: 'missing', code: 'dnssec-parent-silent' };
    this.#anchors = { value: current, askedMs: nowMs, freshUntilMs: nowMs + KEPT_MAX_MS };
    return { anchors: current };
  }

  /** The DS records of `child`, as its parent signs them. */
  async #stepDown(
    parent: Parent,
    child: Labels,
    anchors: readonly TrustAnchor[],
  ): Promise<Anchored | ZoneTrust> {
    const found = await this.#dnskeys(parent.zone, parent.servers, anchors);
    if (found.status === 'missing') return { status: 'missing', code: 'dnssec-parent-silent' };
    if (found.trust.status !== 'trusted') return found.trust;
    const { trusted } = found.trust;
    let worst: ZoneTrust = { status: 'missing', code: 'dnssec-parent-silent' };
    for (const server of parent.servers) {
      const message = await this.#parts.ask(server, { name: formatLabels(child), type: 'DS' });
      if (message === undefined || message.rcode !== 0) continue;
      const asked = { name: child, type: TYPE.ds };
      const verdict = checkAnswer(message, asked, trusted, this.#nowS());
      if (verdict.status === 'secure') {
        const ds = setOf(message, child, TYPE.ds);
        return ds === undefined ? { status: 'insecure' } : { anchors: anchorsOf(ds.records) };
      }
      worst = verdict;
    }
    return worst;
  }

  /** The zone's keys by the first of the servers that has good ones. */
  async #dnskeys(
    zone: Labels,
    servers: readonly ListenAddress[],
    anchors: readonly TrustAnchor[],
  ): Promise<{ status: 'found'; trust: ZoneTrust; ttlMs: number } | { status: 'missing' }> {
    let worst: ZoneTrust | undefined;
    for (const server of servers) {
      const message = await this.#parts.ask(server, { name: formatLabels(zone), type: 'DNSKEY' });
      if (message === undefined || message.rcode !== 0) continue;
      const set = setOf(message, zone, TYPE.dnskey);
      const keys = trustKeys(zone, set, anchors, this.#nowS());
      if ('keys' in keys) {
        const trust = { status: 'trusted', trusted: keys } as const;
        return { status: 'found', trust, ttlMs: keptMs(set) };
      }
      worst = keys satisfies Exclude<Verdict, { status: 'secure' }>;
    }
    if (worst === undefined) return { status: 'missing' };
    return { status: 'found', trust: worst, ttlMs: KEPT_MIN_MS };
  }

  #nowS(): number {
    return Math.floor(this.#parts.clock.nowMs() / 1000);
  }
}

/** The zones with known servers from the nearest anchor down to the zone's parent. */
function pathTo(
  zone: Labels,
  anchors: readonly TrustAnchor[],
  parents: readonly Parent[],
): readonly Parent[] {
  const above = parents
    .filter((parent) => isAtOrBelow(zone, parent.zone) && !isSameLabels(zone, parent.zone))
    .sort((a, b) => a.zone.length - b.zone.length);
  const anchored = (parent: Parent): boolean =>
    anchors.some((anchor) => isSameLabels(anchor.zone, parent.zone));
  const first = above.findLastIndex(anchored);
  return first === -1 ? [] : above.slice(first);
}

function setOf(message: RawMessage, owner: Labels, type: number): RRset | undefined {
  return groupRRsets(message.answers).find(
    (set) => set.type === type && isSameLabels(set.owner, owner),
  );
}

function keptMs(set: RRset | undefined): number {
  const ttlMs = (set?.records[0]?.ttl ?? 0) * 1000;
  return Math.min(KEPT_MAX_MS, Math.max(KEPT_MIN_MS, ttlMs));
}
