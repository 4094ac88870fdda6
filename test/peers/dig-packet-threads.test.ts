import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadText, makeWriter } from '../kit/image-fixture.ts';
import { HAS_IPV6, packetImplementations, startStubThreads } from '../kit/packet-fixture.ts';
import { findPeer, peersMissing } from '../kit/peers.ts';
import { routeRequests } from '../kit/routed-requests.ts';

const run = promisify(execFile);

const ZONE = `@ 3600 IN SOA ns1 hostmaster 2026112201 7200 1800 1209600 300
@ NS ns1
ns1 A 192.0.2.1
www A 192.0.2.80
www AAAA 2001:db8::80
`;

/** Threads with the real answer path over one zone, and what dig says of a query to them. */
async function startServer(implementation: 'batched' | 'plain') {
  const writer = makeWriter();
  await loadText(writer, 'example.com.', ZONE);
  const addresses = ['127.0.0.1', '127.0.0.2', ...(HAS_IPV6 ? ['[::1]'] : [])];
  const { router } = routeRequests(undefined, { parts: {} });
  const { port } = await startStubThreads(addresses, {
    implementation,
    slowHandler: async (request, replies) =>
      router.handle(request, async (message) => replies.send(message)),
    threads: 2,
    modules: undefined,
    answerer: { image: writer.image, options: {} },
  });
  const dig = async (address: string, ...query: string[]): Promise<string> => {
    const place = [`@${address}`, '-p', String(port), '+tries=1', '+time=5', '+norec'];
    const { stdout } = await run(findPeer('dig') ?? 'dig', [...place, ...query]);
    return stdout;
  };
  return { writer, dig };
}

describe.skipIf(peersMissing('dig'))('dig', () => {
  it.each(packetImplementations())(
    'gets authoritative answers over UDP and TCP on every address, %s',
    async (implementation) => {
      const { dig } = await startServer(implementation);
      const addresses = ['127.0.0.1', '127.0.0.2', ...(HAS_IPV6 ? ['::1'] : [])];
      for (const address of addresses) {
        for (const transport of ['+notcp', '+tcp']) {
          const text = await dig(address, transport, 'www.example.com', 'A');
          expect(text).toMatch(/status: NOERROR/);
          expect(text).toMatch(/flags: qr aa;/);
          expect(text).toMatch(/www\.example\.com\.\s+3600\s+IN\s+A\s+192\.0\.2\.80/);
          expect(text).not.toMatch(/WARNING|;; Warning/);
        }
      }
      expect(await dig('127.0.0.1', 'nothing.example.com', 'A')).toMatch(/status: NXDOMAIN/);
      expect(await dig('127.0.0.1', 'example.org', 'SOA')).toMatch(/status: REFUSED/);
      expect(await dig('127.0.0.1', '+keepopen', '+tcp', 'example.com', 'SOA')).toMatch(
        /2026112201/,
      );
    },
  );

  it.each(packetImplementations())(
    'is refused a transfer, a NOTIFY and an unknown key by the slow lane, %s',
    async (implementation) => {
      const { dig } = await startServer(implementation);
      expect(await dig('127.0.0.1', 'example.com', 'AXFR')).toMatch(/Transfer failed/);
      const notify = await dig('127.0.0.1', '+opcode=NOTIFY', 'example.com', 'SOA');
      expect(notify).toMatch(/opcode: NOTIFY, status: REFUSED/);
      expect(notify).toMatch(/EDE: 18 \(Prohibited\)/);
      const signed = await dig(
        '127.0.0.1',
        '-y',
        'hmac-sha256:key:c2VjcmV0',
        'example.com',
        'SOA',
      ).catch((error: { stdout: string }) => error.stdout);
      expect(signed).toMatch(/NOTAUTH|BADKEY/);
    },
  );

  it.each(packetImplementations())(
    'sees a change in the next answer, %s',
    async (implementation) => {
      const { writer, dig } = await startServer(implementation);
      expect(await dig('127.0.0.1', '+short', 'www.example.com', 'A')).toBe('192.0.2.80\n');
      await loadText(writer, 'example.com.', ZONE.replace('192.0.2.80', '192.0.2.81'));
      expect(await dig('127.0.0.1', '+short', 'www.example.com', 'A')).toBe('192.0.2.81\n');
      expect(await dig('127.0.0.1', '+tcp', '+short', 'www.example.com', 'A')).toBe('192.0.2.81\n');
    },
  );
});
