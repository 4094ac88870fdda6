// The same zones in our server, NSD, Knot DNS and BIND, the same questions to all four: where the
// three agree, ours says the same. HOLDFAST_DIFFERENTIAL sets how many questions, for a long run.
import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandom } from '#base/random.ts';
import { DnsExchange } from '../../kit/dns-exchange.ts';
import { writeQuery } from '../../kit/dns-query.ts';
import { readEnvironmentNumber } from '../../kit/environment-number.ts';
import { PEER_PROGRAMS, type PeerKind, startPeer, type ZoneFiles } from '../../kit/peer-server.ts';
import { peersMissing } from '../../kit/peers.ts';
import { makeServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { areTruncated, disagreements, type Facets, facetsOf, faultsOf } from './facets.ts';
import { makeQuestion, type Question, readZoneNames } from './questions.ts';

const QUESTIONS = readEnvironmentNumber('HOLDFAST_DIFFERENTIAL', 5000);
const SEED = readEnvironmentNumber('HOLDFAST_DIFFERENTIAL_SEED', 1);
const IN_FLIGHT = 24;
const KINDS: readonly PeerKind[] = ['nsd', 'knot', 'bind'];
/** Served together; a root zone has everything below it, so it is asked apart. */
const SUITES: readonly { what: string; folders: string[]; share: number }[] = [
  { what: 'zones of every kind', folders: ['./zones/', '../../../zones/'], share: 1 },
  { what: 'the root zone', folders: ['./root/'], share: 0.3 },
];
/** File of the root zone. */
const ROOT_FILE = 'root.zone';
const TIMEOUT_MS = 60_000 + QUESTIONS * 20;

async function findZones(folders: readonly string[]): Promise<ZoneFiles> {
  const zones = new Map<string, string>();
  for (const place of folders) {
    const folder = fileURLToPath(new URL(place, import.meta.url));
    for (const file of await readdir(folder)) {
      if (!file.endsWith('.zone')) continue;
      const zone = file === ROOT_FILE ? '.' : file.replace(/zone$/, '');
      zones.set(zone, join(folder, file));
    }
  }
  return zones;
}

async function openOurs(zones: ZoneFiles): Promise<DnsExchange> {
  const place = await makeServerFolder(await temporaryFolder());
  for (const [zone, file] of zones) await copyFile(file, join(place.zones, `${zone}zone`));
  await ServerProcess.start(place);
  return openExchange(place.dnsPort);
}

async function openPeer(kind: PeerKind, folder: string, zones: ZoneFiles): Promise<DnsExchange> {
  const peer = await startPeer(kind, folder, zones);
  onTestFinished(() => peer.close());
  return openExchange(peer.port);
}

async function openExchange(port: number): Promise<DnsExchange> {
  const exchange = await DnsExchange.open(port);
  onTestFinished(() => exchange.close());
  return exchange;
}

/** What is wrong with our reply to the question; empty if nothing. */
async function judge(
  question: Question,
  ours: DnsExchange,
  peers: readonly DnsExchange[],
): Promise<string[]> {
  const query = writeQuery(question);
  const ask = async (exchange: DnsExchange, isTcp: boolean): Promise<Uint8Array | undefined> =>
    isTcp ? exchange.askTcp(query) : exchange.askUdp(query);
  const askPeers = async (isTcp: boolean): Promise<Facets[]> => {
    const replies = await Promise.all(peers.map(async (peer) => ask(peer, isTcp)));
    return replies.map((reply) => facetsOf(question, reply));
  };
  const [mine, theirs] = await Promise.all([ask(ours, question.isTcp), askPeers(question.isTcp)]);
  const facets = facetsOf(question, mine);
  const faults =
    mine === undefined || facets['reply'] !== 'some' ? [] : faultsOf(query, question, mine);
  const isWhole = areTruncated(theirs) && !areTruncated([facets]);
  return [...faults, ...disagreements(facets, isWhole ? await askPeers(true) : theirs)];
}

function describeQuestion(question: Question): string {
  const { id, isTcp, ...fields } = question;
  return `${id} ${isTcp ? 'tcp' : 'udp'} ${JSON.stringify(fields)}`;
}

describe.skipIf(peersMissing(...PEER_PROGRAMS))('answers to the same questions', () => {
  it.each(SUITES)(
    'are ours where NSD, Knot and BIND agree: $what',
    {
      timeout: TIMEOUT_MS,
    },
    async ({ folders, share }) => {
      const zones = await findZones(folders);
      const count = Math.ceil(QUESTIONS * share);
      const names = await readZoneNames(zones);
      const folder = await temporaryFolder();
      const [ours, ...peers] = await Promise.all([
        openOurs(zones),
        ...KINDS.map(async (kind) => openPeer(kind, folder, zones)),
      ]);
      const random = seededRandom(SEED);
      const wrong: string[] = [];
      let next = 0;
      const work = async (): Promise<void> => {
        while (next < count) {
          const question = makeQuestion(next++, names, random);
          const faults = await judge(question, ours, peers);
          if (faults.length > 0) wrong.push([describeQuestion(question), ...faults].join('\n  '));
        }
      };
      await Promise.all(Array.from({ length: IN_FLIGHT }, work));
      expect(wrong.join('\n'), `${wrong.length} of ${count} differ`).toBe('');
    },
  );
});
