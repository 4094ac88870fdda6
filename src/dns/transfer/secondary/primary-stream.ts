/**
 * One connection to a primary, over TCP (RFC 7766) or TLS (RFC 9103): messages out, messages in,
 * one at a time. TLS is strict: version 1.3, and the primary proves to be the one configured, by a
 * certificate for its name or by its public key, or there is no connection.
 *
 * Reading is by demand: what nobody asks for stays in the kernel, so a primary that sends faster
 * than we store is slowed down, and costs no more memory than one chunk and one frame.
 */
import { createHash, type X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import { FrameReader } from '#net/stream-frames.ts';
import { formatPrimary, type Primary, type PrimaryTls } from './primary.ts';
import { TransferError } from './transfer-error.ts';

/** RFC 7858 section 3.1, RFC 9103 section 7.1. */
const ALPN = 'dot';
const CLOSED = 'it closed the connection too early';

export class PrimaryStream {
  readonly #socket: Socket;
  readonly #where: string;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #frames: Uint8Array[] = [];
  readonly #reader: FrameReader;

  private constructor(socket: Socket, where: string) {
    this.#socket = socket;
    this.#where = where;
    this.#chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    this.#reader = new FrameReader((octets, at, size) => {
      this.#frames.push(Uint8Array.from(octets.subarray(at, at + size)));
      return true;
    });
  }

  /**
   * @param connectMsMax for the connection, and again for the handshake
   * @param signal breaks off whatever is under way
   * @throws TransferError TRANSFER_UNREACHABLE, TRANSFER_TIMEOUT, TRANSFER_TLS, TRANSFER_STOPPED
   */
  static async open(
    primary: Primary,
    connectMsMax: number,
    signal: AbortSignal,
  ): Promise<PrimaryStream> {
    if (signal.aborted) throw stopped();
    const where = formatPrimary(primary);
    const { address: host, port, source, tls } = primary;
    let socket: Socket = connect({
      host,
      port,
      noDelay: true,
      ...(source !== undefined && { localAddress: source }),
    });
    // Told by who waits or reads; without a listener the process would end.
    socket.on('error', () => undefined);
    const stop = (): void => void socket.destroy(stopped());
    signal.addEventListener('abort', stop);
    try {
      await waitFor(socket, 'connect', where, connectMsMax);
      if (tls !== undefined) socket = await openTls(socket, tls, where, connectMsMax);
    } catch (error) {
      signal.removeEventListener('abort', stop);
      socket.destroy();
      throw signal.aborted ? stopped() : error;
    }
    if (tls !== undefined) socket.on('error', () => undefined);
    socket.on('close', () => signal.removeEventListener('abort', stop));
    return new PrimaryStream(socket, where);
  }

  /** The message with its length in front (RFC 1035 section 4.2.2). */
  send(message: Uint8Array): void {
    const frame = new Uint8Array(2 + message.length);
    frame[0] = message.length >>> 8;
    frame[1] = message.length;
    frame.set(message, 2);
    this.#socket.write(frame);
  }

  /**
   * The next message.
   * @throws TransferError TRANSFER_TIMEOUT when it is not there after `waitMsMax`,
   *   TRANSFER_UNREACHABLE when the primary closes before it, TRANSFER_TLS, TRANSFER_STOPPED; the
   *   connection is of no use afterwards
   */
  async next(waitMsMax: number): Promise<Uint8Array> {
    const timer = setTimeout(() => {
      const message = `${this.#where}: no message within ${waitMsMax} ms`;
      this.#socket.destroy(new TransferError('TRANSFER_TIMEOUT', message));
    }, waitMsMax);
    try {
      for (;;) {
        const frame = this.#frames.shift();
        if (frame !== undefined) return frame;
        const { value, done } = await this.#chunks.next();
        if (done === true) throw unreachable(this.#where, CLOSED);
        this.#reader.push(value);
      }
    } catch (error) {
      this.close();
      throw connectionError(this.#where, error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** False once the primary has closed its side or the connection is gone. */
  get isUsable(): boolean {
    return this.#socket.writable && !this.#socket.readableEnded && !this.#socket.destroyed;
  }

  close(): void {
    this.#socket.destroy();
  }
}

async function openTls(
  socket: Socket,
  tls: PrimaryTls,
  where: string,
  waitMsMax: number,
): Promise<TLSSocket> {
  const name = tls.name?.replace(/\.$/, '');
  let secure: TLSSocket;
  try {
    secure = connectTls({
      socket,
      minVersion: 'TLSv1.3',
      ALPNProtocols: [ALPN],
      // With pins the key decides, below, whoever signed the certificate.
      rejectUnauthorized: tls.pins.length === 0,
      ...(name !== undefined && { servername: name, host: name }),
      ...(tls.ca !== undefined && { ca: tls.ca }),
      ...(tls.certificate !== undefined && { cert: tls.certificate }),
      ...(tls.key !== undefined && { key: tls.key }),
    });
  } catch (error) {
    throw untrusted(where, error);
  }
  try {
    await waitFor(secure, 'secureConnect', where, waitMsMax);
    checkPin(secure.getPeerX509Certificate(), tls.pins);
  } catch (error) {
    secure.destroy();
    throw error instanceof TransferError && error.code !== 'TRANSFER_UNREACHABLE'
      ? error
      : untrusted(where, error);
  }
  return secure;
}

/** @throws Error when the certificate's public key is none of those that are expected */
function checkPin(certificate: X509Certificate | undefined, pins: readonly string[]): void {
  if (pins.length === 0) return;
  const key = certificate?.publicKey.export({ type: 'spki', format: 'der' });
  const pin = key && createHash('sha256').update(key).digest('base64');
  if (pin !== undefined && pins.includes(pin)) return;
  throw new Error(`its public key is not one of those configured (it is ${pin ?? 'missing'})`);
}

/** @throws TransferError TRANSFER_TIMEOUT, and as `connectionError` */
async function waitFor(
  socket: Socket,
  event: string,
  where: string,
  waitMsMax: number,
): Promise<void> {
  const timer = setTimeout(() => {
    const what = event === 'connect' ? 'connection' : 'TLS handshake';
    const message = `${where}: no ${what} within ${waitMsMax} ms; is a firewall in between?`;
    socket.destroy(new TransferError('TRANSFER_TIMEOUT', message));
  }, waitMsMax);
  const closed = new AbortController();
  const onClose = (): void => closed.abort();
  socket.once('close', onClose);
  try {
    await once(socket, event, { signal: closed.signal });
  } catch (error) {
    if (closed.signal.aborted) throw unreachable(where, CLOSED);
    throw connectionError(where, error);
  } finally {
    socket.off('close', onClose);
    clearTimeout(timer);
  }
}

/** What a socket failed with, in our words. */
function connectionError(where: string, error: unknown): TransferError {
  if (error instanceof TransferError) return error;
  // An alert of TLS 1.3 that refuses our certificate arrives when the handshake is over.
  if (errorCode(error)?.startsWith('ERR_SSL') === true) return untrusted(where, error);
  if (errorCode(error) === 'ERR_STREAM_PREMATURE_CLOSE') return unreachable(where, CLOSED, error);
  return unreachable(where, errorMessage(error), error);
}

function unreachable(where: string, reason: string, cause?: unknown): TransferError {
  return new TransferError('TRANSFER_UNREACHABLE', `${where}: ${reason}`, { cause });
}

function untrusted(where: string, cause: unknown): TransferError {
  // OpenSSL's own text is of many lines; what it means is apart.
  const hasReason = cause instanceof Error && 'reason' in cause && typeof cause.reason === 'string';
  const reason = hasReason ? String(cause.reason) : errorMessage(cause);
  const message = `${where}: no trusted TLS: ${reason}; correct the primary's tls`;
  return new TransferError('TRANSFER_TLS', message, { cause });
}

function stopped(): TransferError {
  return new TransferError('TRANSFER_STOPPED', 'the server is being stopped');
}
