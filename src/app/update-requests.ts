/** DNS UPDATE at work: the door, the lists and scopes behind it, and who is told of it. */
import type { AccessLists } from '#app/access-lists.ts';
import type { ServerMetrics } from '#app/adapters/server-metrics.ts';
import { UpdatePermissions } from '#app/adapters/update-permissions.ts';
import { UpdateReports } from '#app/adapters/update-reports.ts';
import type { NameserverConfiguration } from '#app/config/configuration.ts';
import type { ProcessParts } from '#app/running-process.ts';
import { UpdateDoor } from '#dns/transfer/update/update-door.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';

export interface Updates {
  door: UpdateDoor;
  /** What the configuration says now; without a section nobody is let in by it. */
  configure: (section: NameserverConfiguration['update'] | undefined) => void;
}

export function openUpdates(
  { allow }: NameserverConfiguration['update'],
  { zones, access, metrics }: { zones: ZoneDb; access: AccessLists; metrics: ServerMetrics },
  { clock, log }: Pick<ProcessParts, 'clock' | 'log'>,
): Updates {
  const policy = new UpdatePermissions({ keys: access.tsigKeys, grants: allow, clock });
  const reports = new UpdateReports({ audit: access.audit, metrics, clock, log });
  const door = new UpdateDoor({ zones, policy, clock, onDone: (report) => reports.tell(report) });
  return { door, configure: (section) => policy.configure(section?.allow ?? []) };
}
