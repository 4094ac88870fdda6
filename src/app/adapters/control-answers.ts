/**
 * What the control thread needs of the answer path for requests of the slow lane: whole answers to
 * ordinary queries that are signed, from the same image as the packet threads' (with a reader slot
 * of its own, the last), and the EDNS options of replies that are made elsewhere.
 */
import type { Clock } from '#base/clock.ts';
import { Answerer, type AnswerOptions } from '#dns/answer/answerer.ts';
import { MessageOptions } from '#dns/answer/message-options.ts';
import type { QueryClient } from '#dns/answer/query-client.ts';
import type { ImageHandle } from '#dns/image/arena.ts';
import { ImageReader } from '#dns/image/image-reader.ts';
import { READER_COUNT_MAX } from '#dns/image/layout.ts';
import type { ImageAnswers, ServerOptions, TransferRequest } from '#dns/transfer/request-router.ts';
import { MESSAGE_SIZE_MAX } from '#dns/wire/header.ts';
import { parseIpAddress } from '#net/ip-address.ts';

type From = Pick<TransferRequest, 'peer' | 'transport'>;

export interface ControlAnswersOptions {
  image: ImageHandle;
  /** As the packet threads have them. */
  options: AnswerOptions;
  /** For how long idle streams are kept open. */
  keepaliveMs: number;
  clock: Clock;
}

/** @throws ImageError IMAGE_LAYOUT */
export function openControlAnswers(start: ControlAnswersOptions): ImageAnswers & ServerOptions {
  const { image, keepaliveMs, clock } = start;
  const options = { ...start.options, keepaliveMs };
  const answerer = new Answerer(ImageReader.open(image, READER_COUNT_MAX - 1), options, { clock });
  const messageOptions = new MessageOptions(options, clock);
  const out = new Uint8Array(MESSAGE_SIZE_MAX);
  return {
    answer: (query, from, sizeMax) => {
      const isStream = from.transport !== 'udp';
      answerer.beginBatch();
      const client = clientOf(from);
      const size = answerer.answer(query, 0, query.length, out, 0, sizeMax, isStream, client);
      answerer.endBatch();
      return size > 0 ? out.slice(0, size) : undefined;
    },
    reply: (edns, from) => messageOptions.reply(edns, clientOf(from), from.transport !== 'udp'),
  };
}

function clientOf({ peer, transport }: From): QueryClient {
  const octets = parseIpAddress(peer.address) ?? new Uint8Array(4);
  return {
    clientOctets: octets,
    clientAt: 0,
    isIpv6: octets.length === 16,
    isEncrypted: transport === 'tls',
  };
}
