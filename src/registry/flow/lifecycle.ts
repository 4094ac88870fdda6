/**
 * The register's jobs: whatever is due is done, name by name, each under its own locks in a batch
 * of its own, so that a crash in between leaves nothing half done and doing it again does nothing.
 *
 *     oldest due --page--> page --> … --> youngest due --> oldest due
 *
 * A name that cannot be moved on is told, left, and tried again a minute later. However many of
 * them there are, the jobs go on behind them, so that they hold up nobody.
 */
import { formatBase32Hex } from '#base/bytes.ts';
import { errorMessage } from '#base/coded-error.ts';
import { type Caller, REGISTER } from '#registry/model/caller.ts';
import type { DueObject } from '#registry/model/due.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';
import type { CommandContext } from './command-context.ts';
import { approveDueContact } from './contact-transfer.ts';
import { advanceDomain } from './domain-lifecycle.ts';
import { runOnDomain } from './domain-rules.ts';

/** Objects of each kind that one call looks at. */
export const DUE_PER_RUN_MAX = 500;
/** After which a stuck object is tried again. */
export const STUCK_RETRY_MS = 60_000;
/** Stuck objects of a kind that are remembered; others are tried again at their next turn. */
const STUCK_REMEMBERED_MAX = 10_000;
/** Objects at a time, so that jobs leave room for commands. */
const DUE_TOGETHER = 50;

const TRID_OCTETS = 10;

/** An object that could not be moved on. */
export interface StuckObject {
  type: 'domain' | 'contact';
  key: string;
  reason: string;
}

export class RegisterJobs {
  readonly #domains: DuePass;
  readonly #contacts: DuePass;

  /** @param tellStuck of each object that could not be moved on: for the log */
  constructor(context: CommandContext, tellStuck: (stuck: StuckObject) => void = () => {}) {
    const { register } = context;
    this.#domains = new DuePass(
      (nowMs, after) => register.due(nowMs, DUE_PER_RUN_MAX, after),
      (key, nowMs) => moveDomain(context, key, nowMs),
      (key, reason) => tellStuck({ type: 'domain', key, reason }),
    );
    this.#contacts = new DuePass(
      (nowMs, after) => register.dueContacts(nowMs, DUE_PER_RUN_MAX, after),
      (key, nowMs) => moveContact(context, key, nowMs),
      (key, reason) => tellStuck({ type: 'contact', key, reason }),
    );
  }

  /**
   * Does what is due by `nowMs`, of each kind the next DUE_PER_RUN_MAX objects. One call at a time.
   * @returns true: there may be more, call again at once
   * @throws StoreError
   */
  async run(nowMs: number): Promise<boolean> {
    const isMoreOfDomains = await this.#domains.run(nowMs);
    return (await this.#contacts.run(nowMs)) || isMoreOfDomains;
  }
}

/** One kind of object, from the oldest that is due to the youngest, and again. */
class DuePass {
  readonly #read: (nowMs: number, after?: DueObject) => Promise<DueObject[]>;
  readonly #move: (key: string, nowMs: number) => Promise<boolean>;
  readonly #tellStuck: (key: string, reason: string) => void;
  /** Until when stuck objects are left alone. */
  readonly #stuckUntilMs = new Map<string, number>();
  /** The last that was looked at; none: the next is the oldest. */
  #place: DueObject | undefined;

  constructor(
    read: (nowMs: number, after?: DueObject) => Promise<DueObject[]>,
    move: (key: string, nowMs: number) => Promise<boolean>,
    tellStuck: (key: string, reason: string) => void,
  ) {
    this.#read = read;
    this.#move = move;
    this.#tellStuck = tellStuck;
  }

  async run(nowMs: number): Promise<boolean> {
    this.#forgetStuck(nowMs);
    const due = await this.#read(nowMs, this.#place);
    const isFull = due.length === DUE_PER_RUN_MAX;
    this.#place = isFull ? due.at(-1) : undefined;
    const keys = due.map(({ key }) => key).filter((key) => !this.#stuckUntilMs.has(key));
    let moved = 0;
    for (let from = 0; from < keys.length; from += DUE_TOGETHER) {
      const together = keys.slice(from, from + DUE_TOGETHER);
      const results = await Promise.all(together.map((key) => this.#attempt(key, nowMs)));
      moved += results.filter(Boolean).length;
    }
    return isFull || moved > 0;
  }

  async #attempt(key: string, nowMs: number): Promise<boolean> {
    try {
      return await this.#move(key, nowMs);
    } catch (error) {
      if (this.#stuckUntilMs.size < STUCK_REMEMBERED_MAX) {
        this.#stuckUntilMs.set(key, nowMs + STUCK_RETRY_MS);
      }
      this.#tellStuck(key, errorMessage(error));
      return false;
    }
  }

  #forgetStuck(nowMs: number): void {
    for (const [key, untilMs] of this.#stuckUntilMs) {
      const isPutBack = untilMs > nowMs + STUCK_RETRY_MS;
      if (untilMs <= nowMs || isPutBack) this.#stuckUntilMs.delete(key);
    }
  }
}

async function moveDomain(context: CommandContext, name: string, nowMs: number): Promise<boolean> {
  const task = {
    name,
    caller: jobCaller(context, nowMs),
    command: 'domain:lifecycle',
    movesHosts: true,
  };
  try {
    return (await runOnDomain(context, task, (work) => advanceDomain(work, nowMs))) > 0;
  } catch (error) {
    // Somebody else has purged it meanwhile.
    if (error instanceof RegistryError && error.result === RESULT.missing) return false;
    throw error;
  }
}

function moveContact(context: CommandContext, id: string, nowMs: number): Promise<boolean> {
  return approveDueContact(context, id, jobCaller(context, nowMs));
}

/** A transaction of the register's own. */
function jobCaller({ random }: CommandContext, nowMs: number): Caller {
  const svTrid = `JOB-${formatBase32Hex(random.bytes(TRID_OCTETS))}`;
  return { registrar: REGISTER, svTrid, receivedAtMs: nowMs };
}
