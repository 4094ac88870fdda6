/**
 * WHOIS over TCP (RFC 3912): a line in, a text out, the connection is closed. A client may end its
 * side before or after the line, end the line with a bare LF, or not at all if it ends its side.
 *
 *     admitted --line within 5 s--> answered, written --taken within 10 s--> closed
 *        \-- too many, too fast --> one line that says so --> closed
 *
 * What a client can make us hold is one line, one answer and one socket.
 */
import { createServer, type Socket } from 'node:net';
import { errorMessage } from '#base/coded-error.ts';
import { KeyedCounts } from '#base/keyed-counts.ts';
import type { Log } from '#base/log.ts';
import { type RequestRates, waitSeconds } from '#base/request-rates.ts';
import { clientNetwork } from '#net/client-network.ts';
import type { ListenAddress } from '#net/listen-address.ts';
import { listenOn } from '#net/listen-server.ts';
import type { Directory } from '../directory.ts';
import type { CountLookup } from '../lookup-outcome.ts';
import { answerWhois, whoisRefusal } from './whois-answer.ts';

export interface WhoisLimits {
  /** Octets of a query, its line end included. */
  querySizeMax: number;
  /** From the connection to the end of its line. */
  queryTimeoutMs: number;
  /** From the answer to the end of the client's side, which has taken it then. */
  answerTimeoutMs: number;
  connectionsMax: number;
  /** Of one IPv4 address or IPv6 /56. */
  connectionsPerClientMax: number;
}

export const WHOIS_LIMITS: Readonly<WhoisLimits> = {
  querySizeMax: 512,
  queryTimeoutMs: 5_000,
  answerTimeoutMs: 10_000,
  connectionsMax: 1_000,
  connectionsPerClientMax: 50,
};

export interface WhoisServerOptions {
  listen: ListenAddress;
  directory: Directory;
  /** Queries of each client. */
  rates: RequestRates;
  count: CountLookup;
  log: Log;
  limits?: Partial<WhoisLimits>;
}

export interface WhoisServer {
  /** Ends open connections. */
  close(): Promise<void>;
}

const NEWLINE = 0x0a;

/** Resolves when it listens. @throws NetError NET_ADDRESS_IN_USE and its like */
export async function startWhoisServer(options: WhoisServerOptions): Promise<WhoisServer> {
  const door = new WhoisDoor(options);
  const server = createServer({ allowHalfOpen: true }, (socket) => door.admit(socket));
  await listenOn(server, options.listen, { doing: 'listen for WHOIS on' });
  server.on('error', (error) => options.log.warn({ err: error }, 'WHOIS cannot accept'));
  return {
    close: async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      door.close();
      await promise;
    },
  };
}

class WhoisDoor {
  readonly #options: WhoisServerOptions;
  readonly #limits: WhoisLimits;
  readonly #sockets = new Set<Socket>();
  readonly #perClient = new KeyedCounts();

  constructor(options: WhoisServerOptions) {
    this.#options = options;
    this.#limits = { ...WHOIS_LIMITS, ...options.limits };
  }

  admit(socket: Socket): void {
    const client = clientNetwork(socket.remoteAddress ?? '');
    // A reset is a client's way to leave; 'close' follows.
    socket.on('error', () => socket.destroy());
    if (this.#sockets.size >= this.#limits.connectionsMax) {
      this.#options.count('whois', 'limited');
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    const ofClient = this.#perClient.add(client);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#perClient.remove(client);
    });
    if (ofClient > this.#limits.connectionsPerClientMax) {
      this.#options.count('whois', 'limited');
      this.#finish(socket, whoisRefusal('too many connections from your address at a time'));
      return;
    }
    this.#readLine(socket, (line) => void this.#answer(socket, client, line));
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #readLine(socket: Socket, onLine: (line: string) => void): void {
    const { querySizeMax, queryTimeoutMs } = this.#limits;
    const chunks: Uint8Array[] = [];
    let size = 0;
    let isDone = false;
    const finish = (): boolean => {
      clearTimeout(timer);
      socket.removeListener('end', onEnd);
      const isFirst = !isDone;
      isDone = true;
      return isFirst;
    };
    const onTimeout = (): void => {
      this.#refuse(socket, finish(), `no query within ${queryTimeoutMs / 1000} s`);
    };
    const timer = setTimeout(onTimeout, queryTimeoutMs);
    const onEnd = (): void => {
      if (!finish()) return;
      if (size === 0) socket.end();
      else onLine(Buffer.concat(chunks).toString('utf8'));
    };
    socket.on('end', onEnd);
    socket.on('close', () => clearTimeout(timer));
    socket.on('data', (chunk: Uint8Array) => {
      // What comes behind the line is read and forgotten, so that closing does not reset.
      if (isDone) return;
      const at = chunk.indexOf(NEWLINE);
      const part = at === -1 ? chunk : chunk.subarray(0, at);
      size += part.length;
      chunks.push(part);
      if (size > querySizeMax) {
        this.#refuse(socket, finish(), `a query has at most ${querySizeMax} octets`);
      } else if (at !== -1 && finish()) {
        onLine(Buffer.concat(chunks).toString('utf8'));
      }
    });
  }

  #refuse(socket: Socket, isFirst: boolean, reason: string): void {
    if (!isFirst) return;
    this.#options.count('whois', 'refused');
    this.#finish(socket, whoisRefusal(reason));
  }

  async #answer(socket: Socket, client: string, line: string): Promise<void> {
    const { directory, rates, count, log } = this.#options;
    const waitMs = rates.take(client);
    if (waitMs > 0) {
      count('whois', 'limited');
      const reason = `too many queries; try again in ${waitSeconds(waitMs)} s`;
      this.#finish(socket, whoisRefusal(reason));
      return;
    }
    try {
      const { outcome, text } = await answerWhois(directory, line);
      count('whois', outcome);
      this.#finish(socket, text);
    } catch (error) {
      count('whois', 'failed');
      log.error({ reason: errorMessage(error) }, 'a WHOIS query failed');
      this.#finish(socket, whoisRefusal('the directory cannot answer now; try again later'));
    }
  }

  #finish(socket: Socket, text: string): void {
    // Once both sides have ended it is gone by itself; a client may leave its side open for ever.
    const timer = setTimeout(() => socket.destroy(), this.#limits.answerTimeoutMs);
    socket.on('close', () => clearTimeout(timer));
    socket.end(text);
    socket.resume();
  }
}
