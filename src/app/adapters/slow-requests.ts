/**
 * What the control thread answers of the slow lane: refusals, and transfers refused are counted.
 */
import { refuseSlowRequest } from '#dns/packet/slow-answer.ts';
import type { SlowHandler } from '#dns/packet/slow-lane.ts';
import { readMessage } from '#dns/wire/message-reader.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { WireError } from '#dns/wire/wire-error.ts';
import type { ServerMetrics } from './server-metrics.ts';

export function countTransferRefusals(metrics: ServerMetrics): SlowHandler {
  return (request, replies) => {
    const type = questionType(request.bytes);
    if (type === TYPE.AXFR) metrics.transferRefused('axfr');
    if (type === TYPE.IXFR) metrics.transferRefused('ixfr');
    return refuseSlowRequest(request, replies);
  };
}

function questionType(query: Uint8Array): number | undefined {
  try {
    return readMessage(query).question?.type;
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
