/** What a scorer has gathered, for the rules that judge it. */
import type { ServiceName } from '#sla/contract/contract.ts';
import type { Event, EventOf } from '#sla/measurement/measurement.ts';
import type { Delays } from './delays.ts';
import type { ServiceCycles } from './service-cycles.ts';
import type { Topologies } from './topologies.ts';

const ENTRY_KINDS = ['backup', 'notice', 'false-positive', 'exclusion', 'ticket'] as const;

/** What people and servers enter, and is kept one by one: it is judged against other evidence. */
export type Entry = EventOf<(typeof ENTRY_KINDS)[number]>;

/** Volumes, claims and responses are no entries: reports read them, no score does. */
export function isEntry(event: Event): event is Entry {
  return ENTRY_KINDS.some((kind) => kind === event.kind);
}

export interface Evidence {
  topologies: Topologies;
  services: ReadonlyMap<ServiceName, ServiceCycles>;
  /** Of each parameter that is a share of delays, by its name. */
  delays: ReadonlyMap<string, Delays>;
  events: readonly Entry[];
  monitorGaps: readonly EventOf<'monitor-down'>[];
}
