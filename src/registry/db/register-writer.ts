/**
 * The only writer of the register's rows. Commands that are ready at the same time become one
 * synced batch, in their order:
 *
 *     submit -> in line (rows pending) -> numbered -> one batch on its way -> durable -> resolved
 *
 * Numbers of the journal are given when a batch is made up, and taken back when the disk does not
 * take it, so the journal has no gap. Sums (messages that wait, transactions) are read and written
 * with the batch as well, so commands of one registrar need no lock for them.
 */

import { latin1 } from '#base/bytes.ts';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { DelegationTask } from '#registry/model/delegation.ts';
import type { KeyValueStore, Write } from '#store/key-value-store.ts';
import { KEYSPACE } from '#store/keyspace.ts';
import { SequencedLog } from '#store/sequenced-log.ts';
import { StoreError } from '#store/store-error.ts';
import {
  delegationTasks,
  deletion,
  journalRow,
  messageWrites,
  objectWrites,
  taskWrites,
} from './command-rows.ts';
import { SUM } from './command-sums.ts';
import type { DraftedCommand } from './drafted-command.ts';
import { PendingRows } from './pending-rows.ts';
import { counterKey, messageRange } from './register-keys.ts';
import { formatRow } from './register-rows.ts';
import { type CounterStep, Totals } from './register-totals.ts';

export interface RegisterLimits {
  /** Commands that the journal keeps. */
  journalMax: number;
  /** Messages that wait for one registrar; the oldest go. */
  messagesMax: number;
  /** Commands that run or wait for the disk. */
  commandsMax: number;
}

export const REGISTER_LIMITS: Readonly<RegisterLimits> = Object.freeze({
  journalMax: 1_000_000,
  messagesMax: 100_000,
  commandsMax: 5_000,
});

/** Commands that go to the disk together. */
const COMMANDS_TOGETHER_MAX = 256;
/** Messages over the limit that go at once. */
const MESSAGES_DROPPED_MAX = 256;

interface Submission {
  /** Absent: rows alone, which no journal tells of. */
  drafted?: DraftedCommand;
  rows: readonly Write[];
  steps: readonly CounterStep[];
  resolve: (durable: Durable) => void;
  reject: (error: unknown) => void;
}

/** What became of a submission. */
export interface Durable {
  /** Sums after it, one for each step. */
  totals: number[];
  tasks: DelegationTask[];
}

export class RegisterWriter {
  readonly pending = new PendingRows();
  readonly #store: KeyValueStore;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #limits: RegisterLimits;
  readonly #journal: SequencedLog;
  /** Told after each batch, before its commands resolve. */
  readonly #onDurable: (commands: readonly DraftedCommand[], tasks: DelegationTask[]) => void;
  #waiting: Submission[] = [];
  #running: Promise<void> | undefined;
  #durable: number;

  private constructor(parts: RegisterWriterParts, journal: SequencedLog, limits: RegisterLimits) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#onDurable = parts.onDurable;
    this.#journal = journal;
    this.#limits = limits;
    this.#durable = journal.last;
  }

  static async open(
    parts: RegisterWriterParts,
    limits: RegisterLimits = REGISTER_LIMITS,
  ): Promise<RegisterWriter> {
    const journal = await SequencedLog.openEnds(
      parts.store,
      KEYSPACE.registryJournal,
      "register's journal",
      limits.journalMax,
    );
    return new RegisterWriter(parts, journal, limits);
  }

  /** Number of the newest command on disk, 0 when there never was one. */
  get durable(): number {
    return this.#durable;
  }

  get journal(): Pick<SequencedLog, 'first' | 'read' | 'walk'> {
    return this.#journal;
  }

  /**
   * Puts a command in line; from here on others read what it wrote. Does not wait.
   * @param epoch of the rows that it was drafted on
   * @returns resolves when it is durable
   * @throws StoreError STORE_BUSY when the rows that it stood on were not written
   */
  submit(drafted: DraftedCommand, steps: readonly CounterStep[], epoch: number): Promise<Durable> {
    return this.#enqueue(objectWrites(drafted.objects), steps, epoch, drafted);
  }

  /** Rows that no journal tells of. */
  submitRows(rows: readonly Write[], steps: readonly CounterStep[], epoch: number) {
    return this.#enqueue(rows, steps, epoch);
  }

  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  #enqueue(
    rows: readonly Write[],
    steps: readonly CounterStep[],
    epoch: number,
    drafted?: DraftedCommand,
  ): Promise<Durable> {
    if (epoch !== this.pending.epoch) throw overtaken();
    const { promise, resolve, reject } = Promise.withResolvers<Durable>();
    this.pending.add(rows);
    this.#waiting.push({ ...(drafted && { drafted }), rows, steps, resolve, reject });
    this.#running ??= this.#drain();
    return promise;
  }

  async #drain(): Promise<void> {
    // What is submitted within this turn of the event loop is taken along.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, COMMANDS_TOGETHER_MAX);
      const mark = this.#journal.mark();
      try {
        const { writes, outcomes } = await this.#makeUp(batch);
        await this.#store.write(writes);
        this.#durable = this.#journal.last;
        for (const { rows } of batch) this.pending.settle(rows);
        const commands = batch.flatMap(({ drafted }) => drafted ?? []);
        this.#onDurable(
          commands,
          outcomes.flatMap(({ tasks }) => tasks),
        );
        for (const [index, { resolve }] of batch.entries()) resolve(outcomes[index]);
      } catch (error) {
        this.#journal.goBack(mark);
        this.#refuse(batch, error);
      }
    }
    this.#running = undefined;
  }

  /** Whoever waits may have read what was not written: all of them are refused. */
  #refuse(batch: readonly Submission[], error: unknown): void {
    this.pending.discard();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of batch) reject(error);
    for (const { reject } of waiting) reject(overtaken(error));
  }

  async #makeUp(batch: readonly Submission[]): Promise<{ writes: Write[]; outcomes: Durable[] }> {
    const steps = batch.flatMap((submission) => submission.steps);
    const totals = await this.#readTotals(steps);
    const atMs = this.#clock.nowMs();
    const writes: Write[] = [];
    const outcomes = batch.map((submission) => {
      writes.push(...submission.rows);
      const tasks = this.#journalWrites(submission.drafted, atMs, writes);
      return { totals: submission.steps.map((step) => totals.step(step)), tasks };
    });
    await this.#dropMessages(totals, writes);
    writes.push(...totals.writes());
    return { writes, outcomes };
  }

  #journalWrites(drafted: DraftedCommand | undefined, atMs: number, writes: Write[]) {
    if (drafted === undefined) return [];
    const sequence = this.#journal.next;
    const tasks = delegationTasks(drafted, sequence);
    writes.push(
      ...this.#journal.append(formatRow(journalRow(drafted, atMs))),
      ...messageWrites(drafted, sequence, atMs),
      ...taskWrites(tasks),
    );
    return tasks;
  }

  async #readTotals(steps: readonly CounterStep[]): Promise<Totals> {
    const keys = new Map<string, Uint8Array>();
    for (const { parts } of steps) {
      const key = counterKey(...parts);
      keys.set(latin1(key), key);
    }
    const values = await this.#store.getMany([...keys.values()]);
    return new Totals([...keys.values()], values);
  }

  /** Beyond the limit the oldest messages go, and the log says so. */
  async #dropMessages(totals: Totals, writes: Write[]): Promise<void> {
    for (const [registrar, count] of totals.messageCounts()) {
      const excess = Math.min(count - this.#limits.messagesMax, MESSAGES_DROPPED_MAX);
      if (excess <= 0) continue;
      const { from, to } = messageRange(registrar);
      let dropped = 0;
      for await (const chunk of this.#store.range(from, to, { limit: excess })) {
        writes.push(...chunk.map(({ key }) => deletion(key)));
        dropped += chunk.length;
      }
      totals.step({ parts: SUM.messages(registrar), step: -dropped });
      this.#log.warn({ registrar, dropped }, 'too many messages wait: the oldest are dropped');
    }
  }
}

export interface RegisterWriterParts {
  store: KeyValueStore;
  clock: Clock;
  log: Log;
  onDurable: (commands: readonly DraftedCommand[], tasks: DelegationTask[]) => void;
}

function overtaken(cause?: unknown): StoreError {
  const text = 'nothing written: a command that this one stood on was not written, try again';
  return new StoreError('STORE_BUSY', text, { cause });
}
