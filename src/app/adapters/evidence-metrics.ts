/** Counts of what servers said against what probes saw, for Prometheus. */
import { Counter, type Registry } from 'prom-client';
import type { Finding } from '#sla/collect/evidence-comparison.ts';
import type { EvidenceKind } from '#sla/collect/evidence-watch.ts';

/** What does not agree, by what is compared. */
const DISAGREEMENTS: Readonly<Record<EvidenceKind, readonly Finding[]>> = {
  availability: ['probes-down', 'server-down'],
  update: ['probes-late', 'server-late', 'seen-too-early'],
};
const RESULTS = ['agree', 'disagree', 'undecided', 'missing'] as const;

/** Every series is there from the start; gives what counts a comparison. */
export function countComparisons(
  registry: Registry,
): (evidence: EvidenceKind, finding: Finding) => void {
  const registers = [registry];
  const comparisons = new Counter({
    name: 'sla_evidence_comparisons_total',
    help: 'Cycles and changes of which servers’ own word was held against the probes’.',
    labelNames: ['evidence', 'result'],
    registers,
  });
  const disagreements = new Counter({
    name: 'sla_evidence_disagreements_total',
    help: 'Cycles and changes of which a server and the probes cannot both be right.',
    labelNames: ['evidence', 'finding'],
    registers,
  });
  for (const evidence of ['availability', 'update'] as const) {
    for (const result of RESULTS) comparisons.inc({ evidence, result }, 0);
    for (const finding of DISAGREEMENTS[evidence]) disagreements.inc({ evidence, finding }, 0);
  }
  return (evidence, finding) => {
    const isApart = DISAGREEMENTS[evidence].includes(finding);
    comparisons.inc({ evidence, result: isApart ? 'disagree' : finding });
    if (isApart) disagreements.inc({ evidence, finding });
  };
}
