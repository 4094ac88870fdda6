/**
 * Joins the packet threads' slow lane to the router of requests: what only the control thread can
 * answer. Transfers that are refused are counted, whoever refuses them.
 */
import type { SlowHandler } from '#dns/packet/slow-lane.ts';
import type { RequestRouter } from '#dns/transfer/request-router.ts';
import { RCODE, RCODE_MASK } from '#dns/wire/header.ts';
import { readMessage } from '#dns/wire/message-reader.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { WireError } from '#dns/wire/wire-error.ts';
import type { ServerMetrics } from './server-metrics.ts';

export function routeSlowRequests(router: RequestRouter, metrics: ServerMetrics): SlowHandler {
  return async (request, replies) => {
    let isFirst = true;
    await router.handle(request, async (message) => {
      if (isFirst && (message[3] & RCODE_MASK) === RCODE.REFUSED) countRefusal(message, metrics);
      isFirst = false;
      return replies.send(message);
    });
  };
}

function countRefusal(reply: Uint8Array, metrics: ServerMetrics): void {
  const type = questionType(reply);
  if (type === TYPE.AXFR) metrics.transferRefused('axfr');
  if (type === TYPE.IXFR) metrics.transferRefused('ixfr');
}

function questionType(reply: Uint8Array): number | undefined {
  try {
    return readMessage(reply, { questionOnly: true }).question?.type;
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
