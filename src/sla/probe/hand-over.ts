/**
 * Hands what lies in the spool to the sidecar: `POST /api/holdfast/v1/measurements`, NDJSON, with a
 * bearer token. Oldest first, removed only after a 2xx. While the sidecar is away or does not know
 * the token, everything waits; what it says it will never take is set aside, one batch at a time,
 * so that one bad line does not hold up the rest.
 *
 * Probe and sidecar need each other (it makes the token, and scrapes the probe), so neither can
 * start after the other: that the sidecar is not there yet is said only when it lasts.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '#base/clock.ts';
import { requestReason } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { Spool, SpooledBatch } from './spool.ts';

export const MEASUREMENTS_PATH = '/api/holdfast/v1/measurements';

const PAUSE_MS = 500;
/** What time it is counts from answers that came within this; half of it is the error at most. */
const TOLD_TIME_MAX_MS = 2_000;
const PAUSE_FAILED_MAX_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
/** A last try when the probe stops; what does not get through stays in the spool. */
const FAREWELL_TIMEOUT_MS = 1_500;
/** Who starts with the probe is there by then, a sidecar with months to read again too. */
const START_MAX_MS = 10_000;

export interface HandOverParts {
  spool: Spool;
  /** URL of the sidecar, without a path. */
  sidecar: string;
  /** Asked before each sending, so that a new token needs no restart. */
  readToken: () => Promise<string>;
  clock: Clock;
  log: Log;
}

export class HandOver {
  readonly #parts: HandOverParts;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #isAway = false;
  #isSaid = false;
  readonly #startUs: number;
  #clockOffsetMs: number | undefined;

  constructor(parts: HandOverParts) {
    this.#parts = parts;
    this.#startUs = parts.clock.monotonicUs();
  }

  /** How far this clock is from the sidecar's, or `undefined` before the first answer. */
  get clockOffsetMs(): number | undefined {
    return this.#clockOffsetMs;
  }

  /** Begins; what time it is is asked first, before there is anything to hand over. */
  start(): void {
    this.#running = this.#run();
  }

  /** Tries once more to get everything through, and stops. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    if (!this.#isAway) await this.sendOldest(FAREWELL_TIMEOUT_MS);
  }

  /** True if something was sent and more may wait. */
  async sendOldest(timeoutMs = REQUEST_TIMEOUT_MS): Promise<boolean> {
    const { spool } = this.#parts;
    try {
      let batch = await spool.oldest();
      if (batch === undefined) return false;
      let status = await this.#post(batch, timeoutMs);
      if (isRefusal(status) && batch.files.length > 1) {
        batch = (await spool.oldest(1)) ?? batch;
        status = await this.#post(batch, timeoutMs);
      }
      return await this.#settle(batch, status);
    } catch (error) {
      this.#say(requestReason(error));
      return false;
    }
  }

  async #run(): Promise<void> {
    let pauseMs = PAUSE_MS;
    await this.#askTime();
    while (!this.#stop.signal.aborted) {
      const isSent = await this.sendOldest();
      if (isSent && this.#parts.spool.size > 0) continue;
      pauseMs = this.#isAway ? Math.min(pauseMs * 2, PAUSE_FAILED_MAX_MS) : PAUSE_MS;
      await sleep(pauseMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  async #askTime(): Promise<void> {
    try {
      await this.#post({ files: [], text: '' }, REQUEST_TIMEOUT_MS);
    } catch (error) {
      this.#say(requestReason(error));
    }
  }

  async #settle(batch: SpooledBatch, status: number): Promise<boolean> {
    const { spool, log } = this.#parts;
    if (status >= 200 && status < 300) {
      await spool.remove(batch.files);
      if (this.#isSaid) log.info('the sidecar takes results again');
      this.#isAway = false;
      this.#isSaid = false;
      return true;
    }
    const [file] = batch.files;
    if (isRefusal(status) && batch.files.length === 1 && file !== undefined) {
      await spool.setAside(file);
      log.error({ file, status }, 'the sidecar refused results; they are kept in refused/');
      return true;
    }
    this.#say(`status ${status}`);
    return false;
  }

  async #post(batch: SpooledBatch, timeoutMs: number): Promise<number> {
    const { sidecar, readToken, clock } = this.#parts;
    const token = await readToken();
    const sentMs = clock.nowMs();
    const response = await fetch(`${sidecar}${MEASUREMENTS_PATH}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', authorization: `Bearer ${token}` },
      body: batch.text,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.arrayBuffer();
    const doneMs = clock.nowMs();
    const middleMs = (sentMs + doneMs) / 2;
    const sidecarMs = Date.parse(response.headers.get('holdfast-time') ?? '');
    const isTelling = !Number.isNaN(sidecarMs) && Math.abs(doneMs - sentMs) <= TOLD_TIME_MAX_MS;
    if (isTelling) this.#clockOffsetMs = Math.round(middleMs - sidecarMs);
    return response.status;
  }

  #say(reason: string): void {
    const { clock, log } = this.#parts;
    this.#isAway = true;
    if (this.#isSaid || clock.monotonicUs() - this.#startUs < START_MAX_MS * 1000) return;
    this.#isSaid = true;
    log.warn({ reason }, 'the sidecar does not take results; they wait on disk');
  }
}

/** The content is at fault, not the moment or the token. */
function isRefusal(status: number): boolean {
  return [400, 413, 415, 422].includes(status);
}
