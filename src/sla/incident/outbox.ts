/**
 * What was told and what is still to be delivered, on disk: a restart tells nothing twice and
 * forgets nothing. One file of lines, schema version 1, appended and synced:
 *
 *   review     the matters that were told, and the messages that tell of them: one line, so a
 *              crash leaves both or neither. It follows the ledger: cycles that the ledger holds
 *              and the outbox does not know of are simply reviewed again.
 *   attempt    what became of one try to deliver one message
 *   snapshot   everything, as the first line of a file that was written anew
 *
 * A torn last line was never acted upon and is cut off. A crash between a delivery and its line
 * delivers once more, under the same id: better twice than never.
 */
import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '#base/atomic-file.ts';
import { formatInstant } from '#base/clock.ts';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import { instantSchema } from '#sla/measurement/instant.ts';
import { OutboxDamagedError, OutboxError } from './incident-error.ts';
import { type Message, messageSchema } from './notice.ts';
import { type ToldMatter, type ToldPatch, type ToldTable, toldMatterSchema } from './told.ts';

const SCHEMA_VERSION = 1;
/** Messages that wait for their delivery; more are given up at once, and shown. */
export const WAITING_MAX = 1000;
/** Messages that are done with, kept to be shown. */
const FINISHED_MAX = 200;
/** The file is written anew when it has grown by so many lines. */
const LINES_MAX = 500;

export type Outcome = 'delivered' | 'failed' | 'dead';

const entrySchema = z.strictObject({
  message: messageSchema,
  state: z.enum(['waiting', 'delivered', 'dead']),
  attempts: z.int().min(0),
  /** Of the last attempt. */
  lastAt: instantSchema.nullable(),
  detail: z.string(),
});

/** A message and what became of it so far. */
export type OutboxEntry = z.infer<typeof entrySchema>;

const schema = z.literal(SCHEMA_VERSION);
const toldSchema = z.record(z.string(), toldMatterSchema.nullable());
const lineSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    schema,
    kind: z.literal('review'),
    told: toldSchema,
    messages: z.array(messageSchema),
  }),
  z.strictObject({
    schema,
    kind: z.literal('attempt'),
    at: instantSchema,
    message: z.string(),
    outcome: z.enum(['delivered', 'failed', 'dead']),
    detail: z.string(),
  }),
  z.strictObject({
    schema,
    kind: z.literal('snapshot'),
    told: toldSchema,
    entries: z.array(entrySchema),
  }),
]);

type Line = z.infer<typeof lineSchema>;

export class Outbox {
  readonly #file: string;
  readonly #told = new Map<string, ToldMatter>();
  /** By id, oldest first. */
  readonly #entries = new Map<string, OutboxEntry>();
  #handle: FileHandle | undefined;
  #lines = 0;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(file: string) {
    this.#file = file;
  }

  /**
   * Opens the file with what is in it. One that is damaged is set aside and said: the judge goes
   * on, and what is open now is told once more. Raises OutboxError.
   */
  static async open(file: string, log: Log, nowMs: number): Promise<Outbox> {
    const outbox = new Outbox(file);
    try {
      await mkdir(dirname(file), { recursive: true });
      await outbox.#load(log, nowMs);
      await outbox.#rewrite();
      return outbox;
    } catch (error) {
      throw error instanceof OutboxError ? error : new OutboxError(file, error);
    }
  }

  get told(): ToldTable {
    return this.#told;
  }

  /** Messages that are to be delivered, oldest first. */
  waiting(): OutboxEntry[] {
    return [...this.#entries.values()].filter(({ state }) => state === 'waiting');
  }

  /** Messages that were delivered or given up, newest first. */
  finished(): OutboxEntry[] {
    return [...this.#entries.values()].filter(({ state }) => state !== 'waiting').toReversed();
  }

  /**
   * Takes what a review found. Durable when it resolves; raises OutboxError, and nothing of it was
   * taken: the next review finds it again.
   */
  take(patch: ToldPatch, messages: readonly Message[]): Promise<void> {
    return this.#inTurn(async () => {
      const fresh = messages.filter(({ id }) => !this.#entries.has(id));
      if (patch.size === 0 && fresh.length === 0) return;
      await this.#append({
        schema: SCHEMA_VERSION,
        kind: 'review',
        told: Object.fromEntries(patch),
        messages: fresh,
      });
    });
  }

  /**
   * What became of a try. It holds from now on even if it cannot be written (OutboxError is
   * raised): then a restart may deliver once more.
   */
  attempted(id: string, outcome: Outcome, detail: string, atMs: number): Promise<void> {
    const at = formatInstant(atMs);
    const line: Line = {
      schema: SCHEMA_VERSION,
      kind: 'attempt',
      at,
      message: id,
      outcome,
      detail,
    };
    return this.#inTurn(async () => {
      try {
        await this.#append(line);
      } catch (error) {
        this.#apply(line);
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#handle?.close();
    this.#handle = undefined;
  }

  async #load(log: Log, nowMs: number): Promise<void> {
    const text = await readFile(this.#file, 'utf8').catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return '';
      throw error;
    });
    const lines = text.split('\n');
    if (lines.pop() !== '') log.warn({ file: this.#file }, 'a torn last line was cut off');
    try {
      for (const [at, line] of lines.entries()) this.#apply(this.#parse(line, at + 1));
    } catch (error) {
      if (!(error instanceof OutboxDamagedError)) throw error;
      const aside = `${this.#file}.damaged-${nowMs}`;
      await rename(this.#file, aside);
      log.error({ code: error.code, reason: error.message, aside }, 'the outbox was set aside');
      this.#told.clear();
      this.#entries.clear();
    }
  }

  #parse(text: string, line: number): Line {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new OutboxDamagedError(this.#file, line, `not JSON: ${errorMessage(error)}`);
    }
    const parsed = lineSchema.safeParse(value);
    if (parsed.success) return parsed.data;
    const what = `not a line of outbox schema ${SCHEMA_VERSION}`;
    throw new OutboxDamagedError(this.#file, line, what);
  }

  #apply(line: Line): void {
    if (line.kind === 'attempt') this.#applyAttempt(line);
    else {
      for (const [key, matter] of Object.entries(line.told)) {
        if (matter === null) this.#told.delete(key);
        else this.#told.set(key, matter);
      }
    }
    if (line.kind === 'snapshot') {
      for (const entry of line.entries) this.#entries.set(entry.message.id, entry);
    } else if (line.kind === 'review') {
      let waiting = this.waiting().length;
      for (const message of line.messages) {
        const isFull = waiting >= WAITING_MAX;
        const state = isFull ? 'dead' : 'waiting';
        const detail = isFull ? `${WAITING_MAX} messages wait already` : '';
        this.#entries.set(message.id, { message, state, attempts: 0, lastAt: null, detail });
        if (!isFull) waiting += 1;
      }
      this.#forget();
    }
  }

  #applyAttempt({ message, outcome, detail, at }: Extract<Line, { kind: 'attempt' }>): void {
    const entry = this.#entries.get(message);
    if (entry === undefined) return;
    entry.attempts += 1;
    entry.lastAt = at;
    entry.detail = detail;
    entry.state = outcome === 'failed' ? 'waiting' : outcome;
    this.#forget();
  }

  #forget(): void {
    for (const { message } of this.finished().slice(FINISHED_MAX)) this.#entries.delete(message.id);
  }

  async #append(line: Line): Promise<void> {
    try {
      if (this.#lines >= LINES_MAX) await this.#rewrite();
      this.#handle ??= await open(this.#file, 'a', 0o600);
      const { size } = await this.#handle.stat();
      try {
        await this.#handle.writeFile(`${JSON.stringify(line)}\n`);
        await this.#handle.datasync();
      } catch (error) {
        await this.#handle.truncate(size).catch(() => undefined);
        throw error;
      }
    } catch (error) {
      throw new OutboxError(this.#file, error);
    }
    this.#lines += 1;
    this.#apply(line);
  }

  async #rewrite(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
    const snapshot: Line = {
      schema: SCHEMA_VERSION,
      kind: 'snapshot',
      told: Object.fromEntries(this.#told),
      entries: [...this.#entries.values()],
    };
    await writeFileAtomic(this.#file, `${JSON.stringify(snapshot)}\n`, 0o600);
    this.#lines = 1;
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#last.then(task);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
