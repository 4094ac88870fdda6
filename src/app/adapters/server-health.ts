/**
 * The health of a name server: what real queries to its own sockets say, over UDP, TCP and TLS,
 * whether the store still takes changes, and the zones that it has and cannot serve.
 */
import type { Random } from '#base/random.ts';
import { type AnswerCheck, type CheckTransport, checkAnswer } from '#dns/transfer/answer-check.ts';
import { RCODE } from '#dns/wire/header.ts';
import { formatName, type Name, ROOT } from '#dns/wire/name.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import type { HealthCheck, HealthSource } from '#http/health-route.ts';
import { formatListenAddress, type ListenAddress } from '#net/listen-address.ts';

/** Milliseconds; a healthy server on the same host answers in less than one. */
const ANSWER_TIMEOUT_MS = 1000;

/** What the health of a store is told by. */
export interface WatchedStore {
  /** Why writes are refused, or `undefined` while the disk takes them. */
  readonly failure: Error | undefined;
}

/** What reads the store through. */
export interface WatchedScrub {
  /** What it found and could not repair; `undefined`: nothing. */
  readonly fault: string | undefined;
}

/** The sockets that answer. */
export interface WatchedSockets {
  /** For UDP and TCP. */
  readonly listen: readonly ListenAddress[];
  readonly tlsListen: readonly ListenAddress[];
}

export class ServerHealth implements HealthSource {
  readonly #zones: ZoneDb;
  readonly #store: WatchedStore;
  readonly #scrub: WatchedScrub | undefined;
  readonly #sockets: WatchedSockets;
  readonly #random: Random;

  constructor(
    zones: ZoneDb,
    store: WatchedStore,
    sockets: WatchedSockets,
    random: Random,
    scrub?: WatchedScrub,
  ) {
    this.#zones = zones;
    this.#store = store;
    this.#scrub = scrub;
    this.#sockets = sockets;
    this.#random = random;
  }

  async check(): Promise<HealthCheck[]> {
    const { listen, tlsListen } = this.#sockets;
    const asked = [
      ...listen.flatMap((server) => [
        this.#checkSocket(server, 'udp'),
        this.#checkSocket(server, 'tcp'),
      ]),
      ...tlsListen.map((server) => this.#checkSocket(server, 'tls')),
    ];
    const faults = this.#zones.faults().map(({ zone, fault }) => ({
      name: `zone ${zone}`,
      healthy: false,
      reason: fault,
    }));
    const found = this.#scrub?.fault;
    const damage = found === undefined ? [] : [{ name: 'scrub', healthy: false, reason: found }];
    return [...(await Promise.all(asked)), this.#checkStore(), ...damage, ...faults];
  }

  /** After a failed write the store is read-only until the disk works, while answers go on. */
  #checkStore(): HealthCheck {
    const { failure } = this.#store;
    return failure === undefined
      ? { name: 'store', healthy: true }
      : { name: 'store', healthy: false, reason: failure.message };
  }

  /**
   * A zone that is served; where no zone is (all have expired, or nothing was fetched yet), one
   * whose SERVFAIL says so.
   */
  #askedZone(): Name | undefined {
    let silent: Name | undefined;
    for (const name of this.#zones.names()) {
      const state = this.#zones.find(name);
      if (state === undefined || state.fault !== undefined) continue;
      if (state.expired !== true && state.row.records > 0) return name;
      silent ??= name;
    }
    return silent;
  }

  /** Asks for a zone, if there is one: an answer must have its serial. */
  async #checkSocket(server: ListenAddress, transport: CheckTransport): Promise<HealthCheck> {
    const apex = this.#askedZone();
    const check = await checkAnswer(
      server,
      transport,
      apex ?? ROOT,
      ANSWER_TIMEOUT_MS,
      this.#random,
    );
    const name = `dns ${formatListenAddress(server)}/${transport}`;
    const reason = faultOf(check, apex === undefined ? undefined : formatName(apex));
    return reason === undefined ? { name, healthy: true } : { name, healthy: false, reason };
  }
}

function faultOf(check: AnswerCheck, zone: string | undefined): string | undefined {
  if ('reason' in check) return check.reason;
  if (zone === undefined) return undefined;
  const { rcode, serial } = check.answer;
  return rcode === RCODE.NOERROR && serial !== undefined
    ? undefined
    : `${zone} SOA was answered with rcode ${rcode}`;
}
