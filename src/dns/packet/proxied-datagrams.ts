/**
 * PROXY headers in front of datagrams (net/proxy-header.ts): stands before the handler of a thread
 * and shows it the query behind the header, asked by the client that the header names. The reply
 * goes to the proxy, without a header. Where no proxy is configured this is not in the way at all.
 */
import type { AddressRanges } from '#net/address-ranges.ts';
import { DATAGRAM_DROP, type DatagramOrigin } from '#net/datagram.ts';
import { PROXY_NONE, ProxiedClient, readProxyHeader } from '#net/proxy-header.ts';
import { writeProxiedAddress } from '#net/return-path.ts';
import type { ThreadHandler } from './packet-handler.ts';

/** Octets of the signature. */
const HEADER_SIZE_MIN = 12;

export class ProxiedDatagrams implements ThreadHandler {
  readonly #handler: ThreadHandler;
  readonly #proxies: AddressRanges;
  readonly #client = new ProxiedClient();
  readonly #origin = new ProxiedOrigin(this.#client);

  constructor(handler: ThreadHandler, proxies: AddressRanges) {
    this.#handler = handler;
    this.#proxies = proxies;
  }

  beat(): void {
    this.#handler.beat();
  }

  beginBatch(): void {
    this.#handler.beginBatch();
  }

  handle(
    origin: DatagramOrigin,
    query: Uint8Array,
    queryAt: number,
    querySize: number,
    reply: Uint8Array,
    replyAt: number,
    replyMax: number,
  ): number {
    const handler = this.#handler;
    const size = readProxyHeader(query, queryAt, querySize, this.#client);
    // Fewer octets than a signature are a short query like any.
    if (size === PROXY_NONE || querySize < HEADER_SIZE_MIN) {
      return handler.handle(origin, query, queryAt, querySize, reply, replyAt, replyMax);
    }
    if (size < 0 || !this.#proxies.contains(origin.clientOctets, origin.clientAt, origin.isIpv6)) {
      handler.drop(DATAGRAM_DROP.proxyRefused);
      return 0;
    }
    const from = this.#client.isGiven ? this.#origin.behind(origin) : origin;
    const at = queryAt + size;
    return handler.handle(from, query, at, querySize - size, reply, replyAt, replyMax);
  }

  drop(reason: number): void {
    this.#handler.drop(reason);
  }

  endBatch(): void {
    this.#handler.endBatch();
  }
}

/** The client of the last header, and the proxy's way back. */
class ProxiedOrigin implements DatagramOrigin {
  readonly clientAt = 0;
  readonly isEncrypted = false;
  readonly #client: ProxiedClient;
  #proxy: DatagramOrigin | undefined;

  constructor(client: ProxiedClient) {
    this.#client = client;
  }

  /** Itself, for the datagram that came from `proxy`. */
  behind(proxy: DatagramOrigin): this {
    this.#proxy = proxy;
    return this;
  }

  get listen(): number {
    return this.#proxy?.listen ?? 0;
  }

  get isIpv6(): boolean {
    return this.#client.isIpv6;
  }

  get clientOctets(): Uint8Array {
    return this.#client.octets;
  }

  writeReturnPath(out: Uint8Array, at: number): void {
    const { octets, isIpv6, port } = this.#client;
    this.#proxy?.writeReturnPath(out, at);
    writeProxiedAddress(out, at, octets, isIpv6, port);
  }
}
