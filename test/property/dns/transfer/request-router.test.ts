import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signRequest } from '#dns/tsig/tsig-client.ts';
import { makeMutatedPackets } from '../../../kit/mutated-packets.ts';
import { NOW_MS, routeRequests } from '../../../kit/routed-requests.ts';
import { XFER_KEY } from '../../../kit/tsig-message.ts';

const { handle } = routeRequests((replies) => replies.sendStatus({ rcode: 0 }));
const transport = fc.constantFrom('udp' as const, 'tcp' as const, 'tls' as const);

/** At most one reply, with the request's id, that fits. */
async function expectSane(bytes: Uint8Array, by: 'udp' | 'tcp' | 'tls'): Promise<void> {
  const sent = await handle(bytes, by);
  expect(sent.length).toBeLessThanOrEqual(1);
  for (const reply of sent) {
    expect([reply[0], reply[1]]).toEqual([bytes[0], bytes[1]]);
    expect(reply[2] & 0x80).toBe(0x80);
    expect(reply.length).toBeLessThanOrEqual(by === 'udp' ? 1232 : 65_535);
  }
}

describe('a router of requests', () => {
  it('answers any octets with one reply or none', async () => {
    const octets = fc.uint8Array({ maxLength: 600 });
    await fc.assert(fc.asyncProperty(octets, transport, expectSane), { numRuns: 500 });
  });

  it('answers what is nearly a request, signed or not, with one reply or none', async () => {
    const seed = fc.nat();
    await fc.assert(
      fc.asyncProperty(seed, transport, fc.boolean(), async (from, by, isSigned) => {
        for (const packet of makeMutatedPackets(from, 20)) {
          const canSign = isSigned && packet.length >= 12;
          await expectSane(canSign ? signRequest(packet, XFER_KEY, NOW_MS).message : packet, by);
        }
      }),
      { numRuns: 50 },
    );
  });
});
