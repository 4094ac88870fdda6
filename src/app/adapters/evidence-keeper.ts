/**
 * Lets evidence files go by the limits of evidence-retention.ts, once a day, and never one that
 * something rests on: asks the desk, the outbox and, for disputed false positives, the ledger. The
 * ledger is read only for files that would go; what it holds back is asked again a week later.
 */
import type { Clock } from '#base/clock.ts';
import { formatInstant } from '#base/clock.ts';
import { errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import {
  type Bundle,
  type EvidenceLimits,
  findPrunable,
  isDisputed,
  readBundle,
  removeBundle,
} from '#sla/incident/evidence-retention.ts';
import type { Outbox } from '#sla/incident/outbox.ts';
import type { Standing } from '#sla/incident/standing.ts';
import { escalationKey } from '#sla/incident/told.ts';
import { readLedger } from '#sla/ledger/ledger-reader.ts';
import { instantMs } from '#sla/measurement/instant.ts';
import type { EventOf } from '#sla/measurement/measurement.ts';

const WEEK_MS = 7 * 86_400_000;

export interface EvidenceKeeperParts {
  /** Of the evidence files. */
  folder: string;
  /** Of the ledger. */
  ledger: string;
  limits: EvidenceLimits;
  standings: () => readonly Standing[];
  outbox: Outbox;
  clock: Clock;
  log: Log;
}

export class EvidenceKeeper {
  readonly #parts: EvidenceKeeperParts;
  /** When a file that a dispute holds is asked about again, Unix milliseconds. */
  readonly #heldUntilMs = new Map<string, number>();

  constructor(parts: EvidenceKeeperParts) {
    this.#parts = parts;
  }

  /** Removes what is over a limit and not needed. Never rejects. */
  async prune(): Promise<void> {
    const { folder, limits, clock, log } = this.#parts;
    try {
      const bundles = await this.#readPrunable(await findPrunable(folder, clock.nowMs(), limits));
      if (bundles.length === 0) return;
      const claims = await this.#readClaims(bundles);
      for (const bundle of bundles) {
        if (isDisputed(bundle, claims)) {
          this.#heldUntilMs.set(bundle.file, clock.nowMs() + WEEK_MS);
        } else {
          await removeBundle(folder, bundle.file);
          this.#heldUntilMs.delete(bundle.file);
          log.info({ file: bundle.file }, 'an evidence file was let go');
        }
      }
    } catch (error) {
      log.error({ reason: errorMessage(error) }, 'evidence files were not pruned');
    }
  }

  /** Those that nothing that is open rests on. */
  async #readPrunable(files: readonly string[]): Promise<Bundle[]> {
    const { folder, outbox, clock } = this.#parts;
    const waiting = new Set(
      outbox
        .waiting()
        .flatMap(({ message }) =>
          message.notices.flatMap((notice) =>
            notice.kind === 'escalation' && notice.evidence !== null ? [notice.evidence.file] : [],
          ),
        ),
    );
    const bundles: Bundle[] = [];
    for (const file of files) {
      if (waiting.has(file) || (this.#heldUntilMs.get(file) ?? 0) > clock.nowMs()) continue;
      const bundle = await readBundle(folder, file);
      if (bundle !== undefined && !this.#isOpen(bundle)) bundles.push(bundle);
    }
    return bundles;
  }

  #isOpen({ contract, service, window }: Bundle): boolean {
    const { standings, outbox } = this.#parts;
    const matter = outbox.told.get(escalationKey(contract, service));
    if (matter?.kind === 'escalation' && window.toMs > instantMs(matter.since) - WEEK_MS) {
      return true;
    }
    return standings().some(
      (standing) =>
        standing.contract === contract &&
        standing.incidents.some((incident) => {
          const isOwn =
            incident.service === service || incident.service === `${service}-nameserver`;
          return isOwn && incident.end === null && instantMs(incident.start) < window.toMs;
        }),
    );
  }

  /** Every false positive that was entered since the first of the bundles. */
  async #readClaims(bundles: readonly Bundle[]): Promise<EventOf<'false-positive'>[]> {
    const fromMs = Math.min(...bundles.map(({ window }) => window.fromMs));
    const claims: EventOf<'false-positive'>[] = [];
    const fromDay = formatInstant(fromMs).slice(0, 10);
    for await (const { lines } of readLedger(this.#parts.ledger, { fromDay })) {
      for (const { body } of lines) if (body.kind === 'false-positive') claims.push(body);
    }
    return claims;
  }
}
