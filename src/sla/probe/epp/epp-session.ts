/**
 * A session with an EPP server (RFC 5730, RFC 5734): TLS with a client certificate, greeting, then
 * commands one at a time. It only carries: what is asked and what an answer is worth is said
 * elsewhere. Every wait ends with the signal that the session was opened with.
 */
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import type { ListenAddress } from '#net/listen-address.ts';
import { AttemptFailure } from '../timed-attempt.ts';
import { buildEppFrame, EppFrames } from './epp-frames.ts';
import { parseXml, type XmlElement } from './xml-element.ts';

export interface EppTls {
  /** That the server's certificate must be for; also sent as SNI. */
  name: string;
  /** PEM texts. `ca` absent: the authorities of Node. */
  ca?: string | undefined;
  certificate?: string | undefined;
  key?: string | undefined;
}

export const EPP_NAMESPACE = 'urn:ietf:params:xml:ns:epp-1.0';
/** Answers that may wait unread; the server speaks when it is asked. */
const UNREAD_MAX = 4;

export class EppSession {
  readonly #socket: TLSSocket;
  readonly #signal: AbortSignal;
  readonly #frames = new EppFrames();
  readonly #unread: string[] = [];
  #failure: Error | undefined;
  #isEnded = false;
  #wake: () => void = () => undefined;

  private constructor(socket: TLSSocket, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('end', () => {
      this.#isEnded = true;
      this.#wake();
    });
    signal.addEventListener('abort', () => this.#fail(new AttemptFailure('timeout')), {
      once: true,
    });
  }

  /** Connects and reads the greeting. @throws AttemptFailure and what sockets throw */
  static async open(server: ListenAddress, tls: EppTls, signal: AbortSignal): Promise<EppSession> {
    const socket = connect({
      host: server.address,
      port: server.port,
      servername: tls.name,
      ...(tls.ca !== undefined && { ca: tls.ca }),
      ...(tls.certificate !== undefined && { cert: tls.certificate }),
      ...(tls.key !== undefined && { key: tls.key }),
    });
    socket.setNoDelay(true);
    const session = new EppSession(socket, signal);
    try {
      await once(socket, 'secureConnect', { signal });
      const greeting = await session.#next();
      if (greeting.children[0]?.name !== 'greeting') throw new AttemptFailure('malformed');
      return session;
    } catch (error) {
      session.close();
      throw error;
    }
  }

  /** Sends a command and gives the `epp` element of the answer. @throws AttemptFailure */
  async ask(xml: string): Promise<XmlElement> {
    this.#socket.write(buildEppFrame(xml));
    const root = await this.#next();
    if (root.children[0]?.name !== 'response') throw new AttemptFailure('malformed');
    return root;
  }

  /** Closes this side and waits for the server to close its own. @throws AttemptFailure */
  async end(): Promise<void> {
    this.#socket.end();
    while (!this.#isEnded) await this.#wait();
  }

  /** Lets go of the connection, at once. */
  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    const texts = this.#frames.add(chunk);
    if (texts === undefined || this.#unread.length + texts.length > UNREAD_MAX) {
      this.#fail(new AttemptFailure('malformed'));
      return;
    }
    this.#unread.push(...texts);
    this.#wake();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#socket.destroy();
    this.#wake();
  }

  async #next(): Promise<XmlElement> {
    for (;;) {
      const text = this.#unread.shift();
      if (text !== undefined) {
        const root = parseXml(text);
        if (root?.name === 'epp' && root.namespace === EPP_NAMESPACE) return root;
        throw new AttemptFailure('malformed');
      }
      if (this.#isEnded) throw new AttemptFailure('connection-closed');
      await this.#wait();
    }
  }

  async #wait(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#signal.aborted) throw new AttemptFailure('timeout');
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    await promise;
    if (this.#failure !== undefined && this.#unread.length === 0) throw this.#failure;
  }
}
