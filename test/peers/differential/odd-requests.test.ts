// Odd requests to our server, NSD, Knot DNS and BIND, all with an identity and cookies: where the
// three agree on something, ours does the same.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DnsExchange } from '../../kit/dns-exchange.ts';
import { type Reply, readReply } from '../../kit/dns-reply.ts';
import { freePort } from '../../kit/free-port.ts';
import {
  CONFIGURATIONS,
  PEER_PROGRAMS,
  type PeerKind,
  type PeerServer,
  runPeer,
} from '../../kit/peer-server.ts';
import { peersMissing } from '../../kit/peers.ts';
import { addNameserverKeys } from '../../kit/server-configuration.ts';
import { makeServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { disagreements, type Facets } from './facets.ts';
import { ODD_ZONE, ODD_ZONE_TEXT, oddRequests } from './odd-requests.ts';

const KINDS: readonly PeerKind[] = ['nsd', 'knot', 'bind'];
const IN_FLIGHT = 32;
const EXTENDED_ERROR = 15;

/** In place of what the plain configurations say. */
const TELLING: Record<PeerKind, readonly (readonly [string, string])[]> = {
  nsd: [
    [
      '  answer-cookie: no',
      '  answer-cookie: yes\n  identity: "ns1"\n  nsid: "ascii_ns1"\n  version: "1"',
    ],
  ],
  knot: [
    ['server:\n', 'server:\n  identity: "ns1"\n  nsid: "ns1"\n  version: "1"\n'],
    ['  - id: default\n', '  - id: default\n    global-module: mod-cookies\n'],
  ],
  bind: [
    ['  answer-cookie no;', '  answer-cookie yes; server-id "ns1"; hostname "ns1"; version "1";'],
  ],
};

async function startTelling(kind: PeerKind, folder: string, file: string): Promise<PeerServer> {
  const own = join(folder, kind);
  await mkdir(own);
  const port = await freePort();
  const plain = CONFIGURATIONS[kind](own, port, new Map([[ODD_ZONE, file]]));
  const text = TELLING[kind].reduce((changed, [from, to]) => changed.replace(from, to), plain.text);
  const peer = await runPeer(kind, own, port, { ...plain, text }, [ODD_ZONE]);
  onTestFinished(async () => peer.close());
  return peer;
}

async function startOurs(folder: string): Promise<{ port: number; file: string }> {
  const place = await makeServerFolder(folder);
  const file = join(place.zones, `${ODD_ZONE}zone`);
  await writeFile(file, ODD_ZONE_TEXT);
  await addNameserverKeys(place, ['identity: ns1', 'chaos: { version: "1", identity: ns1 }']);
  await ServerProcess.start(place);
  return { port: place.dnsPort, file };
}

function facetsOf(message: Uint8Array | undefined): Facets {
  if (message === undefined) return { reply: 'none' };
  const reply: Reply = readReply(message, true);
  const { edns } = reply;
  const options = edns?.options.map(({ code }) => code).filter((code) => code !== EXTENDED_ERROR);
  return {
    reply: 'some',
    opcode: String(reply.opcode),
    rcode: String(reply.rcode),
    flags: reply.flags.join(' '),
    question: String(reply.question.length),
    answer: reply.answer.toSorted().join('\n'),
    edns: edns === undefined ? 'none' : `version ${edns.version} do ${edns.dnssecOk}`,
    options: options?.toSorted().join(' ') ?? '',
  };
}

describe.skipIf(peersMissing(...PEER_PROGRAMS))('odd requests', () => {
  it('are answered as NSD, Knot and BIND do where they agree', { timeout: 90_000 }, async () => {
    const folder = await temporaryFolder();
    const { port, file } = await startOurs(folder);
    const peers = await Promise.all(KINDS.map(async (kind) => startTelling(kind, folder, file)));
    const ports = [port, ...peers.map((peer) => peer.port)];
    const exchanges = await Promise.all(ports.map(async (one) => DnsExchange.open(one)));
    for (const exchange of exchanges) onTestFinished(() => exchange.close());
    const requests = oddRequests().entries();
    const wrong: string[] = [];
    const work = async (): Promise<void> => {
      for (const [, { what, octets, isTcp }] of requests) {
        const asked = exchanges.map(async (exchange) =>
          facetsOf(isTcp ? await exchange.askTcp(octets) : await exchange.askUdp(octets)),
        );
        const [ours, ...theirs] = await Promise.all(asked);
        const faults = disagreements(ours, theirs);
        if (faults.length > 0) wrong.push([what, ...faults].join('\n  '));
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, work));
    expect(wrong.join('\n')).toBe('');
  });
});
