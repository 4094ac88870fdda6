/**
 * One seeded run: a server lives, is changed, meets a fault, and is looked at, again and again.
 *
 *     start -> equal to the model? -> changes -> (backup) -> fault -> start -> equal to the model? …
 *
 * Faults come as cards of a shuffled deck, so that a short run meets each of them once. The seed
 * decides about all that is done; when a kill hits a change under way is the machine's.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '#base/random.ts';
import { addNameserverKeys } from '../../kit/server-configuration.ts';
import {
  makeServerFolder,
  type ServerFolder,
  type ServerProcess,
} from '../../kit/server-process.ts';
import { BackupPlaces } from './backup-places.ts';
import { type Change, ChangeMaker, RefusedChange, ZONES } from './changes.ts';
import { noteSynced, type SyncedSizes } from './damage.ts';
import { FaultyDisk } from './faulty-disk.ts';
import { RegisterSide } from './register-side.ts';
import { Secondary } from './secondary.ts';
import { startServer } from './start-server.ts';
import { type Content, type ModelMark, ZoneModel } from './zone-model.ts';
import { CATALOG, viewServer } from './zone-view.ts';

const BURSTS_MAX = 4;
/** Bursts of changes; less than a disk has room for that is called full. */
const REFUSED_WITHIN = 200;
/** Of each record, from change to change; back to little in the end. */
const BALLAST_OCTETS = [250, 240, 4];
/** Of a kill, after the changes that it interrupts were sent. */
const KILL_DELAY_MS_MAX = 12;

/** A good backup, and what the zones were when it was made. */
export interface KeptBackup {
  readonly id: string;
  readonly mark: ModelMark;
  /** Those that have it. */
  readonly locations: readonly string[];
  /** Those of them that have only what changed since the one before. */
  readonly incremental: readonly string[];
}

/** A store as a kill would have left it, while its server lives on. */
export interface CrashCopy {
  readonly store: string;
  /** Changes that were under way are in doubt. */
  readonly model: ZoneModel;
  readonly synced: SyncedSizes;
}

/** What came of all this, for people. */
export interface RunCounts {
  rounds: number;
  changes: number;
  doubtful: number;
  trials: number;
  refusals: number;
  backups: number;
  /** System calls of servers that were made to fail. */
  failedCalls: number;
  /** Copies in locations that build on another. */
  incrementals: number;
  restores: number;
  /** Restores to a moment between two backups. */
  moments: number;
}

interface RunParts {
  place: ServerFolder;
  disk: FaultyDisk;
  places: BackupPlaces;
  secondary: Secondary;
  register: RegisterSide;
}

export class FaultRun {
  readonly random: Random;
  readonly place: ServerFolder;
  readonly disk: FaultyDisk;
  readonly places: BackupPlaces;
  readonly secondary: Secondary;
  readonly register: RegisterSide;
  readonly model = new ZoneModel();
  readonly counts: RunCounts = {
    rounds: 0,
    changes: 0,
    doubtful: 0,
    trials: 0,
    refusals: 0,
    backups: 0,
    failedCalls: 0,
    incrementals: 0,
    restores: 0,
    moments: 0,
  };
  /** What was done in this round, for the message of a failure. */
  diary: string[] = [];
  server!: ServerProcess;
  /** Zones that changes have replaced whole; cards forget those that they need not know. */
  readonly replaced = new Set<string>();
  /** What was synced when the last change was acknowledged. */
  synced: SyncedSizes = new Map();
  readonly #changes: ChangeMaker;

  /** Changes that are sent and not answered yet. */
  readonly #underWay = new Set<Change>();

  private constructor(random: Random, parts: RunParts) {
    this.random = random;
    this.place = parts.place;
    this.disk = parts.disk;
    this.places = parts.places;
    this.secondary = parts.secondary;
    this.register = parts.register;
    this.#changes = new ChangeMaker(random);
  }

  static async open(folder: string, random: Random): Promise<FaultRun> {
    const disk = await FaultyDisk.open(folder);
    const places = await BackupPlaces.open(folder);
    const secondary = await Secondary.open(join(folder, 'secondary'));
    const register = await RegisterSide.open();
    const never = 'schedule: "0 0 29 2 *", incremental: never, drill: never';
    const sections = [
      `backup: { ${never}, keep: 3, locations: ${places.settings} }`,
      // So that a run can be longer than its journal.
      'store: { journal: { megabytes: 1 } }',
      register.settings,
    ];
    const place = await makeServerFolder(folder, `${sections.join('\n')}\n`);
    await addNameserverKeys(place, [
      'update: { allow: ["127.0.0.1"] }',
      `transfer: { allow: ["127.0.0.1"], notify: ["127.0.0.1:${secondary.place.dnsPort}"] }`,
      `catalog: ${CATALOG}`,
    ]);
    await register.writeZone(place);
    await secondary.follow(place);
    const moved = await moveData(place, disk);
    return new FaultRun(random, { place: moved, disk, places, secondary, register });
  }

  get isAlive(): boolean {
    const { child } = this.server ?? {};
    return child?.exitCode === null && child.signalCode === null;
  }

  /** Of the zones that changes touch, as acknowledged. */
  get zoneContents(): Content[] {
    return ZONES.flatMap((zone) => this.model.content(zone) ?? []);
  }

  get storeFolder(): string {
    return join(this.place.data, 'store');
  }

  /** Starts the server unless it runs, which must come up, and holds it against the model. */
  async start(): Promise<void> {
    this.disk.sync();
    if (!this.isAlive) this.server = await startServer(this.place);
    await this.expectEqual('after the start');
    await this.secondary.expectFollows(this.model, this.random, 'after a start of its primary');
    this.synced = noteSynced(this.place.data);
  }

  /** @param settles as of the model */
  async expectEqual(when: string, settles = true): Promise<void> {
    const names = settles ? 'register and zone' : 'register';
    const views = await viewServer(this.server, this.random, names);
    const lines = this.model.differences(views, { settles });
    if (lines.length > 0) throw new Error(`${when}: ${lines.join('\n')}`);
  }

  /** What the changes of a run need; before the first of them. */
  async begin(): Promise<void> {
    await this.start();
    await this.register.createObjects(this.server);
    await this.#send(this.#changes.ballast(this.model));
  }

  /** Changes that are larger than the journal, which then begins behind all that was before. */
  async cutJournal(): Promise<void> {
    for (const octets of BALLAST_OCTETS) {
      await this.#send(this.#changes.rewriteBallast(this.model, octets));
    }
  }

  /** Changes, some at once, all of which must be done. */
  async change(): Promise<void> {
    for (let bursts = 1 + this.random.below(BURSTS_MAX); bursts > 0; bursts--) {
      const sent = this.makeBurst();
      const outcomes = await Promise.all(sent.map((change) => this.#send(change)));
      if (outcomes.includes('doubtful')) throw new Error('a change failed on a disk that works');
    }
    this.synced = noteSynced(this.place.data);
  }

  /** Changes that can be made at once: no two of one zone. */
  makeBurst(): Change[] {
    const burst: Change[] = [];
    const taken = new Set(this.model.doubtfulZones);
    for (let left = 1 + this.random.below(4); left > 0; left--) {
      const change = this.#changes.next(this.model, taken);
      if (change !== undefined) burst.push(change);
    }
    if (this.random.below(2) === 0) {
      const command = this.register.next(this.model, taken, this.random);
      if (command !== undefined) burst.push(command);
    }
    return burst;
  }

  /** Kills the server with changes under way; those without an answer are in doubt. */
  async killAmidst(): Promise<void> {
    const sent = this.makeBurst().map((change) => this.#send(change));
    await sleep(this.random.below(KILL_DELAY_MS_MAX));
    await this.server.kill();
    await Promise.all(sent);
  }

  /** What a kill amid changes would leave: the server stands still while its store is copied. */
  async copyAmidst(): Promise<CrashCopy> {
    const store = join(this.place.folder, 'crashed');
    await rm(store, { recursive: true, force: true });
    const sent = this.makeBurst().map((change) => this.#send(change));
    await sleep(this.random.below(KILL_DELAY_MS_MAX));
    const goOn = haltProcess(this.server.child.pid ?? 0);
    // Nothing may come between: an answer that is read later is one that the kill came before.
    const model = this.model.fork([...this.#underWay]);
    const { synced } = this;
    await cp(this.storeFolder, store, { recursive: true }).finally(goOn);
    const outcomes = await Promise.all(sent);
    if (outcomes.includes('doubtful')) throw new Error('a change failed because of a pause');
    return { store, model, synced };
  }

  /** Changes at once, of which any may be refused. */
  async tryBurst(): Promise<void> {
    await Promise.all(this.makeBurst().map((change) => this.#send(change)));
  }

  /** Changes on a disk that fails, until one is refused. */
  async changeUntilRefused(): Promise<void> {
    for (let left = REFUSED_WITHIN; left > 0 && !this.model.hasDoubt; left--) await this.tryBurst();
    if (!this.model.hasDoubt) throw new Error('a disk that fails took all changes');
  }

  async #send(change: Change): Promise<'done' | 'doubtful'> {
    let outcome: 'done' | 'doubtful' = 'doubtful';
    this.#underWay.add(change);
    if (change.replaces) for (const zone of change.after.keys()) this.replaced.add(zone);
    try {
      outcome = await change.send(this.server);
    } catch (error) {
      if (error instanceof RefusedChange) throw error;
    } finally {
      this.#underWay.delete(change);
    }
    this.diary.push(`${change.what}: ${outcome}`);
    if (outcome === 'done') {
      this.synced = noteSynced(this.place.data);
      this.model.acknowledge(change);
      this.counts.changes += 1;
    } else {
      this.model.doubt(change);
      this.counts.doubtful += 1;
    }
    return outcome;
  }

  /** Until the store takes changes again without a restart. */
  async waitRecovered(withinMs: number): Promise<void> {
    const endMs = performance.now() + withinMs;
    for (;;) {
      const answer = await this.server.api('GET', '/healthz');
      const text = await answer.text();
      if (answer.ok) return;
      if (performance.now() > endMs) throw new Error(`no recovery without a restart: ${text}`);
      await sleep(100);
    }
  }

  /** Backs up a server that nobody changes. @param needed those that must have a good copy */
  async backUp(
    kind: 'full' | 'incremental' = 'full',
    needed: readonly string[] = this.places.names,
  ): Promise<KeptBackup> {
    const mark = this.model.mark();
    const answer = await fetch(`${this.place.apiUrl}/api/holdfast/v1/backups`, {
      method: 'POST',
      headers: { 'x-api-key': this.server.key, 'content-type': 'application/json' },
      body: JSON.stringify({ kind }),
    });
    const text = await answer.text();
    if (answer.status !== 201) throw new Error(`a backup: ${answer.status} ${text}`);
    const { id, locations: all } = JSON.parse(text) as {
      id: string;
      locations: { location: string; verified: boolean; kind: string | null }[];
    };
    const good = all.filter(({ verified }) => verified);
    const locations = good.map(({ location }) => location);
    if (!needed.every((name) => locations.includes(name))) throw new Error(`a backup: ${text}`);
    const incremental = good
      .filter((copy) => copy.kind === 'incremental')
      .map(({ location }) => location);
    this.diary.push(`backup ${id} in ${locations.join(', ')}; ${incremental.length} incremental`);
    this.counts.backups += 1;
    this.counts.incrementals += incremental.length;
    return { id, mark, locations, incremental };
  }

  /** Puts the store aside as it is, for damage that is taken back; returns what puts it back. */
  async keepStore(): Promise<() => Promise<void>> {
    const kept = join(this.place.folder, 'kept');
    await cp(this.storeFolder, kept, { recursive: true });
    return async () => {
      await rm(this.storeFolder, { recursive: true });
      await cp(kept, this.storeFolder, { recursive: true });
      await rm(kept, { recursive: true });
    };
  }
}

/**
 * Stops every thread of a process where it is; returns what lets them go on. Waits for each: one that
 * is in the kernel stops when it comes out of it.
 */
function haltProcess(pid: number): () => void {
  process.kill(pid, 'SIGSTOP');
  const tasks = `/proc/${pid}/task`;
  const isHalted = (task: string): boolean => {
    const stat = readFileSync(join(tasks, task, 'stat'), 'utf8');
    return 'Tt'.includes(stat.at(stat.lastIndexOf(')') + 2) ?? '');
  };
  while (!readdirSync(tasks).every(isHalted)) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  }
  return () => void process.kill(pid, 'SIGCONT');
}

/** The data folder on the disk, everything else beside it. */
async function moveData(place: ServerFolder, disk: FaultyDisk): Promise<ServerFolder> {
  const data = join(disk.folder, 'data');
  const text = await readFile(place.config, 'utf8');
  await writeFile(place.config, text.replace('data: ./data\n', `data: ${data}\n`));
  return { ...place, data };
}
