/**
 * From the register to the zones: takes the tasks that committed commands leave and has each TLD's
 * lane make them, at most a bounded number in memory at once. Tasks are rows of the store until
 * they are done: what is not in memory is read when there is room, and after a restart.
 *
 *     command committed -> offer -> lane of the TLD -> change of the zone, durable -> task finished
 */
import type { Clock } from '#base/clock.ts';
import { errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { StoredRegister } from '#registry/db/stored-register.ts';
import { readDelegation } from '#registry/flow/delegation.ts';
import type { DelegationSink, DelegationTask } from '#registry/model/delegation.ts';
import { DelegationLane, type LaneParts, type PublishedRegister } from './delegation-lane.ts';
import type { RemovalBrake } from './removal-brake.ts';

/** Tasks in memory; more wait in the store. */
export const TASKS_KEPT_MAX = 20_000;
const READ_COUNT = 1_000;
const READ_AGAIN_MS = 1_000;

export interface OpenTasks extends PublishedRegister {
  /** Tasks that are not finished, after a sequence, in order; at most `limit`. */
  tasks(after: number, limit: number): Promise<DelegationTask[]>;
}

/** What the register that the store keeps has for a publisher. */
export function openTasksOf(register: StoredRegister): OpenTasks {
  return {
    tlds: () => register.tlds(),
    delegation: (tld, owner) => readDelegation(register, tld, owner),
    tasks: (after, limit) => register.tasks(after, limit),
    finish: (sequences) => register.finish(sequences),
  };
}

export interface DelegationPublisherParts {
  register: OpenTasks;
  zones: LaneParts['zones'];
  brake: RemovalBrake;
  clock: Clock;
  log: Log;
  /** Default: TASKS_KEPT_MAX. */
  keptMax?: number;
}

/** What is on its way to a TLD's zone. */
export interface LaneFigures {
  tld: string;
  /** In memory. */
  openCount: number;
  heldCount: number;
  /** Age of the oldest that is not held; 0: there is none. */
  lagMs: number;
  /** The brake is on. */
  isHeld: boolean;
}

export class DelegationPublisher implements DelegationSink {
  readonly #parts: DelegationPublisherParts;
  readonly #keptMax: number;
  readonly #lanes = new Map<string, DelegationLane>();
  /** Tasks after this one are in the store and not all in memory; `undefined`: all are. */
  #unreadAfter: number | undefined = 0;
  /** Likewise, of what was offered since the last reading began. */
  #missedAfter: number | undefined;
  #reading: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #failures = 0;
  #isClosed = false;

  constructor(parts: DelegationPublisherParts) {
    this.#parts = parts;
    this.#keptMax = parts.keptMax ?? TASKS_KEPT_MAX;
  }

  /** Begins with what was left open. Attach it to the register first. */
  start(): void {
    this.#readSoon();
  }

  offer(task: DelegationTask): void {
    if (this.#isClosed) return;
    if (this.#unreadAfter === undefined && this.#size() < this.#keptMax) {
      this.#laneOf(task.tld).offer(task);
    } else this.#readFrom(task.sequence - 1);
  }

  /** How often a task could not be made, since the start. */
  get failures(): number {
    return this.#failures;
  }

  figures(): LaneFigures[] {
    const nowMs = this.#parts.clock.nowMs();
    return [...this.#lanes].map(([tld, lane]) => ({
      tld,
      openCount: lane.size,
      heldCount: lane.heldCount,
      lagMs: Math.max(0, nowMs - (lane.oldestMs ?? nowMs)),
      isHeld: this.#parts.brake.isOn(tld),
    }));
  }

  /**
   * Lets the brake of a TLD go.
   * @param order `release`: what it held is made; `drop`: it is given up
   * @returns false where the brake is not on
   * @throws StoreError; nothing has changed then
   */
  async letGo(tld: string, order: 'release' | 'drop'): Promise<boolean> {
    if (!(await this.#parts.brake.letGo(tld, order))) return false;
    this.#laneOf(tld).forgetHeld();
    this.#readFrom(0);
    this.#readSoon();
    return true;
  }

  /** Waits for what is under way; the rest is for the next start. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    await this.#reading;
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close()));
  }

  #size(): number {
    let size = 0;
    for (const lane of this.#lanes.values()) size += lane.size;
    return size;
  }

  #laneOf(tld: string): DelegationLane {
    const known = this.#lanes.get(tld);
    if (known !== undefined) return known;
    const lane = new DelegationLane(tld, {
      ...this.#parts,
      onRoom: () => {
        if (this.#unreadAfter !== undefined && this.#size() < this.#keptMax / 2) this.#readSoon();
      },
      onFailure: () => {
        this.#failures += 1;
      },
    });
    this.#lanes.set(tld, lane);
    return lane;
  }

  #readSoon(): void {
    if (this.#isClosed || this.#reading !== undefined) return;
    this.#reading = this.#read()
      .catch((error: unknown) => {
        this.#parts.log.error({ reason: errorMessage(error) }, 'open tasks cannot be read');
        this.#retry = setTimeout(() => this.#readSoon(), READ_AGAIN_MS);
      })
      .finally(() => {
        this.#reading = undefined;
      });
  }

  /** Fills the memory from the store; tasks that lanes have already are not taken twice. */
  async #read(): Promise<void> {
    while (this.#unreadAfter !== undefined && this.#size() < this.#keptMax && !this.#isClosed) {
      this.#missedAfter = undefined;
      const tasks = await this.#parts.register.tasks(this.#unreadAfter, READ_COUNT);
      for (const task of tasks) this.#laneOf(task.tld).offer(task);
      const next = tasks.length < READ_COUNT ? undefined : tasks.at(-1)?.sequence;
      // What came meanwhile may have come too late for what was read.
      this.#unreadAfter = earlier(next, this.#missedAfter);
    }
  }

  #readFrom(after: number): void {
    this.#unreadAfter = earlier(this.#unreadAfter, after);
    this.#missedAfter = earlier(this.#missedAfter, after);
  }
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}
