/**
 * How soon services were back after a force majeure (registry 3.15: critical systems within 24
 * hours, everything within 48). Such an outage is no unavailability, so this is no verdict on a
 * figure: it shows, service by service, what the clause asks for.
 */
import type { Contract, ServiceName } from '#sla/contract/contract.ts';
import { instantMs, shortInstant } from '#sla/measurement/instant.ts';
import type { Event, EventOf } from '#sla/measurement/measurement.ts';
import type { Score } from '#sla/score/score-json.ts';
import type { Span } from '#sla/score/spans.ts';

export interface RestoredService {
  paragraph: string;
  type: EventOf<'exclusion'>['type'];
  /** When the event began. */
  from: string;
  service: ServiceName;
  /** `null` while an incident that it brought is open; `from` where there was none. */
  restoredAt: string | null;
  /** By when it is asked for. */
  dueAt: string;
  verdict: 'in-time' | 'late' | 'open';
}

/** Of each declared event that begins in the span, every service that it names and is judged. */
export function reportRestoration(
  { restoration, services }: Contract,
  span: Span,
  scores: readonly Score[],
  entries: readonly Event[],
  asOfMs: number,
): RestoredService[] {
  if (restoration === undefined) return [];
  const { paragraph, types, critical, withinSeconds, criticalWithinSeconds } = restoration;
  const declared = entries
    .filter((entry) => entry.kind === 'exclusion')
    .filter(({ type }) => types.includes(type))
    .filter(({ from }) => instantMs(from) >= span.fromMs && instantMs(from) < span.toMs);
  return declared.flatMap((event) =>
    event.services
      .filter((service) => services[service] !== undefined)
      .map((service): RestoredService => {
        const { type, from } = event;
        const limit = critical.includes(service) ? criticalWithinSeconds : withinSeconds;
        const dueMs = instantMs(from) + limit * 1000;
        const restoredMs = findRestored(event, service, scores);
        const endMs = restoredMs ?? asOfMs;
        const verdict = endMs > dueMs ? 'late' : restoredMs === undefined ? 'open' : 'in-time';
        const restoredAt = restoredMs === undefined ? null : shortInstant(restoredMs);
        return { paragraph, type, from, service, restoredAt, dueAt: shortInstant(dueMs), verdict };
      }),
  );
}

/** End of the last incident that the event overlaps; `undefined` while one is open. */
function findRestored(
  { from, to }: EventOf<'exclusion'>,
  service: ServiceName,
  scores: readonly Score[],
): number | undefined {
  let restoredMs = instantMs(from);
  for (const { incidents } of scores) {
    for (const incident of incidents) {
      if (incident.service !== service || instantMs(incident.start) >= instantMs(to)) continue;
      if (incident.end === null) return undefined;
      restoredMs = Math.max(restoredMs, instantMs(incident.end));
    }
  }
  return restoredMs;
}
