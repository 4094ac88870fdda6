/** The UDP sockets that NOTIFY goes out by: one per family and address to send from. */
import { createSocket, type Socket } from 'node:dgram';
import { familyOf } from '#net/ip-address.ts';
import type { NotifyTarget } from './notify-target.ts';

export type DatagramListener = (
  octets: Uint8Array,
  from: { address: string; port: number },
) => void;

export class NotifySockets {
  readonly #listener: DatagramListener;
  readonly #sockets = new Map<string, Socket>();

  constructor(listener: DatagramListener) {
    this.#listener = listener;
  }

  /** What cannot be sent shows as silence, and silence is asked again. */
  send(octets: Uint8Array, { address, port, source }: NotifyTarget): void {
    const type = familyOf(address) === 6 ? 'udp6' : 'udp4';
    this.#socket(type, source).send(octets, port, address, () => undefined);
  }

  close(): void {
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }

  #socket(type: 'udp4' | 'udp6', source: string | undefined): Socket {
    const key = `${type} ${source ?? ''}`;
    const open = this.#sockets.get(key);
    if (open !== undefined) return open;
    const socket = createSocket(type);
    socket.unref();
    socket.on('message', (octets, { address, port }) => this.#listener(octets, { address, port }));
    socket.on('error', () => {
      // An address that is not ours, or not yet: the next NOTIFY tries a new socket.
      if (this.#sockets.get(key) === socket) this.#sockets.delete(key);
      socket.close();
    });
    if (source !== undefined) socket.bind({ address: source, port: 0 });
    this.#sockets.set(key, socket);
    return socket;
  }
}
