/**
 * Incidents, for people and alarms; the strict score does not depend on them.
 *
 *            n-th consecutive DOWN                      n-th consecutive UP
 *   closed ------------------------> open (starts with ------------------> closed (ends with the
 *                                    that cycle)                            end of that cycle)
 *
 * Discarded and unmeasured cycles freeze both counters. The down cycles from start to end are the
 * `rsm` figure: minutes as ICANN's own monitor counts them.
 */
import { type Span, uniteSpans } from './spans.ts';
import { isDown, isSilent, type Timeline } from './timeline.ts';

export interface Incident {
  startMs: number;
  /** `undefined` while it is open. */
  endMs: number | undefined;
  /** Down cycles inside it. */
  down: Span[];
}

/** `cyclesToOpen` consecutive down cycles open, `cyclesToClose` consecutive up cycles close. */
export function findIncidents(
  timeline: Timeline,
  cyclesToOpen: number,
  cyclesToClose: number,
): Incident[] {
  const { originMs, cycleMs, states } = timeline;
  const incidents: Incident[] = [];
  let open: Incident | undefined;
  let streak = 0;
  for (let at = 0; at < states.length; at++) {
    const state = states[at];
    if (isSilent(state)) continue;
    const startMs = originMs + at * cycleMs;
    const isCycleDown = isDown(state);
    if (open === undefined) {
      streak = isCycleDown ? streak + 1 : 0;
      if (streak < cyclesToOpen) continue;
      open = { startMs, endMs: undefined, down: [] };
      incidents.push(open);
      streak = 0;
    }
    if (isCycleDown) {
      open.down.push({ fromMs: startMs, toMs: startMs + cycleMs });
      streak = 0;
      continue;
    }
    streak += 1;
    if (streak < cyclesToClose) continue;
    open.endMs = startMs + cycleMs;
    open = undefined;
    streak = 0;
  }
  for (const incident of incidents) incident.down = uniteSpans(incident.down);
  return incidents;
}
