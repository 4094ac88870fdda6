/**
 * Keeps database B up to the register: holds the stream open, applies what comes in its order, and
 * connects again when it ends, fails or falls silent.
 *
 *     connect(after the mark) -> lines: change, heartbeat -> apply, confirm --+
 *        ^    |                    \-> copy, rows…, copied -> new generation -+
 *        |    +-- fails, or silent for SILENCE_MS                             |
 *        +-------- pause that doubles, up to PAUSE_MAX_MS <-------------------+
 *
 * Changes that arrive together are applied together. Nothing is read while they are, so the
 * register's end feels it when the disk is slow.
 */
import { errorCode, requestReason } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import { RddsError } from '../rdds-error.ts';
import type { DirectoryRow } from './directory-row.ts';
import { LineReader } from './line-reader.ts';
import { parseReplicaLine, type ReplicaLine } from './replica-line.ts';
import type { ReplicaChange, ReplicaCopy, ReplicaStore } from './replica-store.ts';

/** The register sends a line each second. */
const SILENCE_MS = 10_000;
const PAUSE_FIRST_MS = 250;
const PAUSE_MAX_MS = 10_000;
/** Rows of one change that wait for its last line. */
const ROWS_WAITING_MAX = 200_000;

export interface RegisterFollowerOptions {
  replica: ReplicaStore;
  /** URL of the register's admin API, without a path. */
  primary: string;
  /** A row turned out to be damaged: only a copy into an empty store mends it. */
  onDamaged: (error: unknown) => void;
  /** Read at each connection: keys are changed while we run. */
  readKey: () => Promise<string>;
  random: Random;
  log: Log;
}

export class RegisterFollower {
  readonly #options: RegisterFollowerOptions;
  readonly #stop = new AbortController();
  #life: Promise<void> = Promise.resolve();
  #isConnected = false;
  #isAway = false;
  #needsCopy = false;
  #pauseMs = PAUSE_FIRST_MS;

  constructor(options: RegisterFollowerOptions) {
    this.#options = options;
  }

  /** The stream is open and lines come. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  start(): void {
    this.#life = this.#follow();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#life;
  }

  async #follow(): Promise<void> {
    const { random } = this.#options;
    while (!this.#stop.signal.aborted) {
      try {
        await this.#readStream();
      } catch (error) {
        this.#sayAway(error);
      }
      this.#isConnected = false;
      if (this.#stop.signal.aborted) return;
      await this.#pause(this.#pauseMs / 2 + random.below(Math.ceil(this.#pauseMs / 2)));
      this.#pauseMs = Math.min(this.#pauseMs * 2, PAUSE_MAX_MS);
    }
  }

  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#stop.signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
  }

  /** Ends with the stream; only by an error, as the register never ends it. */
  async #readStream(): Promise<void> {
    const silence = new AbortController();
    const onSilence = (): void =>
      silence.abort(new RddsError('RDDS_STREAM', `no line for ${SILENCE_MS} ms`));
    let timer = setTimeout(onSilence, SILENCE_MS);
    try {
      const signal = AbortSignal.any([silence.signal, this.#stop.signal]);
      const body = await this.#connect(signal);
      const lines = new LineReader();
      const intake = new StreamIntake(this.#options.replica);
      for await (const chunk of body) {
        clearTimeout(timer);
        await intake.take(lines.push(chunk).map(parseReplicaLine));
        this.#sayBack(intake);
        timer = setTimeout(onSilence, SILENCE_MS);
      }
      throw new RddsError('RDDS_STREAM', 'the register ended the stream');
    } finally {
      clearTimeout(timer);
    }
  }

  async #connect(signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const { primary, readKey, replica } = this.#options;
    const query = new URLSearchParams();
    const { mark } = replica;
    if (mark !== undefined && !this.#needsCopy) {
      query.set('after', String(mark.sequence));
      if (mark.svTrid !== undefined) query.set('svTrid', mark.svTrid);
    }
    const response = await fetch(
      `${primary}/api/holdfast/v1/registry/changes?${query.toString()}`,
      {
        headers: { 'x-api-key': await readKey(), accept: 'application/x-ndjson' },
        redirect: 'error',
        signal,
      },
    );
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw new RddsError('RDDS_STREAM', `${primary}: status ${response.status}`);
    }
    return response.body;
  }

  #sayBack({ hasCurrent, mendsBy }: StreamIntake): void {
    if (!hasCurrent) return;
    if (mendsBy === 'copy') this.#needsCopy = false;
    this.#pauseMs = PAUSE_FIRST_MS;
    this.#isConnected = true;
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#options.log.info({ primary: this.#options.primary }, 'the register is followed again');
  }

  #sayAway(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    const { log, primary } = this.#options;
    if (errorCode(error) === 'STORE_DAMAGED') this.#options.onDamaged(error);
    // Histories that do not fit never will.
    if (errorCode(error) === 'RDDS_STREAM_INVALID') this.#needsCopy = true;
    if (this.#isAway) return;
    this.#isAway = true;
    const reason = requestReason(error);
    log.warn({ primary, reason, needsCopy: this.#needsCopy }, 'the register is not followed');
  }
}

/** What one connection brought so far. */
class StreamIntake {
  readonly #replica: ReplicaStore;
  #copy: ReplicaCopy | undefined;
  #waiting: DirectoryRow[] = [];
  /** A heartbeat or change came: everything before is here. */
  hasCurrent = false;
  /** Whether this connection began with a copy. */
  mendsBy: 'copy' | 'changes' = 'changes';

  constructor(replica: ReplicaStore) {
    this.#replica = replica;
  }

  /** @throws RddsError RDDS_STREAM_INVALID */
  async take(lines: readonly ReplicaLine[]): Promise<void> {
    let changes: ReplicaChange[] = [];
    let expected = (this.#replica.mark?.sequence ?? 0) + 1;
    for (const line of lines) {
      if (line.kind === 'change' && this.#copy === undefined) {
        if (line.sequence !== expected) throw gap(expected, line.sequence);
        expected += 1;
        changes.push({ ...line, rows: this.#takeWaiting(line.rows) });
        continue;
      }
      if (line.kind === 'rows' && this.#copy === undefined) {
        this.#keepWaiting(line.rows);
        continue;
      }
      await this.#apply(changes);
      changes = [];
      await this.#takeOther(line);
      expected = (this.#replica.mark?.sequence ?? 0) + 1;
    }
    await this.#apply(changes);
  }

  async #takeOther(line: ReplicaLine): Promise<void> {
    switch (line.kind) {
      case 'copy':
        this.mendsBy = 'copy';
        this.#copy = await this.#replica.beginCopy(
          { sequence: line.sequence, svTrid: line.svTrid },
          line.atMs,
        );
        break;
      case 'rows':
        await this.#copy?.add(line.rows);
        break;
      case 'copied':
        await this.#copy?.finish();
        this.#copy = undefined;
        break;
      case 'heartbeat': {
        const have = this.#replica.mark?.sequence;
        if (line.sequence !== have) throw gap((have ?? 0) + 1, line.sequence);
        await this.#replica.confirm(line.atMs);
        this.hasCurrent = true;
        break;
      }
      case 'change':
        throw new RddsError('RDDS_STREAM_INVALID', 'a change inside a copy');
    }
  }

  async #apply(changes: readonly ReplicaChange[]): Promise<void> {
    if (changes.length === 0) return;
    await this.#replica.apply(changes);
    this.hasCurrent = true;
  }

  #keepWaiting(rows: readonly DirectoryRow[]): void {
    if (this.#waiting.length + rows.length > ROWS_WAITING_MAX) {
      const size = `more than ${ROWS_WAITING_MAX} rows in one change`;
      throw new RddsError('RDDS_STREAM_INVALID', size);
    }
    for (const row of rows) this.#waiting.push(row);
  }

  #takeWaiting(last: readonly DirectoryRow[]): readonly DirectoryRow[] {
    if (this.#waiting.length === 0) return last;
    const rows = [...this.#waiting, ...last];
    this.#waiting = [];
    return rows;
  }
}

function gap(expected: number, found: number): RddsError {
  const what = `change ${expected} was due and ${found} came`;
  return new RddsError('RDDS_STREAM_INVALID', `${what}; a copy is asked for`);
}
