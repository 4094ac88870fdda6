/** What a scorer has gathered, for the rules that judge it. */
import type { ServiceName } from '#sla/contract/contract.ts';
import type { Event, EventOf } from '#sla/measurement/measurement.ts';
import type { ServiceCycles } from './service-cycles.ts';
import type { Topologies } from './topologies.ts';

export interface Evidence {
  topologies: Topologies;
  services: ReadonlyMap<ServiceName, ServiceCycles>;
  /** Everything but tests, topologies and `monitor-down`. */
  events: readonly Event[];
  monitorGaps: readonly EventOf<'monitor-down'>[];
}
