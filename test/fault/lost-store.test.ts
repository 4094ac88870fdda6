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
import { type Random, seededRandom } from '#base/random.ts';
import { holdfast } from '../kit/command-line.ts';
import { readEnvironmentNumber } from '../kit/environment-number.ts';
import { openDemoSession } from '../kit/epp/demo-session.ts';
import { resultOf } from '../kit/epp/epp-client.ts';
import { contactCreate, domainCreate, done, hostCreate } from '../kit/epp/epp-objects.ts';
import { freePort } from '../kit/free-port.ts';
import { addNameserverKeys } from '../kit/server-configuration.ts';
import { makeServerFolder, type ServerFolder, ServerProcess } from '../kit/server-process.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';
import { askUdp } from '../kit/udp-query.ts';
import { writeUpdate } from '../kit/update-message.ts';
import { UpdateSender } from '../kit/update-sender.ts';

const ROUNDS = readEnvironmentNumber('HOLDFAST_LOST_STORES', 3);
const SEED = readEnvironmentNumber('HOLDFAST_SEED', 20_261_122);
const LAUNCHER = resolve('bin/holdfast.mjs');
const ZONE = `$TTL 60
@ IN SOA ns1.example.net. hostmaster.example.net. 1 7200 900 1209600 300
@ IN NS ns1.example.net.
`;
const HEADER = `$TTL 60
@ IN SOA ns1.example.net. hostmaster.example.net. 7 7200 900 1209600 300
@ IN NS ns1.example.net.
`;
const API = '/api/v1/servers/localhost/zones/a.example.';
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

/** A server with a register and two zones, what was acknowledged by it, and ways to change it. */
class Trial {
  readonly place: ServerFolder;
  readonly #eppPort: number;
  readonly #random: Random;
  /** Addresses by owner name; names of the register. */
  readonly addresses = new Map<string, string>();
  readonly names: string[] = [];
  #sent = 0;

  private constructor(place: ServerFolder, eppPort: number, random: Random) {
    this.place = place;
    this.#eppPort = eppPort;
    this.#random = random;
  }

  static async open(random: Random, store = ''): Promise<Trial> {
    const eppPort = await freePort();
    const extra = `epp: { listen: "127.0.0.1:${eppPort}", tlds: [tld.], demoRegistrar: demo-rar }
backup:
  incremental: never
  locations: [{ name: disk-2, directory: "./disk 2" }]
${store}`;
    const place = await makeServerFolder(await temporaryFolder(), extra);
    await addNameserverKeys(place, ['update: { allow: ["127.0.0.1"] }']);
    for (const name of ['tld', 'a.example']) {
      await writeFile(join(place.zones, `${name}.zone`), ZONE);
    }
    return new Trial(place, eppPort, random);
  }

  async createObjects(): Promise<void> {
    const session = await openDemoSession(this.place.data, this.#eppPort);
    await done(session, contactCreate('jo-1'));
    await done(session, hostCreate('ns1.host.example'));
    session.close();
  }

  /** Changes through all doors at once, each one after the other, until one has no answer. */
  changes(server: ServerProcess, count: number): Promise<unknown> {
    return Promise.all([
      this.#patches(server, count),
      this.#updates(server, count),
      this.#commands(count),
    ]);
  }

  async #patches(server: ServerProcess, count: number): Promise<void> {
    for (let left = count; left > 0; left--) {
      const name = `api-${this.#random.below(20)}.a.example.`;
      const content = this.#address();
      const records = [{ content, disabled: false }];
      const rrset = { name, type: 'A', ttl: 60, records, changetype: 'REPLACE' };
      // What was under way and not answered may be there or not.
      this.addresses.delete(name);
      const answer = await server.api('PATCH', API, { rrsets: [rrset] }).catch(() => undefined);
      if (answer === undefined) return;
      expect(answer.status).toBe(204);
      this.addresses.set(name, content);
    }
  }

  async #updates(server: ServerProcess, count: number): Promise<void> {
    const sender = await UpdateSender.open({ port: server.place.dnsPort, transport: 'tcp' });
    const ended = server.exited.then(() => undefined);
    for (let left = count; left > 0; left--) {
      const name = `update-${this.#random.below(20)}.a.example.`;
      const address = this.#address();
      const updates = [`delete ${name} A`, `add ${name} 60 A ${address}`];
      this.addresses.delete(name);
      const message = writeUpdate({ id: this.#sent & 0xffff, zone: 'a.example.', updates });
      const rcode = await Promise.race([sender.send(message).catch(() => undefined), ended]);
      if (rcode === undefined) break;
      expect(rcode).toBe(0);
      this.addresses.set(name, address);
    }
    sender.close();
  }

  async #commands(count: number): Promise<void> {
    const session = await openDemoSession(this.place.data, this.#eppPort).catch(() => undefined);
    for (let left = count; left > 0 && session !== undefined; left--) {
      this.#sent += 1;
      const name = `n-${this.#sent}.tld`;
      const wanted = { contact: 'jo-1', nameservers: ['ns1.host.example'] };
      const answer = await session.ask(domainCreate(name, wanted)).catch(() => undefined);
      if (answer === undefined) return;
      expect(resultOf(answer)).toBe(1000);
      this.names.push(name);
    }
    session?.close();
  }

  #address(): string {
    this.#sent += 1;
    return `10.${(this.#sent >> 16) & 255}.${(this.#sent >> 8) & 255}.${this.#sent & 255}`;
  }

  async backUp(): Promise<void> {
    const made = await holdfast('backup', 'now', '--config', this.place.config);
    expect(made).toMatchObject({ exitCode: 0, stderr: '' });
  }

  async expectAll(): Promise<void> {
    const { dnsPort: port } = this.place;
    for (const [name, address] of this.addresses) {
      const { answers } = await askUdp({ port, name, type: 'A' });
      expect({ name, answers }).toMatchObject({ answers: [{ data: address }] });
    }
    for (const name of this.names) await expect.poll(() => isDelegated(port, name)).toBe(true);
  }
}

async function isDelegated(port: number, name: string): Promise<boolean> {
  const { authorities = [] } = await askUdp({ port, name, type: 'NS' });
  return authorities.some((record) => record.type === 'NS' && record.name === name);
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
    timeout: 60_000 * ROUNDS,
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
      expect(said, what).toMatch(/^\d+ batches of the mirror, until \S+, all that it has$/m);
      expect(said).toContain('serials are those of the store that was lost');
      server = await ServerProcess.start(place);
      await trial.expectAll();
    }
    expect(await server.stop()).toBe(0);
  });

  it('is restored from a mirror elsewhere, with a large zone that only its file has', {
    timeout: 60_000,
  }, async () => {
    const trial = await Trial.open(seededRandom(SEED), 'store: { mirrorDirectory: ./disk 3/m }\n');
    const { place } = trial;
    let server = await ServerProcess.start(place);
    await trial.createObjects();
    await trial.backUp();
    const hosts = Array.from({ length: 2500 }, (_, at) => `h${at} A 192.0.2.1\n`);
    await writeFile(join(place.zones, 'large.example.zone'), HEADER + hosts.join(''));
    server.child.kill('SIGHUP');
    const last = { port: place.dnsPort, name: 'h2499.large.example.', type: 'A' } as const;
    await expect.poll(async () => (await askUdp(last)).answers, { timeout: 5000 }).toHaveLength(1);
    for (let round = 0; round < 2; round++) {
      await trial.changes(server, 10);
      await server.kill();
      const store = join(place.data, 'store');
      await rm(store, { recursive: true });
      // Something must be there that is damaged: an empty folder would be made good by the mirror.
      await ServerProcess.start(place).then((started) => started.kill());
      await truncate(join(store, 'level', 'CURRENT'), 0);
      const said = await followRefusal(place);
      if (round === 0)
        expect(said).toMatch(/large\.example\.: .* the start imports .*\.zone again/);
      server = await ServerProcess.start(place);
      await trial.expectAll();
      expect((await askUdp(last)).answers).toHaveLength(1);
      // The past that was lost is not taken for the end of what was restored.
      expect(await readdir(join(place.folder, 'disk 3', 'm'))).toContain('set-aside');
      await trial.backUp();
    }
    expect(await server.stop()).toBe(0);
  });
});
