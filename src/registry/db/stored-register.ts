/**
 * The register on LevelDB, the one place that knows how its rows lie. Reads give what is durable; a
 * command's draft reads what is on its way there as well. Nothing is held in memory but TLDs,
 * reserved names and the commands that run, so a register of a million names opens at once.
 */
import { compareBytes } from '#base/bytes.ts';
import type { Clock } from '#base/clock.ts';
import { KeyedLock } from '#base/keyed-lock.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import type { Caller } from '#registry/model/caller.ts';
import type { Contact } from '#registry/model/contact.ts';
import type { DelegationSink, DelegationTask } from '#registry/model/delegation.ts';
import type { Domain } from '#registry/model/domain.ts';
import type { DueObject } from '#registry/model/due.ts';
import type { Host } from '#registry/model/host.ts';
import type { PollMessage } from '#registry/model/poll.ts';
import type {
  ObjectKey,
  Register,
  RegisterDraft,
  TransactionCount,
} from '#registry/model/register.ts';
import type { AuditedChange, RegisterChange } from '#registry/model/register-change.ts';
import type { Registrar } from '#registry/model/registrar.ts';
import type { ReservedName, Tld } from '#registry/model/tld.ts';
import type { KeyValueStore } from '#store/key-value-store.ts';
import { KEYSPACE, type KeyRange } from '#store/keyspace.ts';
import { CommandGate } from './command-gate.ts';
import { deletion, parseJournalRow } from './command-rows.ts';
import { SUM, sumsOf } from './command-sums.ts';
import { Draft } from './draft.ts';
import type { DraftedCommand } from './drafted-command.ts';
import { copyRegister, type RegisterCopy } from './register-copy.ts';
import {
  counterKey,
  counterRange,
  dueRange,
  messageKey,
  messageRange,
  objectRange,
  readCounterKey,
  readDueKey,
  taskKey,
  taskRange,
} from './register-keys.ts';
import { parseRow } from './register-rows.ts';
import { parseCount } from './register-totals.ts';
import { REGISTER_LIMITS, type RegisterLimits, RegisterWriter } from './register-writer.ts';
import { RowReader } from './row-reader.ts';
import { SmallTables } from './small-tables.ts';

/** Entries of the journal read at once by who goes through all of them. */
const WALK_COUNT = 256;

export interface StoredRegisterParts {
  store: KeyValueStore;
  clock: Clock;
  /** For roids. */
  random: Random;
  log: Log;
  /** As `attach`. */
  sink?: DelegationSink;
  limits?: RegisterLimits;
}

export class StoredRegister implements Register {
  readonly #store: KeyValueStore;
  readonly #random: Random;
  readonly #limits: RegisterLimits;
  readonly #gate: CommandGate;
  readonly #tables: SmallTables;
  readonly #rows: RowReader;
  readonly #locks = new KeyedLock();
  readonly #listeners = new Set<(sequence: number) => void>();
  #writer!: RegisterWriter;
  #sink: DelegationSink | undefined;

  private constructor({ store, random, limits }: StoredRegisterParts, tables: SmallTables) {
    this.#store = store;
    this.#random = random;
    this.#limits = limits ?? REGISTER_LIMITS;
    this.#gate = new CommandGate(this.#limits.commandsMax);
    this.#tables = tables;
    this.#rows = new RowReader(store);
  }

  /** @throws StoreError STORE_DAMAGED */
  static async open(parts: StoredRegisterParts): Promise<StoredRegister> {
    const { store, clock, log } = parts;
    const register = new StoredRegister(parts, await SmallTables.load(store));
    const onDurable = (commands: readonly DraftedCommand[], tasks: readonly DelegationTask[]) =>
      register.#announce(commands, tasks);
    const writerParts = { store, clock, log, onDurable };
    register.#writer = await RegisterWriter.open(writerParts, register.#limits);
    if (parts.sink !== undefined) register.attach(parts.sink);
    return register;
  }

  /** From now on tasks of commands are offered to the sink; those of before it reads itself. */
  attach(sink: DelegationSink): void {
    this.#sink = sink;
  }

  async domain(name: string): Promise<Domain | undefined> {
    return (await this.#rows.objects('domain', [name]))[0];
  }

  async host(name: string): Promise<Host | undefined> {
    return (await this.#rows.objects('host', [name]))[0];
  }

  async contact(id: string): Promise<Contact | undefined> {
    return (await this.#rows.objects('contact', [id]))[0];
  }

  async registrar(id: string): Promise<Registrar | undefined> {
    return (await this.#rows.objects('registrar', [id]))[0];
  }

  tlds(): readonly Tld[] {
    return this.#tables.tlds();
  }

  reserved(tld: string, label: string): ReservedName | undefined {
    return this.#tables.reserved(tld, label);
  }

  reservedCount(tld: string): number {
    return this.#tables.reservedCount(tld);
  }

  reservedNames(tld: string): ReservedName[] {
    return this.#tables.reservedNames(tld);
  }

  domainsOfHost(host: string, limit: number): Promise<string[]> {
    return this.#rows.domainsOfHost(host, limit);
  }

  hostsOfDomain(domain: string, limit: number): Promise<string[]> {
    return this.#rows.hostsOfDomain(domain, limit);
  }

  domainsOfContact(contact: string, limit: number): Promise<string[]> {
    return this.#rows.domainsOfContact(contact, limit);
  }

  async run<T>(
    caller: Caller,
    command: string,
    keys: readonly ObjectKey[],
    work: (draft: RegisterDraft) => Promise<T>,
  ): Promise<T> {
    return this.#gate.run(() => this.#run(caller, command, keys, work));
  }

  async runAlone<T>(
    caller: Caller,
    command: string,
    keys: readonly ObjectKey[],
    work: (draft: RegisterDraft) => Promise<T>,
  ): Promise<T> {
    return this.#gate.runAlone(() => this.#run(caller, command, keys, work));
  }

  domainCount(tld: string): Promise<number> {
    return this.#sum(SUM.domainsIn(tld));
  }

  heldCount(registrar: string): Promise<number> {
    return this.#sum(SUM.heldBy(registrar));
  }

  async nextMessage(
    registrar: string,
  ): Promise<{ message: PollMessage; count: number } | undefined> {
    const { from, to } = messageRange(registrar);
    for await (const [entry] of this.#store.range(from, to, { limit: 1 })) {
      const count = await this.#sum(SUM.messages(registrar));
      return { message: parseRow(entry.value) as PollMessage, count };
    }
    return undefined;
  }

  async acknowledge(_caller: Caller, registrar: string, id: number): Promise<number | undefined> {
    if (!Number.isSafeInteger(id) || id < 0) return undefined;
    const key = messageKey(registrar, id);
    return this.#gate.run(async () => {
      const { durable } = await this.#locked([`messages/${registrar}`], async (epoch, rows) => {
        const [found] = await rows.values([key]);
        if (found === undefined) return {};
        const steps = [{ parts: SUM.messages(registrar), step: -1 }];
        return { durable: this.#writer.submitRows([deletion(key)], steps, epoch) };
      });
      return (await durable)?.totals[0];
    });
  }

  due(nowMs: number, limit: number, after?: DueObject): Promise<DueObject[]> {
    return this.#due(dueRange(KEYSPACE.registryDomainDue, nowMs, after), limit);
  }

  dueContacts(nowMs: number, limit: number, after?: DueObject): Promise<DueObject[]> {
    return this.#due(dueRange(KEYSPACE.registryContactDue, nowMs, after), limit);
  }

  async transactions(month: string): Promise<(TransactionCount & { count: number })[]> {
    const found: (TransactionCount & { count: number })[] = [];
    const { from, to } = counterRange('month', month);
    for await (const chunk of this.#store.range(from, to)) {
      for (const { key, value } of chunk) {
        const [, , registrar, tld, command] = readCounterKey(key);
        found.push({ registrar, tld, command, count: parseCount(value) });
      }
    }
    return found;
  }

  /** The first month of which there are transactions, `YYYY-MM`; `undefined`: there are none. */
  async oldestMonth(): Promise<string | undefined> {
    const { from, to } = counterRange('month');
    for await (const [entry] of this.#store.range(from, to, { limit: 1 })) {
      return readCounterKey(entry.key)[1];
    }
    return undefined;
  }

  registrars(): Promise<Registrar[]> {
    return this.#all(objectRange('registrar')) as Promise<Registrar[]>;
  }

  /** What committed commands left to do in zones, after a task, oldest first; at most `limit`. */
  tasks(after: number, limit: number): Promise<DelegationTask[]> {
    const range = { from: taskKey(after + 1), to: taskRange().to };
    return this.#all(range, limit) as Promise<DelegationTask[]>;
  }

  /** The tasks of these numbers are done. Resolves when that is durable. */
  async finish(sequences: readonly number[]): Promise<void> {
    if (sequences.length === 0) return;
    const rows = sequences.map((sequence) => deletion(taskKey(sequence)));
    await this.#writer.submitRows(rows, [], this.#writer.pending.epoch);
  }

  /** Number of the newest durable command, 0 when there never was one. */
  get sequence(): number {
    return this.#writer.durable;
  }

  /** Number of the oldest command that the journal keeps. */
  get oldest(): number {
    return this.#writer.journal.first;
  }

  /**
   * Commands after a number, oldest first; at most `limit`.
   * @returns `undefined` when the journal does not reach back so far, or never came so far: take a
   *   copy
   */
  async changesAfter(sequence: number, limit: number): Promise<RegisterChange[] | undefined> {
    const changes = await this.audit(sequence, limit);
    return changes?.map(({ balances: _balances, actor: _actor, rows, ...change }) => ({
      ...change,
      rows: rows.map(({ before: _before, ...row }) => row),
    }));
  }

  /** As `changesAfter`, with by whom, what was there before, and the money that moved. */
  async audit(sequence: number, limit: number): Promise<AuditedChange[] | undefined> {
    const { journal, durable } = this.#writer;
    if (sequence < journal.first - 1 || sequence > durable) return undefined;
    const entries = await journal.read(this.#store, sequence, limit);
    return entries.map(parseJournalRow);
  }

  /**
   * All that the journal has after a number, oldest first, up to what is the newest now.
   * @throws StoreError STORE_DAMAGED where an entry is missing
   */
  async *auditAll(sequence: number): AsyncGenerator<AuditedChange> {
    const entries = this.#writer.journal.walk(this.#store, sequence, WALK_COUNT);
    for await (const entry of entries) yield parseJournalRow(entry);
  }

  /** All objects at one moment. Must be closed. */
  copy(): Promise<RegisterCopy> {
    return copyRegister(this.#store);
  }

  /** Told the number of the newest command each time that commands became durable. */
  onCommit(listener: (sequence: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Waits for commands that run. The store stays open. */
  async close(): Promise<void> {
    await this.#writer.idle();
  }

  async #run<T>(
    caller: Caller,
    command: string,
    keys: readonly ObjectKey[],
    work: (draft: RegisterDraft) => Promise<T>,
  ): Promise<T> {
    // Locks are held until the command is in line for the disk, not until it is there.
    const { result, durable } = await this.#locked(keys, async (epoch, rows) => {
      const draft = new Draft(rows, this.#tables, this.#random, new Set(keys));
      await draft.prefetch();
      const done = await work(draft);
      const objects = await draft.objects();
      const { messages, touched } = draft;
      const drafted: DraftedCommand = { caller, command, objects, messages, touched };
      if (objects.length + messages.length + touched.size === 0) return { result: done };
      return { result: done, durable: this.#writer.submit(drafted, sumsOf(drafted), epoch) };
    });
    await durable;
    return result;
  }

  async #sum(parts: readonly string[]): Promise<number> {
    return parseCount(await this.#store.get(counterKey(...parts)));
  }

  /** Runs `task` alone on `keys`, over the rows that are on their way. */
  #locked<T>(
    keys: readonly string[],
    task: (epoch: number, rows: RowReader) => Promise<T>,
  ): Promise<T> {
    return this.#locks.run(keys, () => {
      const { pending } = this.#writer;
      return task(pending.epoch, new RowReader(this.#store, pending));
    });
  }

  #announce(commands: readonly DraftedCommand[], tasks: readonly DelegationTask[]): void {
    for (const { objects } of commands) for (const object of objects) this.#tables.take(object);
    if (this.#sink !== undefined) for (const task of tasks) this.#sink.offer(task);
    if (commands.length === 0) return;
    for (const listener of this.#listeners) listener(this.#writer.durable);
  }

  async #due({ from, to }: KeyRange, limit: number): Promise<DueObject[]> {
    const found: DueObject[] = [];
    // Behind the last moment: the clock was put back.
    if (compareBytes(from, to) >= 0) return found;
    for await (const chunk of this.#store.range(from, to, { limit })) {
      for (const { key } of chunk) found.push(readDueKey(key));
    }
    return found;
  }

  async #all({ from, to }: KeyRange, limit?: number): Promise<object[]> {
    const found: object[] = [];
    const options = limit === undefined ? {} : { limit };
    for await (const chunk of this.#store.range(from, to, options)) {
      for (const { value } of chunk) found.push(parseRow(value));
    }
    return found;
  }
}
