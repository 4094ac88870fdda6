/**
 * Backups on an SFTP server: `DIRECTORY/ID/FILE`, folders 0700 and files 0600. A file is written as
 * `FILE.partial`, synced where the server can (fsync@openssh.com), and renamed over its name. The
 * server's host key must be the configured one: without it nobody would know who holds the backups.
 *
 * One connection serves what is asked together, and is closed when nothing was asked for a while.
 * Whatever makes no progress for too long loses the connection, and with it its errand.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { connect as connectSocket } from 'node:net';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import SftpClient from 'ssh2-sftp-client';
import { errorMessage } from '#base/coded-error.ts';
import { type BackupLocation, MANIFEST_NAME } from './location.ts';
import { LocationError } from './location-error.ts';
import { Silence } from './silence.ts';

export interface SftpOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** A private key as text, without a passphrase; or a password. */
  readonly privateKey?: string;
  readonly password?: string;
  /** `SHA256:…` as ssh-keygen -l prints it, or the key as in known_hosts or a .pub file. */
  readonly hostKey: string;
  /** On the server; made where it is missing. */
  readonly directory: string;
  /** Without progress for so long an errand is given up. Default: SILENCE_MS. */
  readonly silenceMs?: number;
}

const SILENCE_MS = 60_000;
const IDLE_MS = 5_000;
/** Below this many free octets a write that failed without a reason failed for want of room. */
const ROOM_OCTETS_MIN = 1 << 20;
const READ_OCTETS = 256 << 10;
/** SSH_FX_NO_SUCH_FILE of the protocol. */
const NO_SUCH_FILE = 2;

/** What `connect` gives: the protocol's own operations, for those that the client lacks. */
type Wrapper = Awaited<ReturnType<SftpClient['connect']>>;

interface Session {
  readonly client: SftpClient;
  readonly wrapper: Wrapper;
  /** Ends it at once, whatever is under way. */
  readonly destroy: () => void;
}

export class SftpLocation implements BackupLocation {
  readonly name: string;
  readonly #options: SftpOptions;
  #session: Promise<Session> | undefined;
  #users = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(name: string, options: SftpOptions) {
    this.name = name;
    this.#options = options;
  }

  async listIds(): Promise<string[]> {
    return this.#use(async ({ client }) => {
      const entries = await client.list(this.#options.directory).catch(absent);
      return (entries ?? []).filter(({ type }) => type === 'd').map(({ name }) => name);
    });
  }

  async hasFile(id: string, file: string): Promise<boolean> {
    return this.#use(async ({ client }) => (await client.exists(this.#path(id, file))) === '-');
  }

  async writeFile(id: string, file: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    await this.#use(async ({ client, wrapper }, silence) => {
      await this.#makeFolder(client, this.#options.directory);
      await this.#makeFolder(client, this.#path(id));
      const path = this.#path(id, file);
      const draft = `${path}.partial`;
      try {
        const stream = client.createWriteStream(draft, { flags: 'w', mode: 0o600 });
        stream.on('error', ignore);
        await pipeline(Readable.from(content, { objectMode: false }), progress(silence), stream);
        await syncFile(wrapper, draft);
        await client.posixRename(draft, path);
      } catch (error) {
        await client.delete(draft, true).catch(() => {});
        throw (await this.#hasRoom(wrapper)) ? error : noRoom(error);
      }
    });
  }

  async *readFile(id: string, file: string): AsyncGenerator<Uint8Array> {
    const { session, silence, end } = await this.#begin();
    try {
      const { client } = await session;
      const options = { highWaterMark: READ_OCTETS };
      const stream = client.createReadStream(this.#path(id, file), options);
      stream.on('error', ignore);
      for await (const chunk of stream) {
        const octets = chunk as Uint8Array;
        silence.progress(octets.length);
        yield octets;
      }
    } catch (error) {
      throw silence.explain(explain(error));
    } finally {
      end();
    }
  }

  async remove(id: string): Promise<void> {
    await this.#use(async ({ client }) => {
      await client.delete(this.#path(id, MANIFEST_NAME), true).catch(absent);
      if (await client.exists(this.#path(id))) await client.rmdir(this.#path(id), true);
    });
  }

  #path(...parts: string[]): string {
    return [this.#options.directory, ...parts].join('/');
  }

  async #makeFolder(client: SftpClient, path: string): Promise<void> {
    if (await client.exists(path)) return;
    await client.mkdir(path, true);
    await client.chmod(path, 0o700);
  }

  async #use<T>(work: (session: Session, silence: Silence) => Promise<T>): Promise<T> {
    const { session, silence, end } = await this.#begin();
    try {
      return await work(await session, silence);
    } catch (error) {
      throw silence.explain(explain(error));
    } finally {
      end();
    }
  }

  /** Takes part in the connection, which is made where there is none. */
  async #begin() {
    clearTimeout(this.#idle);
    this.#users += 1;
    const silence = new Silence(this.#options.silenceMs ?? SILENCE_MS);
    const session = (this.#session ??= this.#connect());
    const giveUp = (): void => {
      this.#forget(session);
    };
    silence.signal.addEventListener('abort', giveUp);
    session.catch(giveUp);
    const end = (): void => {
      silence.end();
      this.#users -= 1;
      if (this.#users > 0) return;
      this.#idle = setTimeout(() => this.#forget(session), IDLE_MS);
      this.#idle.unref();
    };
    return { session: Promise.race([session, refusalAt(silence)]), silence, end };
  }

  #forget(session: Promise<Session>): void {
    if (this.#session === session) this.#session = undefined;
    session.then(
      ({ destroy }) => destroy(),
      () => {},
    );
  }

  async #connect(): Promise<Session> {
    const { host, port, user, privateKey, password, hostKey, silenceMs } = this.#options;
    const client = new SftpClient('holdfast', { error: ignore, end: ignore, close: ignore });
    const sock = connectSocket({ host, port, noDelay: true });
    sock.on('error', ignore);
    let isKnown = true;
    try {
      const wrapper = await client.connect({
        sock,
        username: user,
        ...(privateKey !== undefined && { privateKey }),
        ...(password !== undefined && { password }),
        hostVerifier: (key: Buffer) => (isKnown = isHostKey(key, hostKey)),
        readyTimeout: silenceMs ?? SILENCE_MS,
      });
      sock.on('close', () => {
        this.#session = undefined;
      });
      sock.unref();
      return { client, wrapper, destroy: () => sock.destroy() };
    } catch (error) {
      sock.destroy();
      if (isKnown) throw error;
      throw new LocationError(
        'LOCATION_REFUSED',
        `${host} shows another host key than the configured one: somebody may sit in between`,
      );
    }
  }

  /** True where the server does not say. */
  async #hasRoom(wrapper: Wrapper): Promise<boolean> {
    const { directory } = this.#options;
    return new Promise((resolve) => {
      try {
        wrapper.ext_openssh_statvfs(directory, (error, found) => {
          const { f_bavail: blocks, f_frsize: size } = found ?? {};
          const isKnown = error === undefined && blocks !== undefined && size !== undefined;
          resolve(!isKnown || Number(blocks) * Number(size) >= ROOM_OCTETS_MIN);
        });
      } catch {
        resolve(true);
      }
    });
  }
}

/** Whether the key that a server shows is the configured one. */
export function isHostKey(shown: Uint8Array, configured: string): boolean {
  const digest = createHash('sha256').update(shown).digest();
  const fingerprint = /^SHA256:([A-Za-z0-9+/]+)=*$/.exec(configured.trim())?.[1];
  if (fingerprint !== undefined) {
    const wanted = Buffer.from(fingerprint, 'base64');
    return wanted.length === digest.length && timingSafeEqual(wanted, digest);
  }
  // Every key's base64 begins with the length of its type's name.
  const field = configured.split(/\s+/).find((text) => text.startsWith('AAAA'));
  return field !== undefined && Buffer.from(field, 'base64').equals(shown);
}

/**
 * For events that the errand itself hears of as its failure, and for those that come after its end:
 * a stream closes its handle when all was read, and the server may be gone before it answers that.
 */
function ignore(): void {}

/** Passes octets through and tells of them. */
function progress(silence: Silence): Transform {
  return new Transform({
    transform(chunk, _encoding, done) {
      silence.postpone();
      done(null, chunk);
    },
  });
}

async function refusalAt(silence: Silence): Promise<never> {
  return new Promise((_, reject) => {
    const giveUp = (): void => reject(silence.explain(undefined));
    silence.signal.addEventListener('abort', giveUp);
  });
}

/** A server that cannot sync has taken the file all the same. */
async function syncFile(wrapper: Wrapper, path: string): Promise<void> {
  const handle = await new Promise<Buffer>((resolve, reject) => {
    wrapper.open(path, 'r+', (error, opened) => (error ? reject(error) : resolve(opened)));
  });
  await new Promise<void>((resolve) => {
    try {
      wrapper.ext_openssh_fsync(handle, () => resolve());
    } catch {
      resolve();
    }
  });
  await new Promise<void>((resolve) => {
    wrapper.close(handle, () => resolve());
  });
}

function explain(error: unknown): unknown {
  if (error instanceof LocationError) return error;
  const message = errorMessage(error);
  if (isMissing(error)) {
    return new LocationError('LOCATION_MISSING', message, { cause: error });
  }
  if (/authentication|permission denied/i.test(message)) {
    return new LocationError('LOCATION_REFUSED', message, { cause: error });
  }
  return new LocationError('LOCATION_FAILED', message, { cause: error });
}

function noRoom(cause: unknown): LocationError {
  return new LocationError('LOCATION_FULL', errorMessage(cause), { cause });
}

/** Turns "there is none" into `undefined` and passes on every other error. */
function absent(error: unknown): undefined {
  if (isMissing(error)) return undefined;
  throw error;
}

/** By the protocol's number or by the client's word for it. */
function isMissing(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return error.code === NO_SUCH_FILE || error.code === 'ENOENT';
}
