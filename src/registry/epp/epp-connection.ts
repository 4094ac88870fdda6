/**
 * One TLS connection: octets in, data units to its session, answers out, and how long and how much
 * of either it may take.
 *
 *   handshake ──> reading ──(a unit is whole)──> answering ──> reading ──> … ──> ending ──> closed
 *
 * While a command is answered nothing is read, so a client that pipelines fills its own TCP window
 * and not our memory; what came behind the unit in work is answered next, in order. An answer is
 * written in one piece, so none is ever sent by half. A client that hangs up leaves its command to
 * be done or refused as if it had stayed.
 */
import type { TLSSocket } from 'node:tls';
import { readPeerCertificate } from '#net/peer-certificate.ts';
import { CommandPace } from './command-pace.ts';
import type { EppLimits } from './epp-limits.ts';
import type { EppRefusal } from './epp-metrics.ts';
import { EppSession, type SessionShare } from './epp-session.ts';
import { buildFrame, EppFrameReader } from './frame-reader.ts';

/** What a connection asks of its server. */
export interface ConnectionShare {
  session: SessionShare;
  /** Milliseconds of a clock that never steps back. */
  nowMs(): number;
  hasRoom(registrar: string): boolean;
  takePlace(registrar: string): boolean;
  /** It is logged in, or closed. */
  changed(): void;
}

export class EppConnection {
  readonly client: string;

  readonly #socket: TLSSocket;
  readonly #address: string;
  readonly #share: ConnectionShare;
  readonly #refusal: EppRefusal | undefined;
  readonly #frames: EppFrameReader;
  readonly #pace: CommandPace;
  readonly #openedAtMs: number;
  #session: EppSession | undefined;
  #loggedInAtMs = 0;
  /** Last answer, or the start. */
  #activeAtMs: number;
  /** Since when a unit is incomplete, the handshake counting as one; 0: none is. */
  #frameSinceMs: number;
  #unsentSize = 0;
  /** When the client last took something of what waits for it. */
  #takenAtMs: number;
  #onTaken: (() => void) | undefined;
  /** When our side was closed; 0: it is open. */
  #endedAtMs = 0;
  #isAnswering = false;
  #isEnding = false;
  #isClosed = false;

  /**
   * @param client what counts as one client: client-network.ts
   * @param refusal why it is only let in to be told so
   */
  constructor(
    socket: TLSSocket,
    { address, client }: { address: string; client: string },
    share: ConnectionShare,
    refusal: EppRefusal | undefined,
  ) {
    const nowMs = share.nowMs();
    const { limits } = share.session;
    this.client = client;
    this.#socket = socket;
    this.#address = address;
    this.#share = share;
    this.#refusal = refusal;
    this.#frames = new EppFrameReader(limits.frameSizeMax);
    this.#pace = new CommandPace(limits, nowMs);
    this.#openedAtMs = nowMs;
    this.#activeAtMs = nowMs;
    this.#frameSinceMs = nowMs;
    this.#takenAtMs = nowMs;
    socket.setNoDelay(true);
    socket.on('secure', () => this.#begin());
    socket.on('data', (chunk: Uint8Array) => this.#take(chunk));
    socket.on('end', () => this.finish());
    socket.on('error', () => this.#fail());
  }

  /** Who is logged in on it. */
  get registrar(): string | undefined {
    return this.#session?.registrar;
  }

  /** It is only let in to be told that it is not. */
  get isRefused(): boolean {
    return this.#refusal !== undefined;
  }

  /** No more commands: answers the one in work and closes. */
  finish(): void {
    this.#isEnding = true;
    if (!this.#isAnswering) this.#endStream();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** The socket has closed; to be called once. */
  closed(): void {
    this.#isClosed = true;
    this.#onTaken?.();
  }

  /** Ends it where one of its times is over. */
  sweep(nowMs: number): void {
    const { limits, metrics } = this.#share.session;
    const isLingering = this.#endedAtMs !== 0 && nowMs - this.#endedAtMs > limits.closeGraceMs;
    const refusal = this.#overdue(nowMs, limits);
    if (refusal !== undefined) metrics.refused(refusal);
    if (isLingering || refusal !== undefined) this.#socket.destroy();
  }

  #overdue(nowMs: number, limits: EppLimits): EppRefusal | undefined {
    if (this.#unsentSize > 0 && nowMs - this.#takenAtMs > limits.unsentTimeoutMs) return 'unsent';
    if (this.#isAnswering || this.#endedAtMs !== 0) return undefined;
    if (this.#frameSinceMs !== 0 && nowMs - this.#frameSinceMs > limits.frameTimeoutMs) {
      return 'frame-timeout';
    }
    if (this.#loggedInAtMs === 0) {
      return nowMs - this.#openedAtMs > limits.loginTimeoutMs ? 'login-timeout' : undefined;
    }
    if (nowMs - this.#loggedInAtMs > limits.sessionTimeoutMs) return 'session-timeout';
    return nowMs - this.#activeAtMs > limits.idleTimeoutMs ? 'idle' : undefined;
  }

  /** The handshake is done: greets, or says why not. */
  #begin(): void {
    const { session: share } = this.#share;
    this.#frameSinceMs = 0;
    const certificate = readPeerCertificate(this.#socket);
    const peer = {
      address: this.#address,
      certificateSha256: certificate?.fingerprint256.replaceAll(':', '').toLowerCase() ?? '',
    };
    const session = new EppSession(share, peer, {
      hasRoom: (registrar) => this.#share.hasRoom(registrar),
      take: (registrar) => !this.#isClosed && this.#share.takePlace(registrar),
    });
    if (this.#refusal !== undefined) {
      this.#end(session.farewell(2502, 'there are too many connections; close some, or wait'));
      return;
    }
    if (certificate?.isAuthorized !== true) {
      share.metrics.refused('certificate');
      const reason = 'come with a certificate of an authority that this registry trusts';
      this.#end(session.farewell(2501, reason));
      return;
    }
    this.#session = session;
    this.#send(session.greeting());
  }

  #take(chunk: Uint8Array): void {
    if (this.#isEnding || this.#session === undefined) return;
    this.#frames.push(chunk);
    if (this.#frameSinceMs === 0) this.#frameSinceMs = this.#share.nowMs();
    if (!this.#isAnswering) void this.#answerAll(this.#session);
  }

  /** Answers every unit that is whole. Never rejects. */
  async #answerAll(session: EppSession): Promise<void> {
    this.#isAnswering = true;
    this.#socket.pause();
    try {
      for (;;) {
        const octets = this.#isEnding || this.#isClosed ? undefined : this.#frames.next();
        if (octets === undefined) break;
        await this.#answer(session, octets);
        this.#frameSinceMs = this.#share.nowMs();
      }
    } catch (error) {
      // A length that cannot be: where the next unit would begin, nobody knows.
      if (!(error instanceof RangeError)) throw error;
      this.#share.session.metrics.refused('frame-size');
      this.#isEnding = true;
    }
    this.#isAnswering = false;
    if (this.#frames.heldSize === 0) this.#frameSinceMs = 0;
    if (this.#isEnding) this.#endStream();
    else this.#socket.resume();
  }

  async #answer(session: EppSession, octets: Uint8Array): Promise<void> {
    const { limits, metrics } = this.#share.session;
    const waitMs = this.#pace.take(this.#share.nowMs());
    if (waitMs > 0) await this.#wait(waitMs);
    const isOverloaded = this.#pace.isOverloaded(this.#share.nowMs());
    if (isOverloaded) metrics.refused('overload');
    const { xml, ends } = await session.answer(octets, isOverloaded);
    this.#activeAtMs = this.#share.nowMs();
    if (session.registrar !== undefined && this.#loggedInAtMs === 0) {
      this.#loggedInAtMs = this.#activeAtMs;
      this.#share.changed();
    }
    if (this.#isClosed) return;
    this.#send(xml);
    if (ends) this.#isEnding = true;
    while (this.#unsentSize > limits.unsentSizeMax && !this.#isClosed) await this.#untilTaken();
  }

  /** A time in which nothing is read; shorter if the connection closes. */
  async #wait(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#onTaken = () => this.#isClosed && resolve();
    await promise;
    this.#onTaken = undefined;
    clearTimeout(timer);
  }

  async #untilTaken(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onTaken = resolve;
    await promise;
    this.#onTaken = undefined;
  }

  #send(xml: string): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    const frame = buildFrame(xml);
    if (this.#unsentSize === 0) this.#takenAtMs = this.#share.nowMs();
    this.#unsentSize += frame.length;
    this.#socket.write(frame, () => {
      this.#unsentSize -= frame.length;
      this.#takenAtMs = this.#share.nowMs();
      this.#onTaken?.();
    });
  }

  /** Says a last thing and closes. */
  #end(xml: string): void {
    this.#send(xml);
    this.finish();
  }

  #endStream(): void {
    this.#endedAtMs = this.#share.nowMs();
    this.#socket.end();
    // What the client still sends is for nobody, but its end is behind it.
    this.#socket.resume();
  }

  #fail(): void {
    if (this.#frameSinceMs !== 0 && this.#session === undefined) {
      this.#share.session.metrics.refused('handshake');
    }
    this.#socket.destroy();
  }
}
