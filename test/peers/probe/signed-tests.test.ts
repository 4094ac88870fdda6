// What DNS tests say of signed zones: through the whole chain from a parent's trust anchor, with
// keys that change, with servers that hide things, and with answers that a reference knows better.
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clock, openClock } from '#base/clock.ts';
import { systemRandom } from '#base/random.ts';
import { type ListenAddress, parseListenAddress } from '#net/listen-address.ts';
import { askServer } from '#sla/probe/ask-server.ts';
import type { Question } from '#sla/probe/dns-message.ts';
import { DnsTester } from '#sla/probe/dns-tester.ts';
import { parseLabels } from '#sla/probe/dnssec/domain-labels.ts';
import { parseTrustAnchor } from '#sla/probe/dnssec/trust-anchor.ts';
import { type Parent, TrustChain } from '#sla/probe/dnssec/trust-chain.ts';
import { ReferenceAnswers } from '#sla/probe/reference-answers.ts';
import { SerialWatch } from '#sla/probe/serial-watch.ts';
import { SignatureCheck } from '#sla/probe/signature-check.ts';
import { StallWatch } from '#sla/probe/stall-watch.ts';
import { exchangeTcp } from '#sla/probe/tcp-exchange.ts';
import type { TestSeen } from '#sla/probe/test-plan.ts';
import { type PeerServer, startPeer } from '../../kit/peer-server.ts';
import { peersMissing } from '../../kit/peers.ts';
import { startScriptedAnswers } from '../../kit/scripted-answers.ts';
import { SIGNING_PROGRAMS, type SignedZone, signZone } from '../../kit/signed-zone.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const STALL_LIMIT_MS = 60_000;
const TYPE_DNSKEY = 48;
const REFUSED = 5;
const clock = openClock({ kind: 'system' });
const controller = new AbortController();
const asking = { clock, random: systemRandom(), signal: controller.signal };
const ends: (() => Promise<void>)[] = [];
let peers: PeerServer[] = [];
let parent: SignedZone;
let child: SignedZone;
let parentServer: ListenAddress;
let childServer: ListenAddress;

interface Bench {
  zone?: string;
  anchors: readonly string[];
  parents?: Parent[];
  reference?: ListenAddress;
  lagMaxMs?: number;
  wall?: Clock;
}

function labels(name: string): readonly string[] {
  return parseLabels(name) ?? [];
}

function testerOf({ zone = 'c.parent.test.', anchors, parents = [], ...bench }: Bench): DnsTester {
  const wall = bench.wall ?? clock;
  const { reference, lagMaxMs = 60_000 } = bench;
  const chain = new TrustChain({
    zone: labels(zone),
    anchors: anchors.flatMap((text) => parseTrustAnchor(text) ?? []),
    parents,
    ask: (server, question) => askServer({ server, question, withSignatures: true }, asking),
    clock: wall,
  });
  const references =
    reference &&
    new ReferenceAnswers({
      ask: (question) => askServer({ server: reference, question, withSignatures: false }, asking),
      lagMaxMs,
      clock: wall,
    });
  return new DnsTester({
    ...asking,
    clock: wall,
    zone,
    timeouts: { udp: 3000, tcp: 3000 },
    stalls: new StallWatch(clock, STALL_LIMIT_MS),
    serials: new SerialWatch(60_000),
    signatures: new SignatureCheck(chain, wall),
    references,
  });
}

async function see(
  tester: DnsTester,
  server: ListenAddress,
  question?: Question,
  transport: 'udp' | 'tcp' = 'udp',
): Promise<TestSeen> {
  const { outcome, dnssec, error } = await tester.test(
    { nameserver: 'ns1.', server },
    transport,
    question,
  );
  return { outcome, ...(dnssec && { dnssec }), ...(error && { error }) };
}

/** Passes queries on to the child's server, and its replies through `change`. */
function between(
  change: (reply: Buffer, query: Buffer) => Uint8Array | undefined,
  behind = childServer,
): Promise<ListenAddress> {
  return startScriptedAnswers(async (query) => {
    const seen = await exchangeTcp({ server: behind, query, timeoutMs: 3000, ...asking });
    return 'reply' in seen ? change(Buffer.from(seen.reply), query) : undefined;
  });
}

function isForKeys(query: Buffer): boolean {
  const end = query.indexOf(0, 12);
  return query.readUInt16BE(end + 1) === TYPE_DNSKEY;
}

describe.skipIf(peersMissing('named', 'nsd', ...SIGNING_PROGRAMS))(
  'a test of a signed zone',
  () => {
    beforeAll(async () => {
      const folder = await temporaryFolder((end) => void ends.push(end));
      const algorithm = 'ECDSAP256SHA256';
      child = await signZone(folder, { zone: 'c.parent.test.', algorithm, denial: 'nsec3' });
      const records = `${child.ds.join('\n')}\nc 300 NS ns1.c\nplain 300 NS ns1.c\n`;
      parent = await signZone(folder, {
        zone: 'parent.test.',
        algorithm: 'ED25519',
        denial: 'nsec',
        records,
      });
      const plain = `${folder}/plain.zone`;
      await writeFile(plain, '@ 300 SOA a b 7 60 60 600 60\n@ 300 NS ns1.c.parent.test.\n');
      const [above, below] = await Promise.all([
        startPeer('bind', folder, new Map([[parent.zone, parent.file]])),
        startPeer(
          'nsd',
          folder,
          new Map([
            [child.zone, child.file],
            ['plain.parent.test.', plain],
          ]),
        ),
      ]);
      peers = [above, below];
      parentServer = parseListenAddress(`127.0.0.1:${above.port}`);
      childServer = parseListenAddress(`127.0.0.1:${below.port}`);
    });

    afterAll(async () => {
      controller.abort();
      for (const peer of peers) await peer.close();
      for (const end of ends) await end();
    });

    it.each(['udp', 'tcp'] as const)(
      'over %s is answered and secure from its own DS on',
      async (transport) => {
        const tester = testerOf({ anchors: child.ds });
        const secure = { outcome: 'answered', dnssec: 'secure' };
        expect(await see(tester, childServer, undefined, transport)).toEqual(secure);
      },
    );

    it('is secure from the DNSKEY of its parent on', async () => {
      const parents = [{ zone: labels('parent.test.'), servers: [parentServer] }];
      const tester = testerOf({ anchors: parent.dnskeys, parents });
      expect(await see(tester, childServer)).toEqual({ outcome: 'answered', dnssec: 'secure' });
    });

    it('is insecure where the parent proves that the zone is not signed', async () => {
      const parents = [{ zone: labels('parent.test.'), servers: [parentServer] }];
      const tester = testerOf({ zone: 'plain.parent.test.', anchors: parent.ds, parents });
      expect(await see(tester, childServer)).toEqual({ outcome: 'answered', dnssec: 'insecure' });
    });

    it('is internal while no server of the parent answers', async () => {
      const silent = await startScriptedAnswers(async () => Buffer.alloc(0));
      const parents = [{ zone: labels('parent.test.'), servers: [silent] }];
      const tester = testerOf({ anchors: parent.ds, parents });
      expect(await see(tester, childServer)).toEqual({
        outcome: 'internal',
        dnssec: 'indeterminate',
        error: 'dnssec-parent-silent',
      });
    });

    it('is unanswered and bogus with another zone’s DS', async () => {
      const [ds = ''] = parent.ds;
      const tester = testerOf({ anchors: [ds.replace('parent.test.', 'c.parent.test.')] });
      expect(await see(tester, childServer)).toEqual({
        outcome: 'unanswered',
        dnssec: 'bogus',
        error: 'dnssec-key-untrusted',
      });
    });

    it('is unanswered and bogus where the address gives other data than was signed', async () => {
      const server = await between((reply, query) => {
        // The SOA's minimum, the last octets of the first record.
        if (!isForKeys(query)) reply[12 + 20 + 12 + 60] = (reply[12 + 20 + 12 + 60] ?? 0) ^ 1;
        return reply;
      });
      const seen = await see(testerOf({ anchors: child.ds }), server);
      expect(seen).toMatchObject({ outcome: 'unanswered', dnssec: 'bogus' });
    });

    it('is unanswered where the address hides its keys and no other was seen', async () => {
      const server = await between((reply, query) => {
        if (isForKeys(query)) reply[3] = REFUSED;
        return reply;
      });
      const tester = testerOf({ anchors: child.ds });
      expect(await see(tester, server)).toEqual({
        outcome: 'unanswered',
        error: 'dnssec-keys-missing',
      });
      expect(await see(tester, childServer)).toMatchObject({ dnssec: 'secure' });
      expect(await see(tester, server)).toEqual({ outcome: 'answered', dnssec: 'secure' });
    });

    it('is secure with new keys in the moment that they are used', async () => {
      const folder = await temporaryFolder();
      const options = { zone: child.zone, algorithm: 'ED25519', denial: 'nsec' } as const;
      const renewed = await signZone(folder, options);
      const peer = await startPeer('nsd', folder, new Map([[renewed.zone, renewed.file]]));
      ends.push(() => peer.close());
      const after = parseListenAddress(`127.0.0.1:${peer.port}`);
      let behind = childServer;
      const server = await startScriptedAnswers(async (query) => {
        const seen = await exchangeTcp({ server: behind, query, timeoutMs: 3000, ...asking });
        return 'reply' in seen ? seen.reply : undefined;
      });
      let aheadMs = 0;
      const wall = { ...clock, nowMs: () => clock.nowMs() + aheadMs };
      const tester = testerOf({ anchors: [...child.ds, ...renewed.ds], wall });
      expect(await see(tester, server)).toMatchObject({ dnssec: 'secure' });
      behind = after;
      aheadMs = 6000;
      expect(await see(tester, server)).toMatchObject({ dnssec: 'secure' });
    });

    it('compares what else it asks with the reference: answers, referrals, and that there is none', async () => {
      const tester = testerOf({ anchors: child.ds, reference: childServer });
      for (const name of ['www', 'alias', 'x.unsigned', 'x.signed', 'missing', 'b.c', 'x.wild']) {
        const question = { name: `${name}.c.parent.test.`, type: 'A' } as const;
        const seen = await see(tester, childServer, question);
        expect([name, seen]).toEqual([name, { outcome: 'answered', dnssec: 'secure' }]);
      }
    });

    it('is unanswered by what the reference does not say, and no longer says', async () => {
      let aheadMs = 0;
      const wall = { ...clock, nowMs: () => clock.nowMs() + aheadMs };
      let [from, to] = ['', ''];
      const reference = await between((reply) => {
        const octets = reply.toString('latin1').replaceAll(from, to);
        return Buffer.from(octets, 'latin1');
      });
      const tester = testerOf({ anchors: child.ds, reference, lagMaxMs: 60_000, wall });
      const question = { name: 'ns1.c.parent.test.', type: 'A' } as const;
      const ask = (): Promise<TestSeen> => see(tester, childServer, question);
      expect(await ask()).toMatchObject({ outcome: 'answered' });
      // The register changes the address: the old one may be answered for a minute.
      [from, to] = ['\xc0\x00\x02\x01', '\xc0\x00\x02\x09'];
      aheadMs = 20_000;
      expect(await ask()).toMatchObject({ outcome: 'answered' });
      aheadMs = 40_000;
      const other = { name: 'www.c.parent.test.', type: 'A' } as const;
      expect(await see(tester, childServer, other)).toMatchObject({ outcome: 'answered' });
      expect(await ask()).toMatchObject({ outcome: 'answered' });
      aheadMs = 110_000;
      expect(await ask()).toEqual({
        outcome: 'unanswered',
        dnssec: 'secure',
        error: 'wrong-content',
      });
    });

    it('is internal while the reference has never answered', async () => {
      const reference = await between((reply) => {
        reply[3] = REFUSED;
        return reply;
      });
      const tester = testerOf({ anchors: child.ds, reference });
      const question = { name: 'www.c.parent.test.', type: 'A' } as const;
      expect(await see(tester, childServer, question)).toEqual({
        outcome: 'internal',
        dnssec: 'secure',
        error: 'reference-silent',
      });
    });
  },
);
