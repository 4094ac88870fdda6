/**
 * Makes new versions of zones out of changes. Changes to one zone that wait at the same time are
 * applied one after the other and committed as one batch; each still has its own version, serial
 * and journal entry, and a bad one is refused without harm to its neighbours. A batch over several
 * zones takes their locks in order and is made whole or not at all.
 *
 *     offer -> queue of the zone -> lock -> draft -> batch (synced) -> image -> receipts
 */
import { assert } from '#base/assert.ts';
import { BoundedQueue } from '#base/bounded-queue.ts';
import { ImageError } from '#dns/image/image-error.ts';
import { formatName, type Name, nameKey } from '#dns/wire/name.ts';
import type { ErrorSink } from './apply-change.ts';
import { type Change, ChangeError, type ChangeOutcome, type ChangePreview } from './change.ts';
import { checkServed } from './check-served.ts';
import { commitWorks } from './commit-works.ts';
import type { JournalEntry } from './journal-entry.ts';
import type { SerialRule } from './next-serial.ts';
import { formatReceiptId } from './receipt-id.ts';
import type { ZoneDbParts } from './zone-db-parts.ts';
import type { ZoneTransfer } from './zone-transfer.ts';
import { type Accepted, ZoneWork } from './zone-work.ts';

/** Changes that may wait for one zone; more are refused with CHANGE_BUSY. */
export const CHANGES_WAITING_MAX = 4096;
/** Batches over zones, previews and transfers that may wait; more are refused with CHANGE_BUSY. */
export const BATCHES_WAITING_MAX = 256;
/** Changes committed together. */
const GROUP_SIZE_MAX = 256;
/** Operations committed together, but for a single change that has more. */
const GROUP_OPERATIONS_MAX = 4096;

interface Waiting {
  change: Change;
  resolve: (outcome: ChangeOutcome) => void;
  reject: (error: unknown) => void;
}

const refuse: ErrorSink = (error) => {
  throw error;
};

export class ChangeRunner {
  readonly #parts: ZoneDbParts;
  readonly #queues = new Map<string, BoundedQueue<Waiting>>();
  readonly #running = new Set<Promise<unknown>>();
  /** Changes that are not made yet, in the order in which they came. */
  readonly #open = new Set<Change>();
  #batches = 0;

  constructor(parts: ZoneDbParts) {
    this.#parts = parts;
  }

  /** Resolves when the change is durable and published. @throws ChangeError */
  async apply(change: Change): Promise<ChangeOutcome> {
    const key = nameKey(change.zone);
    const { promise, ...waiting } = this.#await(change);
    const queue = this.#queues.get(key) ?? new BoundedQueue<Waiting>(CHANGES_WAITING_MAX);
    if (!queue.offer(waiting)) {
      this.#open.delete(change);
      throw new ChangeError(
        'CHANGE_BUSY',
        `${CHANGES_WAITING_MAX} changes to zone ${formatName(change.zone)} are waiting: try later`,
      );
    }
    if (!this.#queues.has(key)) {
      this.#queues.set(key, queue);
      this.#track(this.#drain(key, queue));
    }
    return promise;
  }

  #await(change: Change): Waiting & { promise: Promise<ChangeOutcome> } {
    const { promise, resolve, reject } = Promise.withResolvers<ChangeOutcome>();
    this.#open.add(change);
    return {
      promise,
      change,
      resolve: (outcome) => {
        this.#open.delete(change);
        resolve(outcome);
      },
      reject: (error) => {
        this.#open.delete(change);
        reject(error);
      },
    };
  }

  /** When the change that waits longest to be made was received; batches are not among them. */
  get waitingSinceMs(): number | undefined {
    const [oldest] = this.#open;
    return oldest?.context.receivedAtMs;
  }

  /** Waits for what is under way and what waits. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  #track(work: Promise<unknown>): void {
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work)).catch(() => {});
  }

  /** The lock is given up between groups, so that a batch over zones gets its turn. */
  async #drain(key: string, queue: BoundedQueue<Waiting>): Promise<void> {
    while (queue.size > 0) {
      await this.#parts.lock.run([key], () => this.#commitOrSplit(takeGroup(queue)));
    }
    this.#queues.delete(key);
  }

  /** What the image cannot hold must not take its neighbours along: they are tried alone. */
  async #commitOrSplit(group: Waiting[]): Promise<void> {
    try {
      await this.#commitGroup(group);
    } catch (error) {
      if (error instanceof ImageError && group.length > 1) {
        for (const waiting of group) await this.#commitOrSplit([waiting]);
      } else for (const waiting of group) waiting.reject(error);
    }
  }

  async #commitGroup(group: Waiting[]): Promise<void> {
    const { store, zones, clock } = this.#parts;
    const apex = group[0].change.zone;
    const work = new ZoneWork(store, apex, zones.find(apex));
    await work.load(group.map(({ change }) => change));
    checkServed(this.#parts, work);
    const done: { waiting: Waiting; accepted: Accepted }[] = [];
    for (const waiting of group) {
      try {
        const accepted = work.apply(waiting.change, clock.nowMs(), refuse);
        done.push({ waiting, accepted });
      } catch (error) {
        waiting.reject(error);
      }
    }
    const [entries] = work.isChanged ? await commitWorks(this.#parts, [work]) : [[]];
    for (const { waiting, accepted } of done) waiting.resolve(outcomeOf(work, accepted, entries));
  }

  /** All changes or none. @throws ChangeError with the change's place in its detail */
  async applyAll(changes: readonly Change[]): Promise<ChangeOutcome[]> {
    return this.#batch(changes, async () => {
      const works = this.#openWorks(changes, refuse);
      await this.#loadWorks(works, changes);
      const accepted = changes.map((change, index) => {
        const work = getWork(works, change.zone);
        const nowMs = this.#parts.clock.nowMs();
        return work.apply(change, nowMs, (error) => refuse(error.within({ change: index })));
      });
      const changed = [...works.values()].filter((work) => work.isChanged);
      const entries = changed.length === 0 ? [] : await commitWorks(this.#parts, changed);
      return accepted.map((one, index) => {
        const work = getWork(works, changes[index].zone);
        return outcomeOf(work, one, entries[changed.indexOf(work)] ?? []);
      });
    });
  }

  /**
   * What `applyAll` would do; every mistake that shows is reported.
   * @param rule as in `applyRuled`
   */
  async preview(changes: readonly Change[], rule?: SerialRule): Promise<ChangePreview[]> {
    return this.#batch(changes, async () => {
      const missing = new Map<number, ChangeError>();
      const works = this.#openWorks(changes, (error) => {
        missing.set(error.detail.change ?? 0, error);
      });
      await this.#loadWorks(works, changes);
      const previews = changes.map((change, index) => {
        const error = missing.get(index);
        if (error !== undefined) return emptyPreview(change.zone, error);
        const errors: ChangeError[] = [];
        const work = getWork(works, change.zone);
        const sink: ErrorSink = (refusal) => errors.push(refusal.within({ change: index }));
        const nowMs = this.#parts.clock.nowMs();
        const { applied, oldSerial } = work.apply(change, nowMs, sink, rule);
        const { newSerial, edits, warnings } = applied;
        const serials = { oldSerial, newSerial };
        return {
          zone: change.zone,
          ...serials,
          changed: edits.length > 0,
          edits,
          warnings,
          errors,
        };
      });
      this.#tryImage(works, previews);
      return previews;
    });
  }

  /** What the image could not hold is said of the last change of its zone. */
  #tryImage(works: ReadonlyMap<string, ZoneWork>, previews: ChangePreview[]): void {
    for (const [key, work] of works) {
      if (!work.isChanged) continue;
      try {
        this.#parts.image.prepare(work.row.apex, work.servedEdits()).abandon();
      } catch (error) {
        if (!(error instanceof ImageError)) throw error;
        const change = previews.findLastIndex(({ zone }) => nameKey(zone) === key);
        previews[change].errors.push(new ChangeError(error.code, error.message, { change }));
      }
    }
  }

  /** One change by another rule for its serial than its source has. */
  async applyRuled(change: Change, rule: SerialRule): Promise<ChangeOutcome> {
    return this.#alone(change.zone, async (work) => {
      await work.load([change]);
      checkServed(this.#parts, work);
      return work.apply(change, this.#parts.clock.nowMs(), refuse, rule);
    });
  }

  /** What a primary changed. @throws ChangeError ZONE_MISSING, TRANSFER_INVALID, TRANSFER_SERIAL */
  async transfer(transfer: ZoneTransfer): Promise<ChangeOutcome> {
    return this.#alone(transfer.zone, async (work) => {
      await work.loadTransfer(transfer);
      checkServed(this.#parts, work);
      return work.transfer(transfer, refuse);
    });
  }

  async #alone(zone: Name, apply: (work: ZoneWork) => Promise<Accepted>): Promise<ChangeOutcome> {
    return this.#batch([{ zone }], async () => {
      const work = new ZoneWork(this.#parts.store, zone, this.#parts.zones.find(zone));
      const accepted = await apply(work);
      const [entries] = work.isChanged ? await commitWorks(this.#parts, [work]) : [[]];
      return outcomeOf(work, accepted, entries);
    });
  }

  async #batch<T>(changes: readonly { zone: Name }[], task: () => Promise<T>): Promise<T> {
    if (this.#batches >= BATCHES_WAITING_MAX) {
      throw new ChangeError('CHANGE_BUSY', `${BATCHES_WAITING_MAX} batches are waiting: try later`);
    }
    this.#batches += 1;
    const keys = changes.map(({ zone }) => nameKey(zone));
    const running = this.#parts.lock.run(keys, task);
    this.#track(running);
    try {
      return await running;
    } finally {
      this.#batches -= 1;
    }
  }

  async #loadWorks(
    works: ReadonlyMap<string, ZoneWork>,
    changes: readonly Change[],
  ): Promise<void> {
    const byZone = Map.groupBy(changes, ({ zone }) => nameKey(zone));
    for (const [key, work] of works) {
      await work.load(byZone.get(key) ?? []);
      checkServed(this.#parts, work);
    }
  }

  /** One for each zone. */
  #openWorks(changes: readonly Change[], report: ErrorSink): Map<string, ZoneWork> {
    const works = new Map<string, ZoneWork>();
    for (const [change, { zone }] of changes.entries()) {
      const key = nameKey(zone);
      if (works.has(key)) continue;
      try {
        works.set(key, new ZoneWork(this.#parts.store, zone, this.#parts.zones.find(zone)));
      } catch (error) {
        if (!(error instanceof ChangeError)) throw error;
        report(error.within({ change }));
      }
    }
    return works;
  }
}

function takeGroup(queue: BoundedQueue<Waiting>): Waiting[] {
  const group: Waiting[] = [];
  let operations = 0;
  while (group.length < GROUP_SIZE_MAX && operations < GROUP_OPERATIONS_MAX) {
    const waiting = queue.take();
    if (waiting === undefined) break;
    group.push(waiting);
    operations += waiting.change.operations.length;
  }
  return group;
}

function getWork(works: ReadonlyMap<string, ZoneWork>, zone: Name): ZoneWork {
  const work = works.get(nameKey(zone));
  assert(work !== undefined, 'a zone of the batch was opened');
  return work;
}

/** @param entries those of the zone that the batch brought */
function outcomeOf(
  work: ZoneWork,
  { applied, oldSerial, place }: Accepted,
  entries: readonly JournalEntry[],
): ChangeOutcome {
  const { newSerial, warnings } = applied;
  // What changed nothing found the zone as the last version left it, this batch included.
  const sequence = place === undefined ? work.state.row.sequence : entries[place].sequence;
  const outcome = { receipt: formatReceiptId(sequence), oldSerial, newSerial };
  const said = warnings.length > 0 && { warnings };
  return { ...outcome, changed: place !== undefined, ...said };
}

function emptyPreview(zone: Name, error: ChangeError): ChangePreview {
  const serials = { oldSerial: 0, newSerial: 0 };
  return { zone, ...serials, changed: false, edits: [], warnings: [], errors: [error] };
}
