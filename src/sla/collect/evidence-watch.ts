/**
 * Holds servers' own evidence against that of the probes as both come in: each decided cycle
 * against what was scraped around it, each change that a probe watched against its receipt. What
 * does not agree is a line of the ledger; what was compared is counted. It scores nothing, and
 * nothing that it says changes a score.
 */
import { type Clock, formatInstant } from '#base/clock.ts';
import { requestReason } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { Disagreement } from '#sla/ledger/ledger-line.ts';
import { instantMs } from '#sla/measurement/instant.ts';
import type { EventOf, MeasuredService } from '#sla/measurement/measurement.ts';
import {
  claimOfCycle,
  compareAvailability,
  compareUpdate,
  type Finding,
  type ServedReceipt,
} from './evidence-comparison.ts';
import type { TargetReading } from './scraped-targets.ts';
import { ServerTimelines } from './server-timelines.ts';

export type EvidenceKind = Disagreement['evidence'];
type Update = EventOf<'update'>;

/** The server looks at each address itself; it is given the time to. */
const RECEIPT_DELAY_MS = 15_000;
const RECEIPT_RETRY_MS = 300_000;
/** Changes that wait for their receipt; of more the oldest are given up as missing. */
const WAITING_MAX = 5_000;
/** Receipts that are asked for in one step. */
const RECEIPTS_PER_STEP = 50;

export interface EvidenceWatchParts {
  /** Reads the receipt of a change at an address; `undefined` where there is no server to ask. */
  readReceipt:
    | ((id: string, address: string, signal: AbortSignal) => Promise<ServedReceipt | undefined>)
    | undefined;
  /** How long a change may take to be served. */
  updateLimitMs: number;
  /** Takes a line for the ledger. */
  onDisagreement: (entry: Disagreement) => void;
  onCompared: (evidence: EvidenceKind, finding: Finding) => void;
  clock: Clock;
  log: Log;
}

interface WaitingUpdate {
  update: Update;
  dueMs: number;
}

export class EvidenceWatch {
  readonly #parts: EvidenceWatchParts;
  readonly #timelines = new ServerTimelines();
  #waiting: WaitingUpdate[] = [];
  #isAway = false;

  constructor(parts: EvidenceWatchParts) {
    this.#parts = parts;
  }

  /** A scrape of a server or a probe. */
  read(reading: TargetReading): void {
    this.#timelines.add(reading);
  }

  /** A cycle is in the ledger. Servers speak of the DNS alone. */
  decided(service: MeasuredService, cycle: number, lengthSeconds: number, state: string): void {
    if (service !== 'dns') return;
    const fromMs = cycle * 1000;
    const servers = this.#timelines.servers(this.#parts.clock.nowMs());
    if (servers.length === 0) return;
    const claim = claimOfCycle(servers, fromMs, fromMs + lengthSeconds * 1000);
    this.#tell(compareAvailability(claim.state, state), {
      evidence: 'availability',
      service,
      cycle,
      serverSays: `${claim.state}: ${claim.text}`,
      probesSay: state,
    });
  }

  /** A probe's word of a change is in the ledger. */
  seen(update: Update): void {
    if (update.service !== 'dns' || this.#parts.readReceipt === undefined) return;
    this.#waiting.push({ update, dueMs: this.#parts.clock.nowMs() + RECEIPT_DELAY_MS });
    while (this.#waiting.length > WAITING_MAX) {
      this.#waiting.shift();
      this.#parts.onCompared('update', 'missing');
    }
  }

  /** Asks for receipts whose time has come. Never rejects. */
  async step(signal: AbortSignal): Promise<void> {
    const nowMs = this.#parts.clock.nowMs();
    const due = this.#waiting.filter(({ dueMs }) => dueMs <= nowMs).slice(0, RECEIPTS_PER_STEP);
    for (const each of due) {
      try {
        const isDone = await this.#compare(each.update, signal);
        this.#isAway = false;
        if (isDone) this.#waiting = this.#waiting.filter((other) => other !== each);
        else each.dueMs = nowMs + RECEIPT_RETRY_MS;
      } catch (error) {
        if (signal.aborted) return;
        const reason = requestReason(error);
        if (!this.#isAway) this.#parts.log.warn({ reason }, 'receipts cannot be read');
        this.#isAway = true;
        return;
      }
    }
  }

  /** False if nothing can be said yet. */
  async #compare(update: Update, signal: AbortSignal): Promise<boolean> {
    const { readReceipt, updateLimitMs, clock } = this.#parts;
    const { change, probe, address, confirmedAt, observedAt } = update;
    // A probe adds the time of its writing to the receipt.
    const receipt = await readReceipt?.(change.replace(/-\d+$/, ''), address, signal);
    const seen = {
      confirmedAtMs: instantMs(confirmedAt),
      observedAtMs: observedAt === null ? undefined : instantMs(observedAt),
    };
    const finding = compareUpdate(receipt, seen, updateLimitMs, clock.nowMs());
    if (finding === 'undecided') return false;
    this.#tell(finding, {
      evidence: 'update',
      service: 'dns',
      change,
      probe,
      address,
      serverSays: `received ${shown(receipt?.receivedAtMs)}, served ${shown(receipt?.servedAtMs)}`,
      probesSay: `confirmed ${confirmedAt}, seen ${observedAt ?? 'never'}`,
    });
    return true;
  }

  #tell(finding: Finding, said: Omit<Disagreement, 'kind' | 'at' | 'finding'>): void {
    const { onCompared, onDisagreement, clock, log } = this.#parts;
    onCompared(said.evidence, finding);
    if (finding === 'agree' || finding === 'undecided' || finding === 'missing') return;
    const at = formatInstant(clock.nowMs());
    log.warn({ finding, ...said }, 'a server and the probes do not agree');
    onDisagreement({ kind: 'disagreement', at, finding, ...said });
  }
}

function shown(ms: number | undefined): string {
  return ms === undefined ? 'never' : formatInstant(ms);
}
