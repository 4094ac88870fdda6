/**
 * One client's session, without its connection: a frame in, a frame out.
 *
 *   greeted ──login──> logged in ──logout, 25xx──> ended
 *      └── three failed logins, 2501 ──────────────> ended
 *
 * `hello` is answered in every state and counts as nothing. Frames are given one at a time; the
 * connection waits for the answer of one before it hands over the next, so commands of a session
 * run in order and a slow one holds up only itself.
 */
import type { Clock } from '#base/clock.ts';
import { errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import { clientNetwork } from '#net/client-network.ts';
import { authenticate } from '#registry/flow/authenticate.ts';
import type { Caller } from '#registry/model/caller.ts';
import type { CommandOutcome, RegistryCommand } from '#registry/model/command.ts';
import type { Register } from '#registry/model/register.ts';
import { RESULT, RegistryError, type ResultCode } from '#registry/model/result.ts';
import { type DecodedFrame, decodeFrame, type EppRequest } from './decode-frame.ts';
import type { LoginRequest } from './decode-login.ts';
import { encodeGreeting } from './encode-greeting.ts';
import { type ChosenServices, encodeDone, encodeOutcome, encodeRefusal } from './encode-result.ts';
import type { EppLimits } from './epp-limits.ts';
import type { EppMetrics } from './epp-metrics.ts';
import type { LoginLine } from './login-line.ts';
import type { EppSchemas } from './schemas.ts';

/** Where commands are done: the register's `CommandRunner`. */
export interface CommandPort {
  /** @throws RegistryError what refuses the command */
  run(command: RegistryCommand, caller: Caller): Promise<CommandOutcome>;
}

/** What the sessions of a server share. */
export interface SessionShare {
  runner: CommandPort;
  register: Register;
  schemas: EppSchemas;
  clock: Clock;
  random: Random;
  log: Log;
  limits: EppLimits;
  metrics: EppMetrics;
  logins: LoginLine;
  serverId: string;
  nextSvTrid(): string;
}

/** Places that a registrar's sessions take. */
export interface RegistrarPlaces {
  hasRoom(registrar: string): boolean;
  /** False: there is no room, or the connection is gone. */
  take(registrar: string): boolean;
}

/** Who is at the other end. */
export interface EppPeer {
  address: string;
  /** SHA-256 of its certificate, lower-case hex. */
  certificateSha256: string;
}

export interface SessionAnswer {
  xml: string;
  /** The connection is closed once this is sent. */
  ends: boolean;
}

/** A command that got its result, as it is logged and counted. */
interface Told {
  xml: string;
  result: ResultCode;
  ends: boolean;
  reason?: string;
}

const NOTHING_CHOSEN: ChosenServices = { objects: new Set(), extensions: new Set() };

export class EppSession {
  readonly #share: SessionShare;
  readonly #peer: EppPeer;
  readonly #places: RegistrarPlaces;
  #registrar: string | undefined;
  #chosen = NOTHING_CHOSEN;
  #failedLogins = 0;

  constructor(share: SessionShare, peer: EppPeer, places: RegistrarPlaces) {
    this.#share = share;
    this.#peer = peer;
    this.#places = places;
  }

  /** Who is logged in. */
  get registrar(): string | undefined {
    return this.#registrar;
  }

  greeting(): string {
    const { serverId, clock } = this.#share;
    return encodeGreeting(serverId, clock.nowMs());
  }

  /**
   * Answers a frame.
   * @param octets its XML
   * @param isOverloaded the session has been too fast for too long: nothing is done
   */
  async answer(octets: Uint8Array, isOverloaded: boolean): Promise<SessionAnswer> {
    const { clock, metrics, schemas } = this.#share;
    const beganUs = clock.monotonicUs();
    const frame = decodeFrame(octets, schemas);
    const { request } = frame;
    if ('type' in request && request.type === 'hello') {
      metrics.answered('hello', RESULT.done, (clock.monotonicUs() - beganUs) / 1e6);
      return { xml: this.greeting(), ends: false };
    }
    const svTrid = this.#share.nextSvTrid();
    const told = isOverloaded
      ? this.#refuse(overload(this.#share.limits), frame, svTrid)
      : await this.#do(request, frame, svTrid);
    const seconds = (clock.monotonicUs() - beganUs) / 1e6;
    metrics.answered(frame.name, told.result, seconds);
    this.#log(frame, told, svTrid, seconds);
    return { xml: told.xml, ends: told.ends };
  }

  /** Tells a client, in place of the greeting or of an answer, why the connection is closed. */
  farewell(result: 2500 | 2501 | 2502, reason: string): string {
    const svTrid = this.#share.nextSvTrid();
    return encodeRefusal({ result, reason, offender: undefined }, { svTrid });
  }

  async #do(
    request: EppRequest | RegistryError,
    frame: DecodedFrame,
    svTrid: string,
  ): Promise<Told> {
    try {
      if (request instanceof RegistryError) throw request;
      return await this.#perform(request, frame, svTrid);
    } catch (error) {
      if (error instanceof RegistryError) return this.#refuse(error, frame, svTrid);
      const { log } = this.#share;
      log.error(
        { svTrid, command: frame.name, error: errorMessage(error) },
        'an EPP command failed',
      );
      const reason = `nothing is known to have been done; the registry finds it as ${svTrid}`;
      return this.#refuse(new RegistryError(RESULT.failed, reason), frame, svTrid);
    }
  }

  async #perform(request: EppRequest, frame: DecodedFrame, svTrid: string): Promise<Told> {
    const ids = { clTrid: frame.clTrid, svTrid };
    if (request.type === 'login') {
      await this.#login(request.login, this.#caller(request.login.id, frame, svTrid));
      return { xml: encodeDone(RESULT.done, ids), result: RESULT.done, ends: false };
    }
    if (this.#registrar === undefined || request.type === 'hello') {
      throw new RegistryError(RESULT.use, 'log in first');
    }
    if (request.type === 'logout') {
      return { xml: encodeDone(RESULT.ending, ids), result: RESULT.ending, ends: true };
    }
    demandChosen(request.objects, this.#chosen.objects);
    demandChosen(request.extensions, this.#chosen.extensions);
    const caller = this.#caller(this.#registrar, frame, svTrid);
    const outcome = await this.#share.runner.run(request.command, caller);
    return {
      xml: encodeOutcome(outcome, this.#chosen, ids),
      result: outcome.result,
      ends: false,
    };
  }

  async #login(login: LoginRequest, caller: Caller): Promise<void> {
    if (this.#registrar !== undefined) {
      throw new RegistryError(RESULT.use, `this session is logged in as ${this.#registrar}`);
    }
    const { register, clock, random } = this.#share;
    const { id, password, newPassword, objects, extensions } = login;
    // Who is not let in keeps the old password, and hears of it only with the right one.
    const isChanging = newPassword !== undefined && this.#places.hasRoom(id);
    const { address, certificateSha256 } = this.#peer;
    const credentials = { id, password, ...(isChanging && { newPassword }) };
    const registrar = await this.#share.logins.run(clientNetwork(address), () =>
      authenticate(
        { register, clock, random },
        { ...credentials, address, certificateSha256 },
        caller,
      ),
    );
    if (!this.#places.take(registrar.id)) {
      const reason = `${registrar.id} has as many sessions as it may`;
      throw new RegistryError(RESULT.limitClosing, reason);
    }
    this.#registrar = registrar.id;
    this.#chosen = { objects, extensions };
  }

  #caller(registrar: string, { clTrid }: DecodedFrame, svTrid: string): Caller {
    return {
      registrar,
      address: this.#peer.address,
      ...(clTrid !== undefined && { clTrid }),
      svTrid,
      receivedAtMs: this.#share.clock.nowMs(),
    };
  }

  #refuse(error: RegistryError, frame: DecodedFrame, svTrid: string): Told {
    const { metrics, limits } = this.#share;
    const { reason, offender } = error;
    let { result } = error;
    if (result === RESULT.authentication) {
      this.#failedLogins += 1;
      if (this.#failedLogins >= limits.loginFailuresMax) {
        metrics.refused('login-failures');
        result = RESULT.authenticationClosing;
      }
    }
    if (result === RESULT.limitClosing) metrics.refused('registrar-sessions');
    const xml = encodeRefusal({ result, reason, offender }, { clTrid: frame.clTrid, svTrid });
    return { xml, result, ends: result >= RESULT.failedClosing, reason };
  }

  /** Every svTRID is in the log; what commands say is not: secrets and persons are in it. */
  #log({ name, clTrid }: DecodedFrame, told: Told, svTrid: string, seconds: number): void {
    const { address } = this.#peer;
    const { result, reason } = told;
    const ms = Math.round(seconds * 1e6) / 1000;
    const registrar = this.#registrar;
    this.#share.log.info(
      { svTrid, clTrid, registrar, address, command: name, result, reason, ms },
      'EPP',
    );
  }
}

/** @throws RegistryError 2002 for what was not chosen at login */
function demandChosen(used: readonly string[], chosen: ReadonlySet<string>): void {
  const strange = used.find((uri) => !chosen.has(uri));
  if (strange === undefined) return;
  throw new RegistryError(RESULT.use, `${strange} was not chosen at login`);
}

function overload({ commandsPerSecond }: EppLimits): RegistryError {
  const reason = `more than ${commandsPerSecond} commands a second for too long; send more slowly`;
  return new RegistryError(RESULT.failed, reason);
}
