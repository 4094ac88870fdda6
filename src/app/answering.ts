/**
 * Everything that faces DNS clients: sockets, certificate, cookie secrets and the threads that
 * answer. In two steps, because sockets are bound while root is still there, before anything is
 * opened that root should not own.
 *
 *     prepareAnswering -> (root given up, zones opened) -> startAnswering
 */
import { join } from 'node:path';
import type { Registry } from 'prom-client';
import { openControlAnswers } from '#app/adapters/control-answers.ts';
import { watchPackets } from '#app/adapters/packet-metrics.ts';
import { routeSlowRequests } from '#app/adapters/slow-requests.ts';
import { makeAnswererStart, makeAnswerOptions } from '#app/answerer-start.ts';
import type { Configuration, NameserverConfiguration } from '#app/config/configuration.ts';
import { ConfiguredCookieSecrets } from '#app/cookie-secrets.ts';
import { STORE_FOLDER } from '#app/data-folder.ts';
import { dropPrivileges, findAccount, isRoot, prepareData } from '#app/privileges.ts';
import type { ProcessParts } from '#app/running-process.ts';
import { TlsCertificate } from '#app/tls-certificate.ts';
import { UDP_PAYLOAD_SIZE_DEFAULT } from '#dns/answer/answerer.ts';
import type { ImageHandle } from '#dns/image/arena.ts';
import { openPacketSockets, type PacketSockets } from '#dns/packet/packet-sockets.ts';
import { type PacketThreads, startThreadsOn } from '#dns/packet/packet-threads.ts';
import {
  type ImageAnswers,
  type RequestParts,
  RequestRouter,
} from '#dns/transfer/request-router.ts';
import type { TsigKeyring } from '#dns/tsig/tsig-key.ts';
import { STREAM_LIMITS } from '#net/stream-limits.ts';
import { pinProcess } from '#net/thread-cores.ts';
import type { TlsCredentials } from '#net/tls-gate.ts';

/** What is bound and read, and not answering yet. */
export interface PreparedAnswering {
  nameserver: NameserverConfiguration;
  sockets: PacketSockets;
  certificate: TlsCertificate | undefined;
  cookies: ConfiguredCookieSecrets;
}

/** What queries and requests are answered from. */
export interface AnsweredFrom {
  image: ImageHandle;
  registry: Registry;
  /** Whose signatures are good. */
  keyring: TsigKeyring;
  /** Who answers transfers, NOTIFY and UPDATE; what is left out is refused. */
  requestParts: RequestParts;
}

/** The threads at work. */
export interface Answering {
  threads: PacketThreads;
  /** The control thread's own, from the same image. */
  answers: ImageAnswers;
  /** Certificate and secrets are read again; what is bad is said and the old ones go on. */
  reload: () => Promise<void>;
}

/** @throws NetError, CodedError of a certificate or a file of secrets */
export async function prepareAnswering(
  nameserver: NameserverConfiguration,
  inheritedCount: number,
  parts: ProcessParts,
  stack: AsyncDisposableStack,
): Promise<PreparedAnswering> {
  if (nameserver.cores?.others !== undefined) pinProcess(nameserver.cores.others);
  const certificate =
    nameserver.tls && (await TlsCertificate.open('nameserver.tls', nameserver.tls, parts));
  const cookies = await ConfiguredCookieSecrets.open(nameserver.cookies, parts);
  const sockets = await openSockets(nameserver, inheritedCount, parts, stack);
  return { nameserver, sockets, certificate, cookies };
}

/** Resolves when every thread answers. */
export async function startAnswering(
  { nameserver, sockets, certificate, cookies }: PreparedAnswering,
  served: AnsweredFrom,
  { log, random, clock }: ProcessParts,
  stack: AsyncDisposableStack,
): Promise<Answering> {
  const { image, registry, keyring, requestParts } = served;
  const control = openControlAnswers({
    image,
    options: makeAnswerOptions(nameserver, cookies.memory),
    keepaliveMs: STREAM_LIMITS.idleTimeoutMs,
    clock,
  });
  const router = new RequestRouter({
    keyring,
    parts: requestParts,
    answers: control,
    serverOptions: control,
    udpPayloadSize: UDP_PAYLOAD_SIZE_DEFAULT,
    clock,
    log,
  });
  const threads = await startThreadsOn(sockets, {
    answerer: makeAnswererStart(nameserver, image, cookies.memory, random),
    proxies: nameserver.proxies,
    cores: nameserver.cores?.packets,
    slowHandler: routeSlowRequests(router),
    clock: { kind: 'system' },
    tlsCredentials: certificate?.credentials,
    log,
  });
  stack.defer(() => threads.close());
  watchPackets(registry, threads);
  const useCredentials = (credentials: TlsCredentials): void =>
    threads.setTlsCredentials(credentials);
  const watched = certificate?.watch(useCredentials);
  stack.defer(() => watched?.close());
  return {
    threads,
    answers: control,
    reload: async () => {
      await certificate?.reload(useCredentials);
      await cookies.reload();
    },
  };
}

/** Everything that is listened at, bound: ports below 1024 need root, which is still there. */
async function openSockets(
  { listen, tls, threads, cores, udp }: NameserverConfiguration,
  inheritedCount: number,
  { log }: ProcessParts,
  stack: AsyncDisposableStack,
): Promise<PacketSockets> {
  const wanted = {
    listen,
    tlsListen: tls?.listen ?? [],
    threads: threads ?? cores?.packets.length,
    implementation: udp,
    inheritedCount,
  };
  const sockets = await openPacketSockets(wanted, log);
  stack.defer(() => sockets.close());
  return sockets;
}

/** Before anything is written or a thread is started. */
export async function giveUpRoot(
  configuration: Configuration,
  { log }: ProcessParts,
): Promise<void> {
  const { user, group } = configuration.nameserver ?? {};
  if (user === undefined) {
    if (isRoot()) log.warn('runs as root; set nameserver.user, or start it as another user');
    return;
  }
  const account = await findAccount(user, group);
  const { data, admin } = configuration;
  if (isRoot()) await prepareData(data, [join(data, STORE_FOLDER), admin.apiKeyFile], account);
  await dropPrivileges(account, log);
}
