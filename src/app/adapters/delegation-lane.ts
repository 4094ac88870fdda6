/**
 * Brings one zone in line with the register, one batch of tasks at a time: what belongs at the
 * owners is read once, as it is now, and each task becomes one change of the zone. As no batch
 * begins before the last one is done, nothing older ever comes after something newer.
 *
 *     waiting -> batch -> brake -> read -> apply -> finish
 *        ^                  +-> held   |       |
 *        +---- failing (back-off) <----+-------+
 *
 * A task that cannot be made now delays no other: it waits apart and is tried again, for ever.
 */
import type { Clock } from '#base/clock.ts';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import { isBelow, type Name } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { Change } from '#dns/zonedb/change.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import type { Delegation, DelegationTask } from '#registry/model/delegation.ts';
import type { Tld } from '#registry/model/tld.ts';
import { delegationOperations, registerName } from './delegation-operations.ts';
import type { RemovalBrake } from './removal-brake.ts';

/** Tasks made together; the zone database commits as many at once. */
const BATCH_MAX = 256;
const PAUSE_FIRST_MS = 100;
const PAUSE_MAX_MS = 30_000;

/** What a lane reads of the register and tells it. */
export interface PublishedRegister {
  tlds(): readonly Tld[];
  /** What belongs at an owner of a TLD's zone, as of now. */
  delegation(tld: string, owner: string): Promise<Delegation>;
  /** Forgets tasks that are done; durable when it resolves. */
  finish(sequences: number[]): Promise<void>;
}

export interface LaneParts {
  register: PublishedRegister;
  zones: Pick<ZoneDb, 'apply' | 'view' | 'receipts'>;
  brake: RemovalBrake;
  clock: Clock;
  log: Log;
  /** Told when tasks of the lane need memory no more. */
  onRoom: () => void;
  /** Told of each task that could not be made and is tried again. */
  onFailure: () => void;
}

export class DelegationLane {
  readonly #tld: string;
  readonly #apex: Name;
  readonly #parts: LaneParts;
  /** Sequences of all tasks in memory. */
  readonly #known = new Set<number>();
  /** In the order in which they came, those that are tried again in front. */
  #waiting: DelegationTask[] = [];
  #batch: readonly DelegationTask[] = [];
  #failing: DelegationTask[] = [];
  /** Tasks that the brake holds; they are in the store alone. */
  #heldCount = 0;
  /** What was said last of why tasks fail. */
  #said = '';
  #pauseMs = PAUSE_FIRST_MS;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;
  #running: Promise<void> | undefined;

  constructor(tld: string, parts: LaneParts) {
    this.#tld = tld;
    this.#apex = registerName(tld);
    this.#parts = parts;
  }

  /** Tasks in memory. */
  get size(): number {
    return this.#known.size;
  }

  get heldCount(): number {
    return this.#heldCount;
  }

  /** When the command of the oldest task in memory was received; `undefined`: there is none. */
  get oldestMs(): number | undefined {
    let oldestMs: number | undefined;
    for (const { receivedAtMs } of [...this.#waiting, ...this.#batch, ...this.#failing]) {
      oldestMs = Math.min(oldestMs ?? receivedAtMs, receivedAtMs);
    }
    return oldestMs;
  }

  /** Takes a task; one that it has already is not taken twice. */
  offer(task: DelegationTask): void {
    if (this.#known.has(task.sequence)) return;
    this.#known.add(task.sequence);
    this.#waiting.push(task);
    this.#start();
  }

  /** The brake was let go: what it held is offered again. */
  forgetHeld(): void {
    this.#heldCount = 0;
  }

  /** Waits for the batch under way; what else there is stays for the next start. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    await this.#running;
  }

  #start(): void {
    if (this.#running !== undefined || this.#isClosed) return;
    this.#running = this.#drain().finally(() => {
      this.#running = undefined;
      if (this.#waiting.length > 0) this.#start();
    });
  }

  async #drain(): Promise<void> {
    // What is committed in this turn of the event loop goes into the first batch as well.
    await Promise.resolve();
    while (this.#waiting.length > 0 && !this.#isClosed) {
      this.#batch = this.#waiting.splice(0, BATCH_MAX);
      const failed = await this.#make(this.#batch);
      for (const { sequence } of this.#batch) this.#known.delete(sequence);
      for (const task of failed) this.#known.add(task.sequence);
      this.#failing.push(...failed);
      this.#batch = [];
      if (this.#failing.length > 0) this.#retryLater();
      else this.#recovered();
      this.#parts.onRoom();
    }
  }

  /** @returns the tasks that failed */
  async #make(batch: readonly DelegationTask[]): Promise<readonly DelegationTask[]> {
    try {
      const ttl = this.#tldRow()?.ttl ?? { ns: 0, ds: 0, glue: 0 };
      const wanted = await this.#read(batch);
      const { passing, removals, done } = await this.#brake(batch, wanted);
      const failed: DelegationTask[] = [];
      await Promise.all(
        passing.map(async (task) => {
          try {
            await this.#apply(this.#changeOf(task, wanted, ttl));
            done.push(task);
          } catch (error) {
            failed.push(task);
            this.#sayFailure(task, error);
          }
        }),
      );
      this.#parts.brake.passed(this.#tld, removals);
      if (done.length > 0) await this.#parts.register.finish(done.map(({ sequence }) => sequence));
      return failed;
    } catch (error) {
      this.#sayFailure(batch[0], error);
      return batch;
    }
  }

  /** A command whose work was done by another one of the batch shares the other's receipt. */
  async #apply(change: Change): Promise<void> {
    const { changed, receipt } = await this.#parts.zones.apply(change);
    if (!changed) this.#parts.zones.receipts.foundDone(change.context.transactionId, receipt);
  }

  #tldRow(): Tld | undefined {
    return this.#parts.register.tlds().find(({ name }) => name === this.#tld);
  }

  /** What is to be at each owner; in a zone whose TLD is gone from the register, nothing. */
  async #read(batch: readonly DelegationTask[]): Promise<Map<string, Delegation>> {
    const owners = [...new Set(batch.flatMap((task) => task.owners))];
    const isGone = this.#tldRow() === undefined;
    const delegations = await Promise.all(
      owners.map(async (owner) =>
        isGone
          ? { owner, nameservers: [], ds: [], addresses: [] }
          : this.#parts.register.delegation(this.#tld, owner),
      ),
    );
    return new Map(delegations.map((delegation, at) => [owners[at], delegation]));
  }

  async #brake(
    batch: readonly DelegationTask[],
    wanted: ReadonlyMap<string, Delegation>,
  ): Promise<{ passing: DelegationTask[]; removals: number; done: DelegationTask[] }> {
    const bare = batch.filter(({ owners }) =>
      owners.some((owner) => wanted.get(owner)?.nameservers.length === 0),
    );
    const removing = bare.length === 0 ? [] : await this.#removing(bare, wanted);
    if (removing.length === 0) return { passing: [...batch], removals: 0, done: [] };
    const { brake } = this.#parts;
    const wasOn = brake.isOn(this.#tld);
    const verdicts = await brake.judge(
      this.#tld,
      removing.map(({ sequence }) => sequence),
      this.#tldRow()?.brakeShare ?? 1,
      (count) => this.#hasDelegations(count),
    );
    if (!wasOn && brake.isOn(this.#tld)) this.#sayBrake(removing.length);
    const verdictOf = new Map(removing.map((task, at) => [task, verdicts[at]]));
    const of = (verdict: string): DelegationTask[] =>
      batch.filter((task) => (verdictOf.get(task) ?? 'pass') === verdict);
    this.#heldCount += of('hold').length;
    const removals = verdicts.filter((verdict) => verdict === 'pass').length;
    return { passing: of('pass'), removals, done: of('drop') };
  }

  /** Those that would take a delegation out that the zone has now. */
  async #removing(
    tasks: readonly DelegationTask[],
    wanted: ReadonlyMap<string, Delegation>,
  ): Promise<DelegationTask[]> {
    const view = await this.#parts.zones.view(this.#apex);
    if (view === undefined) return [];
    try {
      const removing: DelegationTask[] = [];
      for (const task of tasks) {
        for (const owner of task.owners) {
          const name = registerName(owner);
          if (wanted.get(owner)?.nameservers.length !== 0 || !isBelow(name, this.#apex)) continue;
          const { rrsets } = await view.node(name);
          if (!rrsets.some(({ type }) => type === TYPE.NS)) continue;
          removing.push(task);
          break;
        }
      }
      return removing;
    } finally {
      await view.close();
    }
  }

  /** Counts no further than it has to. */
  async #hasDelegations(countMin: number): Promise<boolean> {
    const view = await this.#parts.zones.view(this.#apex);
    if (view === undefined) return false;
    try {
      let count = 0;
      for await (const nodes of view.nodes()) {
        for (const { owner, rrsets } of nodes) {
          if (isBelow(owner, this.#apex) && rrsets.some(({ type }) => type === TYPE.NS)) count += 1;
        }
        if (count >= countMin) return true;
      }
      return false;
    } finally {
      await view.close();
    }
  }

  #changeOf(
    task: DelegationTask,
    wanted: ReadonlyMap<string, Delegation>,
    ttl: Tld['ttl'],
  ): Change {
    const { owners, actor, svTrid: transactionId, receivedAtMs, address } = task;
    const operations = owners.flatMap((owner) => {
      const delegation = wanted.get(owner);
      if (delegation === undefined || !isBelow(registerName(owner), this.#apex)) {
        this.#parts.log.error({ tld: this.#tld, owner }, 'not a name of the register; left alone');
        return [];
      }
      return delegationOperations(delegation, ttl);
    });
    const from = address !== undefined && { sourceAddress: address };
    const context = { source: 'epp' as const, actor, transactionId, receivedAtMs, ...from };
    return { zone: this.#apex, operations, context };
  }

  #retryLater(): void {
    if (this.#retry !== undefined || this.#isClosed) return;
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(this.#pauseMs * 2, PAUSE_MAX_MS);
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#waiting = [...this.#failing, ...this.#waiting];
      this.#failing = [];
      this.#start();
    }, pauseMs);
  }

  #recovered(): void {
    this.#pauseMs = PAUSE_FIRST_MS;
    if (this.#said === '') return;
    this.#said = '';
    this.#parts.log.info({ tld: this.#tld }, 'the zone follows the register again');
  }

  #sayFailure({ svTrid, owners }: DelegationTask, error: unknown): void {
    this.#parts.onFailure();
    const reason = errorMessage(error);
    if (reason === this.#said) return;
    this.#said = reason;
    const facts = { tld: this.#tld, svTrid, owners, code: errorCode(error), reason };
    this.#parts.log.error(facts, 'the zone does not follow the register; trying again');
  }

  #sayBrake(removals: number): void {
    this.#parts.log.error(
      { tld: this.#tld, removals },
      'too many delegations would go at once: removals are held; look, then "holdfast registry ' +
        `brake release ${this.#tld}" or "drop"`,
    );
  }
}
