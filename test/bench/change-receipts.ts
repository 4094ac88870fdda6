/**
 * What our server's receipts say of the changes of a run, by its own clock, in whole milliseconds:
 * from received to durable and to published. Receipts are numbered without gaps, so that those of
 * updates, whose clients are given none, can be asked for too.
 */
import { ApiClient } from './api-client.ts';
import type { ChangedServer } from './change-server.ts';

/** Receipts asked for, spread over the run. */
const ASKED = 200;

export interface ReceiptTimes {
  durableMs: number;
  publishedMs: number;
}

/** Runs the task; no times where the server has no receipts. */
export async function readReceiptTimes<T>(
  server: ChangedServer,
  task: () => Promise<T>,
): Promise<{ result: T; times: ReceiptTimes[] }> {
  if (server.kind !== 'holdfast' || server.api === undefined) {
    return { result: await task(), times: [] };
  }
  const client = new ApiClient(server.api.url, server.api.key, 1);
  const first = await newestReceipt(client);
  const result = await task();
  const last = await newestReceipt(client);
  const step = Math.max(1, Math.floor((last - first) / ASKED));
  const times: ReceiptTimes[] = [];
  for (let number = first + step; number < last; number += step) {
    const { text } = await client.call('GET', `/api/holdfast/v1/receipts/r-${number}`);
    const { receivedAt, durableAt, publishedAt } = JSON.parse(text) as Record<string, string>;
    const receivedMs = Date.parse(receivedAt);
    times.push({
      durableMs: Date.parse(durableAt) - receivedMs,
      publishedMs: Date.parse(publishedAt) - receivedMs,
    });
  }
  client.close();
  return { result, times };
}

/** Makes a change of its own. */
async function newestReceipt(client: ApiClient): Promise<number> {
  const path = '/api/v1/servers/localhost/zones/z0.test.';
  const records = [{ content: `"${performance.now()}"`, disabled: false }];
  const name = 'receipt.z0.test.';
  const rrsets = [{ name, type: 'TXT', ttl: 60, changetype: 'REPLACE', records }];
  const { receipt } = await client.call('PATCH', path, { rrsets });
  return Number(receipt.slice('r-'.length));
}
