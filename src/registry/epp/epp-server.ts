/**
 * The EPP server (RFC 5734): accepts TLS connections with a client certificate, gives each a
 * session (epp-connection.ts, epp-session.ts), and holds the limits that connections share. There
 * is one for each listen address; it runs on the control thread, as every command ends in the
 * store that this thread owns.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { formatHex } from '#base/bytes.ts';
import type { Clock } from '#base/clock.ts';
import { KeyedCounts } from '#base/keyed-counts.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import { RequestRates } from '#base/request-rates.ts';
import { clientNetwork } from '#net/client-network.ts';
import { unmapIpAddress } from '#net/ip-address.ts';
import type { ListenAddress } from '#net/listen-address.ts';
import { listenOn } from '#net/listen-server.ts';
import { TlsGate } from '#net/tls-gate.ts';
import type { Register } from '#registry/model/register.ts';
import { type ConnectionShare, EppConnection } from './epp-connection.ts';
import { EPP_LIMITS, type EppLimits } from './epp-limits.ts';
import { type EppMetrics, type EppRefusal, NO_EPP_METRICS } from './epp-metrics.ts';
import type { CommandPort } from './epp-session.ts';
import { LoginLine } from './login-line.ts';
import { EppSchemas } from './schemas.ts';

/** PEM texts. */
export interface EppTls {
  certificate: string;
  key: string;
  /** Authorities that registrars' certificates must come from. */
  clientCa: string;
}

export interface EppServerOptions {
  listen: ListenAddress;
  /** Read at the start and at each `reload`. */
  tls: () => Promise<EppTls>;
  runner: CommandPort;
  /** For logins. */
  register: Register;
  clock: Clock;
  random: Random;
  log: Log;
  limits?: Partial<EppLimits>;
  metrics?: EppMetrics;
  announce: {
    /** `<svID>` of the greeting, 3 to 64 characters. */
    serverId: string;
  };
}

export interface EppServer {
  address: ListenAddress;
  /**
   * Certificates as they are now, for the connections that come.
   * @throws NetError NET_TLS_CREDENTIALS, and what `tls` throws; the old ones stay
   */
  reload(): Promise<void>;
  /** No more connections; commands under way are answered within `closeGraceMs`. */
  close(): Promise<void>;
}

const SWEEP_MS = 250;
/** Connections beyond a limit that are let in to be told so; further ones are closed at once. */
const REFUSED_MAX = 32;
const RUN_ID_SIZE = 5;

/** @throws NetError as `openTcpListener` (listen-sockets.ts), and NET_TLS_CREDENTIALS */
export async function startEppServer(options: EppServerOptions): Promise<EppServer> {
  const gate = new TlsGate('epp', await options.tls());
  const schemas = EppSchemas.open();
  const listener = new EppListener(options, gate, schemas);
  try {
    await listener.open();
  } catch (error) {
    schemas.close();
    throw error;
  }
  return {
    address: options.listen,
    reload: async () => gate.replace(await options.tls()),
    close: async () => {
      await listener.close();
      schemas.close();
    },
  };
}

class EppListener {
  readonly #options: EppServerOptions;
  readonly #limits: EppLimits;
  readonly #metrics: EppMetrics;
  readonly #gate: TlsGate;
  readonly #share: ConnectionShare;
  readonly #server: Server;
  readonly #connections = new Set<EppConnection>();
  readonly #perClient = new KeyedCounts();
  readonly #perRegistrar = new KeyedCounts();
  /** New connections of each client. */
  readonly #rates: RequestRates;
  readonly #sweeper: NodeJS.Timeout;
  #isClosing = false;

  constructor(options: EppServerOptions, gate: TlsGate, schemas: EppSchemas) {
    const { runner, register, clock, random, log, announce } = options;
    this.#options = options;
    this.#limits = { ...EPP_LIMITS, ...options.limits };
    this.#metrics = options.metrics ?? NO_EPP_METRICS;
    this.#gate = gate;
    const { connectionsPerSecond: perSecond, connectionBurstMax: burst } = this.#limits;
    this.#rates = new RequestRates({ perSecond, burst }, clock);
    // Unique over restarts without a counter on disk: the run's own id, then a number.
    const runId = formatHex(random.bytes(RUN_ID_SIZE));
    let lastNumber = 0;
    this.#share = {
      session: {
        runner,
        register,
        schemas,
        clock,
        random,
        log,
        limits: this.#limits,
        metrics: this.#metrics,
        logins: new LoginLine(this.#limits),
        serverId: announce.serverId,
        nextSvTrid: () => `HF-${runId}-${++lastNumber}`,
      },
      nowMs: () => clock.monotonicUs() / 1000,
      hasRoom: (registrar) => this.#hasRoom(registrar),
      takePlace: (registrar) => this.#takePlace(registrar),
      changed: () => this.#tellSessions(),
    };
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS);
  }

  async open(): Promise<void> {
    try {
      await listenOn(this.#server, this.#options.listen);
    } catch (error) {
      clearInterval(this.#sweeper);
      throw error;
    }
    // Accepting can fail for want of descriptors; the server goes on when there are some again.
    this.#server.on('error', () => this.#metrics.refused('connections'));
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    for (const connection of this.#connections) connection.finish();
    const grace = setTimeout(() => {
      for (const connection of this.#connections) connection.destroy();
    }, this.#limits.closeGraceMs);
    await promise;
    clearTimeout(grace);
    clearInterval(this.#sweeper);
  }

  #accept(socket: Socket): void {
    const address = unmapIpAddress(socket.remoteAddress?.split('%', 1)[0] ?? '');
    if (this.#isClosing || address === '') {
      socket.destroy();
      return;
    }
    const client = clientNetwork(address);
    if (this.#rates.take(client) > 0) {
      // Before the handshake, which is what a flood of connections would make us pay for.
      this.#metrics.refused('connection-rate');
      socket.destroy();
      return;
    }
    const refusal = this.#refusalOf(client);
    if (refusal !== undefined) {
      this.#metrics.refused(refusal);
      const told = [...this.#connections].filter(({ isRefused }) => isRefused).length;
      if (told >= REFUSED_MAX) {
        socket.destroy();
        return;
      }
    }
    const stream = this.#gate.wrap(socket);
    const connection = new EppConnection(stream, { address, client }, this.#share, refusal);
    this.#connections.add(connection);
    this.#perClient.add(client);
    stream.on('close', () => this.#forget(connection));
    this.#tellSessions();
  }

  #refusalOf(client: string): EppRefusal | undefined {
    const { connectionsMax, connectionsPerAddressMax } = this.#limits;
    if (this.#connections.size >= connectionsMax) return 'connections';
    const isFull = this.#perClient.of(client) >= connectionsPerAddressMax;
    return isFull ? 'address-connections' : undefined;
  }

  #forget(connection: EppConnection): void {
    if (!this.#connections.delete(connection)) return;
    connection.closed();
    this.#perClient.remove(connection.client);
    if (connection.registrar !== undefined) this.#perRegistrar.remove(connection.registrar);
    this.#tellSessions();
  }

  #hasRoom(registrar: string): boolean {
    return this.#perRegistrar.of(registrar) < this.#limits.sessionsPerRegistrarMax;
  }

  #takePlace(registrar: string): boolean {
    if (!this.#hasRoom(registrar)) return false;
    this.#perRegistrar.add(registrar);
    return true;
  }

  #tellSessions(): void {
    this.#metrics.sessions(this.#connections.size, this.#perRegistrar.total);
  }

  #sweep(): void {
    const nowMs = this.#share.nowMs();
    for (const connection of this.#connections) connection.sweep(nowMs);
  }
}
