/**
 * A router of requests with parts that a test writes: what they were given is kept, and what they
 * do is in the test's hand. The key is XFER_KEY, the time SIGNED_AT.
 */
import { makeClockCell, openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import {
  type CheckedRequest,
  type Replies,
  RequestRouter,
  type RequestRouterOptions,
} from '#dns/transfer/request-router.ts';
import { keyringOf, SIGNED_AT, XFER_KEY } from './tsig-message.ts';

export const NOW_MS = SIGNED_AT * 1000;

/** What the part in question does; nothing, where it is left out. */
export type Doing = (replies: Replies, request: CheckedRequest) => Promise<unknown> | undefined;

export interface Given {
  part: 'transfer' | 'notify' | 'update';
  request: CheckedRequest;
}

export type Transport = 'udp' | 'tcp' | 'tls';

export interface RoutedRequests {
  router: RequestRouter;
  /** What parts were given. */
  given: Given[];
  /** Queries that the image was asked, and how large the reply could be. */
  asked: { query: Uint8Array; sizeMax: number }[];
  /** What is sent for these octets. */
  handle: (bytes: Uint8Array, transport?: Transport) => Promise<Uint8Array[]>;
}

/** The image's answers are the query with QR set. */
export function routeRequests(
  doing: Doing = () => undefined,
  options: Partial<RequestRouterOptions> = {},
): RoutedRequests {
  const given: Given[] = [];
  const asked: RoutedRequests['asked'] = [];
  const part = (name: Given['part']) => ({
    handle: async (request: CheckedRequest, replies: Replies) => {
      given.push({ part: name, request });
      await doing(replies, request);
    },
  });
  const router = new RequestRouter({
    keyring: keyringOf([XFER_KEY]),
    parts: { transfer: part('transfer'), notify: part('notify'), update: part('update') },
    answers: {
      answer: (query, _from, sizeMax) => {
        asked.push({ query, sizeMax });
        const reply = Uint8Array.from(query);
        reply[2] |= 0x80;
        return reply;
      },
    },
    serverOptions: { reply: () => [] },
    udpPayloadSize: 1232,
    clock: openClock({ kind: 'cell', cell: makeClockCell(NOW_MS) }),
    log: silentLog(),
    ...options,
  });
  const peer = { address: '192.0.2.9', port: 5353, family: 4 as const };
  return {
    router,
    given,
    asked,
    handle: async (bytes, transport = 'tcp') => {
      const sent: Uint8Array[] = [];
      await router.handle({ bytes, transport, peer }, (message) => {
        sent.push(Uint8Array.from(message));
        return Promise.resolve(true);
      });
      return sent;
    },
  };
}
