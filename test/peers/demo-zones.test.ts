// The demo zones, as four programs read them: what dig and kdig get from the server and what
// named-checkzone and nsd-checkzone make of the files and of our export is the same zone.
import { execFile } from 'node:child_process';
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseName } from '#dns/wire/name.ts';
import { findPeer, peersMissing } from '../kit/peers.ts';
import { makeServerFolder, ServerProcess } from '../kit/server-process.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';
import { readText } from '../kit/zonefile-text.ts';

const run = promisify(execFile);
const ZONES = fileURLToPath(new URL('../../zones/', import.meta.url));
const QUESTIONS_AT_ONCE = 64;
const TIMEOUT_MS = 60_000;

async function demoZones(): Promise<string[]> {
  const files = (await readdir(ZONES)).filter((file) => file.endsWith('.zone'));
  return files.map((file) => file.replace(/zone$/, ''));
}

async function startServer(): Promise<ServerProcess> {
  const place = await makeServerFolder(await temporaryFolder());
  for (const zone of await demoZones()) {
    await copyFile(join(ZONES, `${zone}zone`), join(place.zones, `${zone}zone`));
  }
  return ServerProcess.start(place);
}

/** What the program writes on standard output; its errors are the test's. */
async function say(program: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(findPeer(program) ?? program, args, { maxBuffer: 1 << 26 });
  return stdout;
}

/** One line a record, blanks made one, in order. */
function recordLines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith(';'))
    .map((line) => line.replaceAll(/\s+/g, ' ').trim())
    .toSorted();
}

/** The zone as named-checkzone reads the file; without asking for names outside it. */
async function dumpZone(zone: string, file: string): Promise<string[]> {
  return recordLines(await say('named-checkzone', '-i', 'none', '-q', '-D', '-o', '-', zone, file));
}

/** Every RRset of the zone that an authoritative answer can hold: owner and type. */
async function questionsOf(zone: string): Promise<[owner: string, type: string][]> {
  const records = (await dumpZone(zone, join(ZONES, `${zone}zone`))).map((line) => line.split(' '));
  const cuts = records
    .filter(([owner, , , type]) => type === 'NS' && owner !== zone)
    .map(([owner = '']) => owner);
  const seen = new Map<string, [string, string]>();
  for (const [owner = '', , , type = ''] of records) {
    const isAtCut = cuts.includes(owner);
    const isHidden = cuts.some((cut) => owner.endsWith(`.${cut}`)) || (isAtCut && type !== 'DS');
    if (!isHidden && type !== 'RRSIG') seen.set(`${owner} ${type}`, [owner, type]);
  }
  return [...seen.values()];
}

/** What dig or kdig writes of the answers to all questions, read as a master file. */
async function answersOf(
  program: string,
  port: number,
  questions: readonly (readonly [string, string])[],
): Promise<string[]> {
  const records: string[] = [];
  for (let from = 0; from < questions.length; from += QUESTIONS_AT_ONCE) {
    const part = questions.slice(from, from + QUESTIONS_AT_ONCE);
    const options = ['+noall', '+answer', '+norec', '+timeout=5', '-p', String(port)];
    const args = part.flatMap(([owner, type]) => ['@127.0.0.1', ...options, owner, type]);
    const { records: read, errors } = await readText(await say(program, ...args));
    expect(errors).toEqual([]);
    records.push(...read);
  }
  return records.toSorted();
}

/** The records of the zone's file that answer the questions. */
async function expectedAnswers(
  zone: string,
  questions: readonly (readonly [string, string])[],
): Promise<string[]> {
  const text = await readFile(join(ZONES, `${zone}zone`), 'utf8');
  const { records } = await readText(text, { origin: parseName(zone) });
  const wanted = new Set(questions.map(([owner, type]) => `${owner} ${type}`));
  const isWanted = (record: string): boolean => {
    const [owner, , type] = record.split(' ');
    return wanted.has(`${owner} ${type}`);
  };
  return records.filter(isWanted).toSorted();
}

const PEERS = ['dig', 'kdig', 'named-checkzone', 'nsd-checkzone'];

describe.skipIf(peersMissing(...PEERS))('the demo zones', () => {
  it('are accepted by named-checkzone and nsd-checkzone', async () => {
    for (const zone of await demoZones()) {
      const file = join(ZONES, `${zone}zone`);
      await expect(say('named-checkzone', '-i', 'local', '-q', zone, file)).resolves.toBe('');
      await expect(say('nsd-checkzone', zone, file)).resolves.toMatch(/is ok/);
    }
  });

  it('are the same zones in our export', { timeout: TIMEOUT_MS }, async () => {
    const server = await startServer();
    const folder = await temporaryFolder();
    for (const zone of await demoZones()) {
      const exported = await server.api('GET', `/api/v1/servers/localhost/zones/${zone}/export`);
      const file = join(folder, `${zone}zone`);
      await writeFile(file, await exported.text());
      expect(await dumpZone(zone, file)).toEqual(await dumpZone(zone, join(ZONES, `${zone}zone`)));
      await expect(say('nsd-checkzone', zone, file)).resolves.toMatch(/is ok/);
    }
  });

  it.each(['dig', 'kdig'])(
    'are answered to %s record for record',
    { timeout: TIMEOUT_MS },
    async (program) => {
      const server = await startServer();
      for (const zone of await demoZones()) {
        const questions = await questionsOf(zone);
        expect(questions.length).toBeGreaterThan(0);
        const answers = await answersOf(program, server.place.dnsPort, questions);
        expect(answers).toEqual(await expectedAnswers(zone, questions));
      }
    },
  );
});
