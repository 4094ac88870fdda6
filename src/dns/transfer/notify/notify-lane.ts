/**
 * What one target is still to be told. Of a zone one NOTIFY is under way at a time; a newer version
 * takes its place when it would be sent again, or follows the reply. A target that is silent gets
 * one NOTIFY at a time until it answers, so that it costs nobody else anything.
 *
 *     [waiting] ──a place is free──> [under way] ──reply──────────────> acked | refused
 *         ^                           │      ^ │
 *         └──a newer version, reply───┘      └─┘ no reply for 1, 2, 4, 8 s; after 16 s: unanswered
 */
import type { Random } from '#base/random.ts';
import type { TsigVerifier } from '#dns/tsig/tsig-client.ts';
import type { Name } from '#dns/wire/name.ts';
import type { NotifyTarget } from './notify-target.ts';

/** Times that one NOTIFY is sent (RFC 1996 section 3.6 has 5). */
export const ATTEMPTS_MAX = 5;
/** Until it is sent again the first time; then twice as long each time. */
export const RETRY_DELAY_MS = 1_000;
/** NOTIFY messages under way to a target that answers. */
const UNDER_WAY_MAX = 100;

/** A version of a zone that is to be told. */
export interface Notice {
  apex: Name;
  /** `nameKey` of the apex. */
  zone: string;
  serial: number;
  /** RDATA. */
  soa: Uint8Array;
}

/** A notice that was sent and has no reply yet. */
export interface SentNotice {
  notice: Notice;
  /** Takes its place when it is sent again, or follows the reply. */
  newer: Notice | undefined;
  id: number;
  attempts: number;
  verifier: TsigVerifier | undefined;
  timer: NodeJS.Timeout | undefined;
}

export class NotifyLane {
  readonly target: NotifyTarget;
  /** The last notice that ended had no reply. */
  isSilent = false;
  /** The result that was said of it in the log last, so that it is said once. */
  said: string | undefined;
  /** By zone, in the order in which they are told. */
  readonly #waiting = new Map<string, Notice>();
  readonly #sent = new Map<string, SentNotice>();
  readonly #byId = new Map<number, SentNotice>();

  constructor(target: NotifyTarget) {
    this.target = target;
  }

  /** Notices that wait or are under way. */
  get size(): number {
    return this.#waiting.size + this.#sent.size;
  }

  /** True if one that waits may be sent. */
  get isReady(): boolean {
    return this.#waiting.size > 0 && this.#sent.size < (this.isSilent ? 1 : UNDER_WAY_MAX);
  }

  /** True if the notice takes the place of one that is there. */
  has(zone: string): boolean {
    return this.#waiting.has(zone) || this.#sent.has(zone);
  }

  add(notice: Notice): void {
    const sent = this.#sent.get(notice.zone);
    if (sent === undefined) this.#waiting.set(notice.zone, notice);
    else sent.newer = notice;
  }

  /** Takes the one that waits longest under way, with an id that no other there has. */
  begin(random: Random): SentNotice | undefined {
    const [notice] = this.#waiting.values();
    if (notice === undefined) return undefined;
    this.#waiting.delete(notice.zone);
    const sent: SentNotice = {
      notice,
      newer: undefined,
      id: this.#freeId(random),
      attempts: 0,
      verifier: undefined,
      timer: undefined,
    };
    this.#sent.set(notice.zone, sent);
    this.#byId.set(sent.id, sent);
    return sent;
  }

  find(id: number): SentNotice | undefined {
    return this.#byId.get(id);
  }

  /** It has a reply, or none is waited for any more; a newer one of its zone waits from now on. */
  end(sent: SentNotice): void {
    clearTimeout(sent.timer);
    this.#byId.delete(sent.id);
    this.#sent.delete(sent.notice.zone);
    if (sent.newer !== undefined) this.#waiting.set(sent.notice.zone, sent.newer);
  }

  /** Nothing is to be told of a zone that is gone. */
  forget(zone: string): void {
    this.#waiting.delete(zone);
    const sent = this.#sent.get(zone);
    if (sent === undefined) return;
    sent.newer = undefined;
    this.end(sent);
  }

  close(): void {
    this.#waiting.clear();
    for (const { timer } of this.#sent.values()) clearTimeout(timer);
    this.#sent.clear();
    this.#byId.clear();
  }

  #freeId(random: Random): number {
    let id = random.below(0x1_0000);
    while (this.#byId.has(id)) id = (id + 1) & 0xffff;
    return id;
  }
}
