/**
 * A store that no start takes any more, restored by the very commands that the refused start says:
 * every change that was acknowledged over the API, by UPDATE and over EPP is there, also those after
 * the backup and those that were under way when the server was killed. HOLDFAST_LOST_STORES runs
 * more rounds, HOLDFAST_SEED others.
 */
import { execFile } from 'node:child_process';
import { readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '#base/random.ts';
import { readEnvironmentNumber } from '../../kit/environment-number.ts';
import { type ServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { askUdp } from '../../kit/udp-query.ts';
import { Trial, ZONE } from './trial.ts';

const ROUNDS = readEnvironmentNumber('HOLDFAST_LOST_STORES', 2);
const SEED = readEnvironmentNumber('HOLDFAST_SEED', 20_261_122);
const LAUNCHER = resolve('bin/holdfast.mjs');
const LEVEL_FILES = { table: /\.ldb$/, manifest: /^MANIFEST/, current: /^CURRENT$/ };

/** What ends the life of a store; the last for a store that has a table. */
const DAMAGES: readonly (readonly [string, (level: string) => Promise<void>])[] = [
  ['CURRENT is empty', async (level) => truncate(await fileOf(level, LEVEL_FILES.current), 0)],
  ['the manifest is gone', async (level) => rm(await fileOf(level, LEVEL_FILES.manifest))],
  [
    'the manifest is empty',
    async (level) => truncate(await fileOf(level, LEVEL_FILES.manifest), 0),
  ],
  ['a table is gone', async (level) => rm(await fileOf(level, LEVEL_FILES.table))],
  ['a table is cut short', async (level) => halve(await fileOf(level, LEVEL_FILES.table))],
];

async function fileOf(level: string, pattern: RegExp): Promise<string> {
  const names = (await readdir(level)).filter((name) => pattern.test(name)).sort();
  return join(level, names[0] ?? 'none');
}

async function halve(path: string): Promise<void> {
  await truncate(path, (await stat(path)).size >> 1);
}

/** The start is refused; runs what it says. @returns what the restore said */
async function followRefusal(place: ServerFolder): Promise<string> {
  const { status, stderr } = await ServerProcess.fail(place);
  expect(status).toBe(1);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  const [, commands = ''] =
    /docs\/operations\/damaged-store\.md says more: (.*) \(STORE_DAMAGED\)$/m.exec(stderr) ?? [];
  expect(commands).toMatch(/ --mirror .* --into /);
  const script = commands.replace('npx holdfast', `"${process.execPath}" "${LAUNCHER}"`);
  const { stdout } = await promisify(execFile)('bash', ['-euc', script]);
  return stdout;
}

describe('a store that is lost', () => {
  it(`is restored with all that was acknowledged, ${ROUNDS} times, seed ${SEED}`, {
    timeout: 120_000 * ROUNDS,
  }, async () => {
    const random = seededRandom(SEED);
    const trial = await Trial.open(random);
    const { place } = trial;
    let server = await ServerProcess.start(place);
    await trial.createObjects();
    await trial.backUp();
    for (let round = 0; round < ROUNDS; round++) {
      await trial.changes(server, 5 + random.below(10));
      // Not every store that is lost has a backup of its own.
      if (round > 0 && random.below(2) === 0) await trial.backUp();
      await trial.changes(server, 5 + random.below(10));
      const underWay = trial.changes(server, 1_000_000);
      const before = trial.names.length;
      await expect.poll(() => trial.names.length, { interval: 2 }).toBeGreaterThan(before);
      await server.kill();
      await underWay;
      const level = join(place.data, 'store', 'level');
      const hasTable = (await readdir(level)).some((name) => LEVEL_FILES.table.test(name));
      const possible = hasTable ? DAMAGES : DAMAGES.slice(0, 3);
      const [what, damage] = possible[random.below(possible.length)];
      await damage(level);
      const said = await followRefusal(place);
      expect(`${what}: ${said}`).toMatch(
        /^\d+ batches of the mirror, until \S+, all that it has$/m,
      );
      expect(said).toContain('serials are those of the store that was lost');
      server = await ServerProcess.start(place);
      await expect.poll(() => trial.missing(), { timeout: 20_000 }).toEqual([]);
    }
    expect(await server.stop()).toBe(0);
  });

  it('is restored from a mirror elsewhere, with a large zone that only its file has', {
    timeout: 240_000,
  }, async () => {
    const trial = await Trial.open(seededRandom(SEED), 'store: { mirrorDirectory: ./disk 3/m }\n');
    const { place } = trial;
    let server = await ServerProcess.start(place);
    await trial.createObjects();
    await trial.backUp();
    const hosts = Array.from({ length: 2500 }, (_, at) => `h${at} A 192.0.2.1\n`);
    await writeFile(join(place.zones, 'large.example.zone'), ZONE + hosts.join(''));
    server.child.kill('SIGHUP');
    const last = { port: place.dnsPort, name: 'h2499.large.example.', type: 'A' } as const;
    await expect
      .poll(async () => (await askUdp(last)).answers, { timeout: 20_000 })
      .toHaveLength(1);
    for (let round = 0; round < 2; round++) {
      await trial.changes(server, 10);
      await server.kill();
      const store = join(place.data, 'store');
      await rm(store, { recursive: true });
      // Something must be there that is damaged: an empty folder would be made good by the mirror.
      await ServerProcess.start(place).then((started) => started.kill());
      await truncate(join(store, 'level', 'CURRENT'), 0);
      const said = await followRefusal(place);
      expect(said).toMatch(/large\.example\.: .* the start imports .*\.zone again/);
      server = await ServerProcess.start(place);
      await expect.poll(() => trial.missing(), { timeout: 20_000 }).toEqual([]);
      expect((await askUdp(last)).answers).toHaveLength(1);
      // The past that was lost is not taken for the end of what was restored.
      expect(await readdir(join(place.folder, 'disk 3', 'm'))).toContain('set-aside');
    }
    expect(await server.stop()).toBe(0);
  });
});
