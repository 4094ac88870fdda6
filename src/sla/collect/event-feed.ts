/**
 * Follows a name server's event feed (`GET /api/holdfast/v1/events?after=CURSOR`) and hands what it
 * tells, in the measurement format, to the ledger. The cursor is kept in a file after the events
 * were handed on, so a crash repeats some and loses none; what comes twice is known by its text.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '#base/atomic-file.ts';
import { errorCode, requestReason } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import { type Event, eventSchema } from '#sla/measurement/measurement.ts';

const PAGE_SIZE = 500;
/** In one round; the rest in the next. */
const PAGES_MAX = 20;
const REQUEST_TIMEOUT_MS = 10_000;
const CURSOR_GONE = 410;
/** What a server may tell of itself; notices and corrections are not among it. */
const SERVER_KINDS: ReadonlySet<Event['kind']> = new Set([
  'update-begun',
  'backup',
  'replica-lag',
  'transactions',
]);

const pageSchema = z.object({ events: z.array(z.unknown()), next: z.string() });

export interface EventFeedParts {
  /** URL of the admin API, without a path. */
  api: string;
  /** Absent: the feed is open, as that of a directory is. */
  readKey?: () => Promise<string>;
  cursorFile: string;
  /** Takes the events on; durable when it resolves. */
  onEvents: (events: readonly Event[]) => Promise<void>;
  log: Log;
}

export class EventFeed {
  readonly #parts: EventFeedParts;
  #cursor: string | undefined;
  #isLoaded = false;
  #isAway = false;

  constructor(parts: EventFeedParts) {
    this.#parts = parts;
  }

  /** Reads what is new. Never rejects: a server that is away is said once, and asked again. */
  async read(signal: AbortSignal): Promise<void> {
    try {
      if (!this.#isLoaded) await this.#loadCursor();
      for (let page = 0; page < PAGES_MAX; page++) {
        if (!(await this.#readPage(signal))) break;
      }
      this.#isAway = false;
    } catch (error) {
      if (signal.aborted) return;
      const reason = requestReason(error);
      if (!this.#isAway) this.#parts.log.warn({ reason }, 'the event feed cannot be read');
      this.#isAway = true;
    }
  }

  /** True if there may be more. */
  async #readPage(signal: AbortSignal): Promise<boolean> {
    const { api, readKey, onEvents, log } = this.#parts;
    const query = new URLSearchParams({ limit: String(PAGE_SIZE) });
    if (this.#cursor !== undefined) query.set('after', this.#cursor);
    const response = await fetch(`${api}/api/holdfast/v1/events?${query.toString()}`, {
      headers: {
        ...(readKey !== undefined && { 'x-api-key': await readKey() }),
        accept: 'application/json',
      },
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    });
    if (response.status === CURSOR_GONE && this.#cursor !== undefined) {
      log.error({ cursor: this.#cursor }, 'events were lost: the feed no longer holds the cursor');
      this.#cursor = undefined;
      return true;
    }
    if (!response.ok) throw new Error(`${api}: status ${response.status}`);
    const page = pageSchema.parse(await response.json());
    const events = page.events.flatMap((value) => {
      const parsed = eventSchema.safeParse(value);
      return parsed.success && SERVER_KINDS.has(parsed.data.kind) ? [parsed.data] : [];
    });
    if (events.length < page.events.length) {
      log.warn({ skipped: page.events.length - events.length }, 'events that are not understood');
    }
    await onEvents(events);
    if (page.next !== this.#cursor) await this.#saveCursor(page.next);
    return page.events.length === PAGE_SIZE;
  }

  async #loadCursor(): Promise<void> {
    const text = await readFile(this.#parts.cursorFile, 'utf8').catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return '';
      throw error;
    });
    this.#cursor = text.trim() === '' ? undefined : text.trim();
    this.#isLoaded = true;
  }

  async #saveCursor(cursor: string): Promise<void> {
    const { cursorFile } = this.#parts;
    await mkdir(dirname(cursorFile), { recursive: true });
    await writeFileAtomic(cursorFile, `${cursor}\n`);
    this.#cursor = cursor;
  }
}
