/**
 * kill -9 anywhere between a decided cycle and a delivered message: whoever is to be told is told,
 * of everything, and what comes twice comes under the same id.
 */
import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandom } from '#base/random.ts';
import type { Message, NoticeOf } from '#sla/incident/notice.ts';
import { listenHttp } from '../../kit/http-listener.ts';
import { saidBy } from '../../kit/sla-watch.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const SIDECAR = fileURLToPath(new URL('../../kit/incident-sidecar.ts', import.meta.url));
const MINUTES = 60;
const SEED = 20_261_122;

/** What the story of the child says, without kills. */
const WHOLE = [
  'incident-opened dns-nameserver',
  'incident-opened dns-nameserver',
  'incident-opened dns',
  'emergency-share dns 10',
  'escalation dns 10',
  'incident-resolved dns-nameserver',
  'incident-resolved dns-nameserver',
  'incident-resolved dns',
  'incident-opened dns-nameserver',
  'incident-opened dns-nameserver',
  'incident-opened dns',
  'incident-resolved dns-nameserver',
  'incident-resolved dns-nameserver',
  'incident-resolved dns',
];

async function openReceiver() {
  const messages: Message[] = [];
  const url = await listenHttp(async (request, response) => {
    messages.push(JSON.parse(await text(request)) as Message);
    response.statusCode = 204;
    response.end();
  });
  return { url, messages };
}

/** Runs the child until it is done or dead; kills it after `waitMs` where that is given. */
async function run(folder: string, url: string, death = '', waitMs?: number): Promise<boolean> {
  const args = [SIDECAR, folder, url, String(MINUTES), death];
  const child = spawn(process.execPath, args, { stdio: 'pipe' });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  let complaint = '';
  child.stdout.on('data', (piece: Buffer) => (said += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (complaint += piece.toString()));
  const exit = once(child, 'exit');
  if (waitMs !== undefined) {
    while (!said.includes('started') && child.exitCode === null) await delay(5);
    await delay(waitMs);
    child.kill('SIGKILL');
  }
  await exit;
  if (complaint !== '') throw new Error(complaint);
  return said.includes('done');
}

/** Each notice once, and in no two messages. */
function distinct(messages: readonly Message[]): Message[] {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const notices = [...byId.values()].flatMap((message) => message.notices.map(({ id }) => id));
  expect(new Set(notices).size).toBe(notices.length);
  return [...byId.values()];
}

describe('a sidecar that is killed', () => {
  it('after the ledger and before the outbox tells it after its restart, and only once', async () => {
    const folder = await temporaryFolder();
    const { url, messages } = await openReceiver();
    // The cycle that opens the incident of the service, and the one that reaches ten percent.
    for (const death of ['7:ledger', '28:ledger']) {
      expect(await run(folder, url, death)).toBe(false);
    }
    expect(await run(folder, url)).toBe(true);
    expect(saidBy(messages)).toEqual(WHOLE);
    expect(distinct(messages)).toHaveLength(messages.length);
  }, 60_000);

  it('after the outbox and before the delivery delivers it after its restart', async () => {
    const folder = await temporaryFolder();
    const { url, messages } = await openReceiver();
    expect(await run(folder, url, '28:outbox')).toBe(false);
    expect(await run(folder, url)).toBe(true);
    expect(saidBy(messages)).toEqual(WHOLE);
    const escalation = messages
      .flatMap(({ notices }) => notices)
      .find((notice): notice is NoticeOf<'escalation'> => notice.kind === 'escalation');
    const { file = '', sha256, failures } = escalation?.evidence ?? {};
    const bundle = await readFile(join(folder, 'evidence', file), 'utf8');
    expect(hash('sha256', bundle, 'hex')).toBe(sha256);
    expect(failures).toEqual([
      { target: 'dns ns1.example. 192.0.2.1 udp', error: 'timeout', tests: 24 },
      { target: 'dns ns2.example. 192.0.2.2 udp', error: 'timeout', tests: 24 },
    ]);
    expect(JSON.parse(bundle)).toMatchObject({
      failedTests: { count: 48, listed: 48 },
      down: [{ from: '2026-10-05T10:05:00Z', to: '2026-10-05T10:29:00Z', seconds: 1440 }],
      ledger: [{ day: '2026-10-05' }],
    });
  }, 60_000);

  it(`at random moments tells everything (seed ${SEED})`, async () => {
    const folder = await temporaryFolder();
    const { url, messages } = await openReceiver();
    const random = seededRandom(SEED);
    let isDone = false;
    for (let kill = 0; kill < 6 && !isDone; kill++) {
      isDone = await run(folder, url, '', random.below(250));
    }
    if (!isDone) await run(folder, url);
    const told = distinct(messages);
    expect(saidBy(told).toSorted()).toEqual(WHOLE.toSorted());
  }, 60_000);
});
