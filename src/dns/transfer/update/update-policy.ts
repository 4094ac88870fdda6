/**
 * The port through which the update door asks whether a sender may do what it wants (RFC 2136
 * section 3.3). Nobody may anything unless the answer says so; who knows the lists, keys and scopes
 * stands behind it.
 */

import type { Name } from '#dns/wire/name.ts';
import type { Asker } from '../access-list.ts';

/** One place that an update would change. */
export interface UpdateTouch {
  owner: Name;
  /** `undefined`: RRsets of every type that the name has. */
  type: number | undefined;
}

/** What somebody wants to update. */
export interface WantedUpdate {
  asker: Asker;
  /** Lower case. */
  zone: Name;
  /** Of the zone, by kind: TSIG-ALLOW-DNSUPDATE, ALLOW-DNSUPDATE-FROM. */
  metadata: Readonly<Record<string, readonly string[]>>;
  /**
   * All of them must be allowed. None: the question is whether the asker may change anything in the
   * zone at all.
   */
  touches: readonly UpdateTouch[];
}

export interface UpdatePolicy {
  /** Why not, for the log; `undefined`: it is allowed. */
  findRefusal(wanted: WantedUpdate): string | undefined;
}
