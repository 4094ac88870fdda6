/** What a scorer has gathered, for the rules that judge it. */
import type { ServiceName } from '#sla/contract/contract.ts';
import type { EventOf } from '#sla/measurement/measurement.ts';
import type { Delays } from './delays.ts';
import type { ServiceCycles } from './service-cycles.ts';
import type { Topologies } from './topologies.ts';

/** What people and servers enter, and is kept one by one: it is judged against other evidence. */
export type Entry = EventOf<'backup' | 'notice' | 'false-positive' | 'exclusion' | 'ticket'>;

export interface Evidence {
  topologies: Topologies;
  services: ReadonlyMap<ServiceName, ServiceCycles>;
  /** Of each parameter that is a share of delays, by its name. */
  delays: ReadonlyMap<string, Delays>;
  events: readonly Entry[];
  monitorGaps: readonly EventOf<'monitor-down'>[];
}
