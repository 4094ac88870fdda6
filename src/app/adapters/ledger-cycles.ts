/** The ledger as the source of an escalation's evidence: cycles of a span, digests of its days. */
import { formatInstant } from '#base/clock.ts';
import type { CycleSource, LedgerDigest } from '#sla/incident/evidence-bundle.ts';
import { readLedger } from '#sla/ledger/ledger-reader.ts';

export function ledgerCycles(folder: string): CycleSource {
  return async (service, span, visit) => {
    const digests: LedgerDigest[] = [];
    // A cycle may have been written days after it: the reading goes on to the newest line.
    const fromDay = formatInstant(span.fromMs).slice(0, 10);
    for await (const { day, lines, end } of readLedger(folder, { fromDay })) {
      for (const { body } of lines) {
        if (body.kind !== 'cycle' || body.service !== service) continue;
        const startMs = body.cycle * 1000;
        if (startMs >= span.fromMs && startMs < span.toMs) visit(body);
      }
      if (end !== undefined) digests.push({ day, sha256: end.digest, size: end.size });
    }
    return digests;
  };
}
