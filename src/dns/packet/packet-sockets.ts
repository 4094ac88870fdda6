/**
 * Opens everything that a name server listens on, or nothing: by descriptor where libc can be had
 * (the control thread then owns them until the server closes), by Node's own sockets inside the
 * threads otherwise. It is the first thing that a server does, while it may still bind low ports;
 * what comes in before there are threads waits in the kernel. An optional address that the machine
 * lacks is skipped and said.
 */
import { availableParallelism } from 'node:os';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import { InheritedSockets } from '#net/inherited-sockets.ts';
import { type Libc, openLibc } from '#net/libc.ts';
import { formatListenAddress, type ListenAddress } from '#net/listen-address.ts';
import { openTcpListener, openUdpGroup, type UdpGroup } from '#net/listen-sockets.ts';
import { NetError } from '#net/net-error.ts';
import type { StreamSource } from '#net/stream-server.ts';
import type { UdpSocket } from '#net/udp-batched.ts';
import { probeUdpPort } from '#net/udp-plain.ts';

/** `auto`: batched where libc can be had. */
export type PacketImplementation = 'auto' | 'batched' | 'plain';

export interface SocketsWanted {
  /** For UDP and TCP; at least one. */
  listen: readonly ListenAddress[];
  /** For TLS. */
  tlsListen?: readonly ListenAddress[];
  /** Packet threads; one per processor core where missing. */
  threads?: number | undefined;
  implementation?: PacketImplementation;
  /** Descriptors handed over by a supervisor, from 3 on. */
  inheritedCount?: number;
}

export interface PacketSockets {
  /** What the sockets were opened with; `undefined` for Node's own. */
  readonly libc: Libc | undefined;
  /** Packet threads that they are for. */
  readonly threads: number;
  /** Those of the addresses asked for that exist. */
  readonly listen: readonly ListenAddress[];
  readonly tlsListen: readonly ListenAddress[];
  /** The batched sockets of one thread; empty without libc. */
  udpOf(thread: number): UdpSocket[];
  /** Fresh descriptors for a stream thread, which closes them. */
  streamSources(transport: 'tcp' | 'tls'): StreamSource[];
  /** Closes what is open; harmless when it is closed already. */
  close(): void;
}

/**
 * @throws NetError as `openUdpGroup` (net/listen-sockets.ts), NET_NO_LIBC, NET_NO_ADDRESS or
 *   NET_ADDRESS_TWICE; nothing stays open
 */
export async function openPacketSockets(wanted: SocketsWanted, log: Log): Promise<PacketSockets> {
  const { listen, tlsListen = [], inheritedCount = 0 } = wanted;
  checkTwice([...listen, ...tlsListen]);
  const libc = chooseLibc(wanted.implementation ?? 'auto', inheritedCount > 0);
  const threads = usableThreads(wanted.threads ?? availableParallelism(), libc, log);
  const inherited = libc && new InheritedSockets(libc, inheritedCount);
  const opened: OpenAddress[] = [];
  const openedTls: OpenAddress[] = [];
  const close = (): void => {
    if (libc !== undefined) closeAll(libc, [...opened.splice(0), ...openedTls.splice(0)]);
  };
  try {
    for (const address of listen) {
      await openAddress(address, opened, log, () =>
        openDatagrams(address, threads, libc, inherited),
      );
    }
    for (const address of tlsListen) {
      await openAddress(address, openedTls, log, () => openStream(address, libc, inherited));
    }
    if (opened.length === 0) {
      throw new NetError('NET_NO_ADDRESS', 'no address to listen on: none is configured or exists');
    }
    inherited?.demandNoneLeft();
  } catch (error) {
    close();
    throw error;
  }
  return {
    libc,
    threads,
    listen: opened.map((address) => address.listen),
    tlsListen: openedTls.map((address) => address.listen),
    udpOf: (thread) =>
      opened.flatMap(({ udp, listen: { family } }, i) =>
        udp === undefined ? [] : [{ fd: udp.fds[thread], listen: i, isIpv6: family === 6 }],
      ),
    streamSources: (transport) =>
      (transport === 'tcp' ? opened : openedTls).map((address, index) =>
        libc === undefined || address.tcp === undefined
          ? { listen: address.listen, index }
          : { listen: address.listen, index, fd: libc.dup(address.tcp) },
      ),
    close,
  };
}

interface OpenAddress {
  listen: ListenAddress;
  udp?: UdpGroup;
  tcp?: number;
}

function chooseLibc(implementation: PacketImplementation, isDemanded: boolean): Libc | undefined {
  if (implementation === 'plain' && !isDemanded) return undefined;
  const libc = implementation === 'plain' ? undefined : openLibc();
  if (libc === undefined && (implementation === 'batched' || isDemanded)) {
    throw new NetError(
      'NET_NO_LIBC',
      'batched system calls and inherited sockets need koffi and glibc on 64-bit Linux; ' +
        'choose the implementation auto or plain, and bind the sockets here',
    );
  }
  return libc;
}

/** Where a port cannot be shared between Node's sockets, one thread has to do. */
function usableThreads(threads: number, libc: Libc | undefined, log: Log): number {
  const canShare = ['linux', 'freebsd', 'sunos', 'aix'].includes(process.platform);
  if (libc !== undefined || canShare || threads === 1) return threads;
  log.warn({ threads }, 'ports cannot be shared here: one packet thread');
  return 1;
}

/** Adds what `open` gives to `opened`, unless the address is missing and may be. */
async function openAddress(
  listen: ListenAddress,
  opened: OpenAddress[],
  log: Log,
  open: () => OpenAddress | Promise<OpenAddress>,
): Promise<void> {
  try {
    opened.push(await open());
  } catch (error) {
    if (!listen.optional || errorCode(error) !== 'NET_ADDRESS_MISSING') throw error;
    log.warn({ address: formatListenAddress(listen) }, `skipped: ${errorMessage(error)}`);
  }
}

async function openDatagrams(
  listen: ListenAddress,
  threads: number,
  libc: Libc | undefined,
  inherited: InheritedSockets | undefined,
): Promise<OpenAddress> {
  if (libc === undefined) {
    await probeUdpPort(listen);
    return { listen };
  }
  const udp = openUdpGroup(libc, listen, threads, inherited);
  try {
    return { ...openStream(listen, libc, inherited), udp };
  } catch (error) {
    closeAll(libc, [{ listen, udp }]);
    throw error;
  }
}

function openStream(
  listen: ListenAddress,
  libc: Libc | undefined,
  inherited: InheritedSockets | undefined,
): OpenAddress {
  return libc === undefined
    ? { listen }
    : { listen, tcp: openTcpListener(libc, listen, inherited) };
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
