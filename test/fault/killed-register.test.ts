/**
 * `kill -9` while registrars create names over EPP: after each restart every name that was answered
 * 1000 is in its zone, and at the end the zone has one version for each name and no more, whatever
 * was under way between the register and the zone. HOLDFAST_KILLS runs more rounds.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { seededRandom } from '#base/random.ts';
import { readEnvironmentNumber } from '../kit/environment-number.ts';
import { openDemoSession } from '../kit/epp/demo-session.ts';
import { resultOf } from '../kit/epp/epp-client.ts';
import { contactCreate, domainCreate, done, hostCreate } from '../kit/epp/epp-objects.ts';
import { freePort } from '../kit/free-port.ts';
import { makeServerFolder, ServerProcess } from '../kit/server-process.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';
import { askUdp } from '../kit/udp-query.ts';

const KILLS = readEnvironmentNumber('HOLDFAST_KILLS', 4);
const SESSIONS = 4;
const NAMES_PER_ROUND = 40;
const HISTORY = '/api/holdfast/v1/zones/tld./history?limit=1000';
const WANTED = { contact: 'jo-1', nameservers: ['ns1.host.example'] };
const ZONE = `$TTL 60
@ IN SOA ns1.example.net. hostmaster.example.net. 1 7200 900 1209600 300
@ IN NS ns1.example.net.
`;

it(`keeps every name that was answered, and publishes none twice, over ${KILLS} kills`, {
  timeout: 600_000,
}, async () => {
  const eppPort = await freePort();
  const epp = `epp: { listen: "127.0.0.1:${eppPort}", tlds: [tld.], demoRegistrar: demo-rar }\n`;
  const place = await makeServerFolder(await temporaryFolder(), epp);
  await writeFile(join(place.zones, 'tld.zone'), ZONE);
  const random = seededRandom(6);
  const sent: string[] = [];
  const confirmed: string[] = [];
  let status: number | string | undefined;
  for (let round = 0; ; round++) {
    const server = await ServerProcess.start(place);
    for (const name of confirmed) {
      await expect.poll(() => isDelegated(place.dnsPort, name), { interval: 5 }).toBe(true);
    }
    if (round === KILLS) {
      await expectOneVersionEach(server, sent, confirmed);
      status = await server.stop();
      break;
    }
    if (round === 0) await createObjects(place.data, eppPort);
    const goal = confirmed.length + NAMES_PER_ROUND;
    const traffic = { isOn: true };
    const streams = Array.from({ length: SESSIONS }, async () => {
      const session = await openDemoSession(place.data, eppPort);
      while (traffic.isOn) {
        const name = `n-${sent.length}.tld`;
        sent.push(name);
        const answer = await session.ask(domainCreate(name, WANTED)).catch(() => undefined);
        if (answer === undefined) return;
        expect(resultOf(answer)).toBe(1000);
        confirmed.push(name);
      }
      session.close();
    });
    await expect
      .poll(() => confirmed.length, { timeout: 20_000, interval: 2 })
      .toBeGreaterThan(goal);
    // At another moment between the register's commit and the zone's each time.
    await sleep(random.below(10));
    await server.kill();
    traffic.isOn = false;
    await Promise.all(streams);
  }
  expect(status).toBe(0);
  const counts = `${confirmed.length} names answered of ${sent.length} sent over ${KILLS} kills`;
  process.stderr.write(`${counts}, each published once\n`);
});

async function createObjects(data: string, port: number): Promise<void> {
  const session = await openDemoSession(data, port);
  await done(session, contactCreate('jo-1'));
  await done(session, hostCreate('ns1.host.example'));
  session.close();
}

async function isDelegated(port: number, name: string): Promise<boolean> {
  const { authorities = [] } = await askUdp({ port, name, type: 'NS' });
  return authorities.some((record) => record.type === 'NS' && record.name === name);
}

/** Of the names that were never answered some may be there: they were committed, and are served. */
async function expectOneVersionEach(
  server: ServerProcess,
  sent: readonly string[],
  confirmed: readonly string[],
): Promise<void> {
  const published: string[] = [];
  for (const name of sent) {
    if (await isDelegated(server.place.dnsPort, name)) published.push(name);
  }
  expect(new Set(confirmed).difference(new Set(published))).toEqual(new Set());
  const response = await server.api('GET', HISTORY);
  const { versions } = (await response.json()) as {
    versions: { source: string; requestId: string }[];
  };
  const commands = versions.filter(({ source }) => source === 'epp');
  expect(commands).toHaveLength(published.length);
  expect(new Set(commands.map(({ requestId }) => requestId)).size).toBe(published.length);
}
