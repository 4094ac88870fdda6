/**
 * The EPP server (RFC 5734): accepts TLS connections with a client certificate, gives each a
 * session, and holds the limits that connections share.
 */
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import type { ListenAddress } from '#net/listen-address.ts';
import type { Caller } from '#registry/model/caller.ts';
import type { CommandOutcome, RegistryCommand } from '#registry/model/command.ts';
import type { Register } from '#registry/model/register.ts';
import type { EppLimits } from './epp-limits.ts';
import type { EppMetrics } from './epp-metrics.ts';

/** Where commands are done: the register's `CommandRunner`. */
export interface CommandPort {
  /** @throws RegistryError what refuses the command */
  run(command: RegistryCommand, caller: Caller): Promise<CommandOutcome>;
}

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
   * @throws NetError NET_TLS_CREDENTIALS; the old ones stay
   */
  reload(): Promise<void>;
  /** No more connections; commands under way are answered within `closeGraceMs`. */
  close(): Promise<void>;
}

/** @throws NetError as `listen` of StreamServer, and NET_TLS_CREDENTIALS */
export async function startEppServer(_options: EppServerOptions): Promise<EppServer> {
  throw new Error('not there yet');
}
