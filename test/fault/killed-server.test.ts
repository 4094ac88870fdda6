/**
 * `kill -9` while changes stream in over the API: after each restart everything that was answered
 * 2xx is served, and no change is there in part (invariant 4). HOLDFAST_KILLS runs more rounds.
 */
import { Buffer } from 'node:buffer';
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { seededRandom } from '#base/random.ts';
import { readEnvironmentNumber } from '../kit/environment-number.ts';
import { makeServerFolder, ServerProcess } from '../kit/server-process.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';
import { askUdp } from '../kit/udp-query.ts';

const ZONE = '/api/v1/servers/localhost/zones/example.com.';
const KILLS = readEnvironmentNumber('HOLDFAST_KILLS', 20);
const CLIENTS = 4;
const CHANGES_PER_ROUND = 50;

/** One change writes both: they must always be equal. */
function pairOf(client: number, value: number) {
  const owner = (side: string): string => `${side}${client}.example.com.`;
  return ['left', 'right'].map((side) => ({
    name: owner(side),
    type: 'TXT',
    ttl: 1,
    changetype: 'REPLACE',
    records: [{ content: `"${value}"`, disabled: false }],
  }));
}

it(`keeps every answered change and no half one over ${KILLS} kills`, {
  timeout: 600_000,
}, async () => {
  const place = await makeServerFolder(await temporaryFolder());
  /** By client: the last value answered 2xx, and the last one sent. */
  const confirmed = Array.from({ length: CLIENTS }, () => 0);
  const sent = Array.from({ length: CLIENTS }, () => 0);
  let changes = 0;
  let lastStatus: number | string | undefined;
  const random = seededRandom(20);
  for (let round = 0; round <= KILLS; round++) {
    const server = await ServerProcess.start(place);
    if (round === 0) await createZone(server);
    for (let client = 0; client < CLIENTS; client++) {
      const values = await Promise.all(
        ['left', 'right'].map((side) => askTxt(place.dnsPort, `${side}${client}.example.com.`)),
      );
      expect(values[0]).toBe(values[1]);
      expect(values[0]).toBeGreaterThanOrEqual(confirmed[client]);
      expect(values[0]).toBeLessThanOrEqual(sent[client]);
      confirmed[client] = values[0];
    }
    if (round === KILLS) {
      lastStatus = await server.stop();
      break;
    }
    const traffic = { isOn: true };
    const streams = confirmed.map(async (_, client) => {
      while (traffic.isOn) {
        sent[client] += 1;
        const value = sent[client];
        try {
          const answer = await server.api('PATCH', ZONE, { rrsets: pairOf(client, value) });
          if (answer.status !== 204) throw new Error(`status ${answer.status}`);
          confirmed[client] = value;
          changes += 1;
        } catch (error) {
          if (traffic.isOn) throw error;
        }
      }
    });
    const goal = changes + CHANGES_PER_ROUND;
    await expect.poll(() => changes, { timeout: 20_000, interval: 5 }).toBeGreaterThan(goal);
    // At another moment of the commit each time.
    await setTimeout(random.below(20));
    traffic.isOn = false;
    await server.kill();
    await Promise.all(streams);
  }
  expect(lastStatus).toBe(0);
  expect(changes).toBeGreaterThan(KILLS);
  process.stderr.write(`${changes} answered changes over ${KILLS} kills, all served, none half\n`);
});

async function createZone(server: ServerProcess): Promise<void> {
  const { status } = await server.api('POST', '/api/v1/servers/localhost/zones', {
    name: 'example.com.',
    kind: 'Native',
    nameservers: ['ns1.example.net.'],
    rrsets: Array.from({ length: CLIENTS }, (_, client) => pairOf(client, 0)).flat(),
  });
  if (status !== 201) throw new Error(`creating the zone gave status ${status}`);
}

async function askTxt(port: number, name: string): Promise<number> {
  const answer = await askUdp({ port, name, type: 'TXT' });
  const [first] = answer.answers ?? [];
  if (first?.type !== 'TXT') throw new Error(`no TXT at ${name}`);
  return Number(Buffer.concat(first.data as Buffer[]).toString());
}
