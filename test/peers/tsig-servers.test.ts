import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signRequest } from '#dns/tsig/tsig-client.ts';
import { formatTsigKey, TSIG_ALGORITHMS, type TsigKey } from '#dns/tsig/tsig-key.ts';
import { readMessage } from '#dns/wire/message-reader.ts';
import { parseName } from '#dns/wire/name.ts';
import { DnsExchange } from '../kit/dns-exchange.ts';
import { writeQuery } from '../kit/dns-query.ts';
import { type PeerKind, type PeerServer, startPeer } from '../kit/peer-server.ts';
import { peersMissing } from '../kit/peers.ts';
import { buildFrame, openStreamClient } from '../kit/stream-client.ts';
import { SECRET } from '../kit/tsig-message.ts';

const PEERS: [PeerKind, string][] = [
  ['bind', 'named'],
  ['knot', 'knotd'],
  ['nsd', 'nsd'],
];
const KEYS = TSIG_ALGORITHMS.map((algorithm): TsigKey => {
  return { name: parseName(`of-${algorithm}.`), algorithm, secret: SECRET };
});
const SHA256_KEY = KEYS[3];
const OTHER_SECRET = Uint8Array.from(SECRET).with(0, 0);
/** The transfer of so many takes more than a hundred messages of 16 KiB. */
const HOSTS = 60_000;
const ZONE = [
  '$ORIGIN signed.test.',
  '@ 300 SOA ns admin 7 3600 600 86400 300',
  '@ 300 NS ns',
  'ns 300 A 192.0.2.1',
  ...Array.from({ length: HOSTS }, (_, at) => `host${at} 300 TXT "to fill messages with ${at}"`),
  '',
].join('\n');

const SOA_QUERY = { id: 0x2136, name: 'signed.test.', type: 6 };
const AXFR_QUERY = { id: 0x5936, name: 'signed.test.', type: 252 };

const IS_ONE_MISSING = peersMissing(...PEERS.map(([, program]) => program));

describe.skipIf(IS_ONE_MISSING).each(PEERS)('%s', (kind, program) => {
  let folder = '';
  let peer: PeerServer | undefined;
  let exchange: DnsExchange | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
    const file = join(folder, 'zone');
    await writeFile(file, ZONE);
    const keys = KEYS.map(formatTsigKey);
    peer = await startPeer(kind, folder, new Map([['signed.test.', file]]), keys);
    exchange = await DnsExchange.open(peer.port);
  });

  afterAll(async () => {
    exchange?.close();
    await peer?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Asks for the SOA record at another time than it is, and verifies at that time. */
  async function ask(key: TsigKey, awayMs = 0) {
    const nowMs = Date.now() + awayMs;
    const { message, verifier } = signRequest(writeQuery(SOA_QUERY), key, nowMs);
    const reply = await exchange?.askUdp(message);
    if (reply === undefined) throw new Error(`${program} gives no answer`);
    const verified = verifier.verify(reply, nowMs);
    verifier.end();
    return readMessage(verified);
  }

  it.each(TSIG_ALGORITHMS)('answers a query signed with %s, and is verified', async (algorithm) => {
    const key = KEYS.find((one) => one.algorithm === algorithm) ?? SHA256_KEY;
    const { rcode, answer, additional } = await ask(key);
    expect([rcode, answer.length]).toEqual([0, 1]);
    expect(additional.filter(({ type }) => type === 250)).toEqual([]);
  });

  it('is verified message by message in a long transfer', async () => {
    const { socket, frames } = await openStreamClient(peer?.port ?? 0);
    const { message, verifier } = signRequest(writeQuery(AXFR_QUERY), SHA256_KEY, Date.now());
    socket.write(buildFrame(message));
    let taken = 0;
    let recordCount = 0;
    for (let soaCount = 0; soaCount < 2; ) {
      const frame = frames[taken];
      if (frame === undefined) {
        await new Promise((resolve) => {
          socket.once('data', resolve);
        });
        continue;
      }
      taken += 1;
      const { answer } = readMessage(verifier.verify(frame, Date.now()));
      recordCount += answer.length;
      soaCount += answer.filter(({ type }) => type === 6).length;
    }
    verifier.end();
    expect(recordCount).toBe(HOSTS + 4);
    expect(taken).toBeGreaterThan(50);
  });

  it('says why it does not take a signature', async () => {
    await expect(ask({ ...SHA256_KEY, name: parseName('other.') })).rejects.toMatchObject({
      code: 'TSIG_BADKEY',
      message: /the server answers BADKEY for key other\./,
    });
    await expect(ask({ ...SHA256_KEY, secret: OTHER_SECRET })).rejects.toMatchObject({
      code: 'TSIG_BADSIG',
      message: /the server answers BADSIG/,
    });
    await expect(ask(SHA256_KEY, 3_600_000)).rejects.toMatchObject({
      code: 'TSIG_BADTIME',
      message: /answers BADTIME.*its own time is 3\d\d\d s in the past/,
    });
  });
});
