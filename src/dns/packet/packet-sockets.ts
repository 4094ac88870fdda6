/**
 * Opens everything that the packet threads listen on, or nothing: by descriptor where libc can be
 * had (the control thread then owns them until the server closes), by Node's own sockets inside the
 * threads otherwise. An optional address that the machine lacks is skipped and said.
 */
import { errorCode, errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { Libc } from '#net/libc.ts';
import { formatListenAddress, type ListenAddress } from '#net/listen-address.ts';
import { openTcpListener, openUdpGroup, type UdpGroup } from '#net/listen-sockets.ts';
import { NetError } from '#net/net-error.ts';
import type { StreamSource } from '#net/stream-server.ts';
import type { UdpSocket } from '#net/udp-batched.ts';
import { probeUdpPort } from '#net/udp-plain.ts';

export interface PacketSockets {
  /** Those of the addresses asked for that exist. */
  listen: ListenAddress[];
  /** The batched sockets of one thread; empty without libc. */
  udpOf(thread: number): UdpSocket[];
  /** Fresh descriptors for a stream thread, which closes them. */
  streamSources(): StreamSource[];
  close(): void;
}

/**
 * @param libc `undefined` for Node's own sockets
 * @throws NetError as `openUdpGroup` (net/listen-sockets.ts), or NET_NO_ADDRESS; nothing stays open
 */
export async function openPacketSockets(
  wanted: readonly ListenAddress[],
  threads: number,
  libc: Libc | undefined,
  log: Log,
): Promise<PacketSockets> {
  checkTwice(wanted);
  const opened: OpenAddress[] = [];
  try {
    for (const listen of wanted) {
      const address = await openAddress(listen, threads, libc, log);
      if (address !== undefined) opened.push(address);
    }
    if (opened.length === 0) {
      throw new NetError('NET_NO_ADDRESS', 'no address to listen on: none is configured or exists');
    }
  } catch (error) {
    if (libc !== undefined) closeAll(libc, opened);
    throw error;
  }
  return {
    listen: opened.map(({ listen }) => listen),
    udpOf: (thread) =>
      opened.flatMap(({ udp, listen }, i) =>
        udp === undefined ? [] : [{ fd: udp.fds[thread], listen: i, isIpv6: listen.family === 6 }],
      ),
    streamSources: () =>
      opened.map(({ listen, tcp }, index) =>
        libc === undefined || tcp === undefined
          ? { listen, index }
          : { listen, index, fd: libc.dup(tcp) },
      ),
    close: () => {
      if (libc !== undefined) closeAll(libc, opened.splice(0));
    },
  };
}

interface OpenAddress {
  listen: ListenAddress;
  udp?: UdpGroup;
  tcp?: number;
}

async function openAddress(
  listen: ListenAddress,
  threads: number,
  libc: Libc | undefined,
  log: Log,
): Promise<OpenAddress | undefined> {
  try {
    if (libc === undefined) {
      await probeUdpPort(listen);
      return { listen };
    }
    const udp = openUdpGroup(libc, listen, threads);
    try {
      return { listen, udp, tcp: openTcpListener(libc, listen) };
    } catch (error) {
      closeAll(libc, [{ listen, udp }]);
      throw error;
    }
  } catch (error) {
    if (!listen.optional || errorCode(error) !== 'NET_ADDRESS_MISSING') throw error;
    log.warn({ address: formatListenAddress(listen) }, `skipped: ${errorMessage(error)}`);
    return undefined;
  }
}

function closeAll(libc: Libc, opened: readonly OpenAddress[]): void {
  for (const { udp, tcp } of opened) {
    for (const fd of udp?.fds ?? []) libc.close(fd);
    if (tcp !== undefined) libc.close(tcp);
  }
}

function checkTwice(wanted: readonly ListenAddress[]): void {
  const seen = new Set<string>();
  for (const listen of wanted) {
    const text = formatListenAddress(listen);
    if (seen.has(text)) {
      throw new NetError('NET_ADDRESS_TWICE', `${text} is listed twice; list it once`);
    }
    seen.add(text);
  }
}
