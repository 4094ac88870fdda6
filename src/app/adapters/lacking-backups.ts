/**
 * The alarm for backups in too few places, for Prometheus. Worked out anew at each scrape from the
 * ledger's lines, as the sidecar's own alarm is: the two cannot disagree, and an auditor who has
 * the ledger finds both.
 */
import { Gauge } from 'prom-client';
import { findBackupStanding } from '#sla/incident/backup-standing.ts';
import type { RunningScore } from './running-score.ts';

/** Of each contract that asks for places, as soon as the ledger has a line of a backup. */
export function lackingBackupsGauge(scores: RunningScore): Gauge {
  return new Gauge({
    name: 'sla_backups_lacking',
    help: '1 while fewer locations than the contract asks for hold a good backup of the last 8 h.',
    labelNames: ['contract'],
    registers: [],
    collect() {
      this.reset();
      for (const { contract } of scores.contracts) {
        const events = scores.evidence(contract.id)?.events ?? [];
        const backups = events.filter((event) => event.kind === 'backup');
        const standing = findBackupStanding(contract, backups, scores.asOfMs);
        if (standing === undefined) continue;
        this.set({ contract: contract.id }, Number(standing.lackingSince !== null));
      }
    },
  });
}
