/** One edit of a change as the image takes it: what becomes of one RRset. */
import type { Name } from '#dns/wire/name.ts';
import type { Rrset } from '#dns/zone/rrset.ts';

/** What an RRset becomes: `rrset` in place of what was there, or nothing. */
export interface ZoneEdit {
  owner: Name;
  type: number;
  rrset?: Rrset | undefined;
}
