// What a server says of a change, by the id of its receipt or of the EPP command that made it.
import { describe, expect, it } from 'vitest';
import { readReceipt } from '#sla/collect/receipt-reader.ts';
import { listenHttp } from '../../../kit/http-listener.ts';

const RECEIPT = {
  id: 'r-9',
  receivedAt: '2026-10-01T00:00:00.000Z',
  served: [
    { nameserver: 'ns1.', address: '192.0.2.1:53', servedAt: '2026-10-01T00:00:00.100Z' },
    { nameserver: 'ns1.', address: '192.0.2.1:5300', servedAt: '2026-10-01T00:00:00.200Z' },
    { nameserver: 'ns2.', address: '[2001:db8::1]:53', servedAt: null },
  ],
};
const RECEIVED_MS = Date.parse(RECEIPT.receivedAt);

const DOCUMENTS: Record<string, unknown> = {
  '/api/holdfast/v1/receipts/r-9': RECEIPT,
  '/api/holdfast/v1/receipts?transaction=HF-1%2F2': { receipts: [RECEIPT] },
  '/api/holdfast/v1/receipts?transaction=HF-3': { receipts: [] },
};

async function read(id: string, address: string, key = 'the key') {
  const api = await listenHttp((request, response) => {
    const document = DOCUMENTS[request.url ?? ''];
    const isKnown = request.headers['x-api-key'] === 'the key';
    response.writeHead(isKnown ? (document === undefined ? 404 : 200) : 401);
    response.end(JSON.stringify(document ?? {}));
  });
  const { signal } = new AbortController();
  return readReceipt({ api, readKey: async () => key }, id, address, signal);
}

describe('a receipt', () => {
  it.each(['r-9', 'HF-1/2'])('is found as %s, served when the last port was', async (id) => {
    expect(await read(id, '192.0.2.1')).toEqual({
      receivedAtMs: RECEIVED_MS,
      servedAtMs: RECEIVED_MS + 200,
    });
  });

  it('says so where the change was never seen served', async () => {
    const found = await read('r-9', '2001:DB8:0::1');
    expect(found).toEqual({ receivedAtMs: RECEIVED_MS, servedAtMs: undefined });
  });

  it.each([
    ['r-9', '192.0.2.7'],
    ['HF-3', '192.0.2.1'],
    ['r-10', '192.0.2.1'],
  ])('of %s is none at %s', async (id, address) => {
    expect(await read(id, address)).toBeUndefined();
  });

  it('cannot be read from a server that refuses', async () => {
    await expect(read('r-9', '192.0.2.1', 'another')).rejects.toThrow('status 401');
  });
});
