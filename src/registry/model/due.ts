/** When an object has something to do that nobody commands: the register's jobs look for these. */
import type { Contact } from './contact.ts';
import type { Domain } from './domain.ts';

/** An object that has something due: ordered by moment, then by key. */
export interface DueObject {
  /** Unix milliseconds. */
  dueMs: number;
  /** Name of a domain, id of a contact. */
  key: string;
}

/**
 * The first moment at which a domain changes by itself: the end of a period, the approval of a
 * transfer that nobody decided, its expiry (renewed then, unless it is being deleted).
 */
export function nextDomainDueMs(domain: Domain): number {
  const restoring = domain.periods.find(({ status }) => status === 'pendingRestore');
  // While a restore waits for its report nothing else moves on.
  if (restoring !== undefined) return restoring.endsAtMs;
  const moments = domain.periods.map(({ endsAtMs }) => endsAtMs);
  if (domain.transfer?.status === 'pending') moments.push(domain.transfer.actsAtMs);
  const isGoing = domain.statuses.some(({ status }) => status === 'pendingDelete');
  if (!isGoing) moments.push(domain.expiresAtMs);
  return Math.min(...moments);
}

/** When a contact's transfer is approved by itself; `undefined`: none waits. */
export function nextContactDueMs({ transfer }: Contact): number | undefined {
  return transfer?.status === 'pending' ? transfer.actsAtMs : undefined;
}
