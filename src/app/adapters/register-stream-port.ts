/**
 * The stream of the register for replicas, out of its journal. Each replica reads at its own
 * pace: nothing is kept for it, and one that falls behind the journal gets a copy. A line is made
 * when the one before it was taken.
 *
 *     start known here? -- no --> copy -----+
 *          | yes                            v
 *          +----------------> changes after it <--- commit
 *                                 | none left
 *                                 +---> heartbeat, each second
 */
import type { Clock } from '#base/clock.ts';
import type { RegistryStreamPort, StreamStart } from '#http/api/registry-stream.ts';
import type { RegisterChange, RegisterRow } from '#registry/model/register-change.ts';
import { type DirectoryRow, directoryRow } from '#registry/rdds/replica/directory-row.ts';
import {
  formatReplicaLine,
  type HistoryPoint,
  LINE_ROWS_MAX,
} from '#registry/rdds/replica/replica-line.ts';

const HEARTBEAT_MS = 1_000;
/** Changes read from the journal at once. */
const PAGE_SIZE = 256;

/** What it takes of the register; `StoredRegister` is one. */
export interface StreamedRegister {
  readonly sequence: number;
  changesAfter(sequence: number, limit: number): Promise<RegisterChange[] | undefined>;
  copy(): Promise<{
    sequence: number;
    rows: AsyncIterable<RegisterRow[]>;
    close(): Promise<void> | void;
  }>;
  /** Gives the function that ends it. */
  onCommit(listener: (sequence: number) => void): () => void;
}

export class RegisterStreamAdapter implements RegistryStreamPort {
  readonly #register: StreamedRegister;
  readonly #clock: Clock;

  constructor(register: StreamedRegister, clock: Clock) {
    this.#register = register;
    this.#clock = clock;
  }

  /** See RegistryStreamPort. */
  async *follow(start: StreamStart | undefined, signal: AbortSignal): AsyncGenerator<string> {
    const wake = new CommitWake(this.#register, signal);
    try {
      let position = await this.#find(start);
      let beatDueMs = 0;
      while (!signal.aborted) {
        position ??= yield* this.#copy();
        const changes = await this.#register.changesAfter(position, PAGE_SIZE);
        if (changes === undefined) {
          position = undefined;
          continue;
        }
        for (const change of changes) {
          yield* changeLines(change);
          position = change.sequence;
        }
        if (changes.length > 0) continue;
        const nowMs = this.#stopwatchMs();
        if (nowMs >= beatDueMs) {
          beatDueMs = nowMs + HEARTBEAT_MS;
          yield* this.#beat(position);
        }
        await wake.wait(position, Math.max(1, beatDueMs - this.#stopwatchMs()));
      }
    } finally {
      wake.close();
    }
  }

  /** Where to go on; `undefined`: the histories differ, or are not known to be one. */
  async #find(start: StreamStart | undefined): Promise<number | undefined> {
    if (start === undefined || start.sequence > this.#register.sequence) return undefined;
    if (start.svTrid === undefined) return start.sequence === 0 ? 0 : undefined;
    return (await this.#svTridOf(start.sequence)) === start.svTrid ? start.sequence : undefined;
  }

  async #svTridOf(sequence: number): Promise<string | undefined> {
    if (sequence === 0) return undefined;
    const [change] = (await this.#register.changesAfter(sequence - 1, 1)) ?? [];
    return change?.sequence === sequence ? change.svTrid : undefined;
  }

  async *#copy(): AsyncGenerator<string, number> {
    const atMs = this.#clock.nowMs();
    const copy = await this.#register.copy();
    const { sequence } = copy;
    try {
      const point: HistoryPoint = { sequence, svTrid: await this.#svTridOf(sequence) };
      yield formatReplicaLine({ kind: 'copy', atMs, ...point });
      for await (const chunk of copy.rows) yield* rowLines(outgoing(chunk));
      yield formatReplicaLine({ kind: 'copied' });
    } finally {
      await copy.close();
    }
    return sequence;
  }

  /** The instant is read first: what is committed in between makes it no less true. */
  *#beat(sequence: number): Generator<string> {
    const atMs = this.#clock.nowMs();
    if (this.#register.sequence !== sequence) return;
    yield formatReplicaLine({ kind: 'heartbeat', sequence, atMs });
  }

  #stopwatchMs(): number {
    return this.#clock.monotonicUs() / 1000;
  }
}

/** Waits until something is committed after a sequence number. */
class CommitWake {
  readonly #register: StreamedRegister;
  readonly #signal: AbortSignal;
  readonly #endListening: () => void;
  readonly #onAbort = (): void => this.#wakeUp();
  #wakeUp: () => void = () => undefined;

  constructor(register: StreamedRegister, signal: AbortSignal) {
    this.#register = register;
    this.#signal = signal;
    this.#endListening = register.onCommit(() => this.#wakeUp());
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  async wait(sequence: number, limitMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wakeUp = resolve;
    if (this.#register.sequence > sequence || this.#signal.aborted) return;
    const timer = setTimeout(resolve, limitMs);
    await promise;
    clearTimeout(timer);
  }

  close(): void {
    this.#endListening();
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}

function outgoing(rows: readonly RegisterRow[]): DirectoryRow[] {
  return rows.map(directoryRow).filter((row) => row !== undefined);
}

function* changeLines({ sequence, svTrid, atMs, rows }: RegisterChange): Generator<string> {
  const left = outgoing(rows);
  const last = left.splice(Math.max(0, left.length - LINE_ROWS_MAX));
  yield* rowLines(left);
  yield formatReplicaLine({ kind: 'change', sequence, svTrid, atMs, rows: last });
}

function* rowLines(rows: readonly DirectoryRow[]): Generator<string> {
  for (let at = 0; at < rows.length; at += LINE_ROWS_MAX) {
    yield formatReplicaLine({ kind: 'rows', rows: rows.slice(at, at + LINE_ROWS_MAX) });
  }
}
