/**
 * What lies where in a data folder; a restore makes that of a name server. What each is, and what
 * happens without it, is in docs/operations/run.md.
 */

/** The LevelDB, below `data`. */
export const STORE_FOLDER = 'store';
/** What the next incremental backup of each location builds on, below `data`. */
export const LAST_COPIES_FOLDER = 'last-copies';
/** What `demo-authority.ts` makes, below `data`. */
export const EPP_FOLDER = 'epp';
/** Where a restore puts files that belong outside of `data`, under their whole paths. */
export const ELSEWHERE_FOLDER = 'elsewhere';
/** Backups that are restored on trial, below `data`. */
export const DRILL_FOLDER = 'drill';
/** Backups that are restored to repair zones from, below `data`. */
export const REPAIR_FOLDER = 'repair';
/** Where the commands of a refused start restore to, below `data`. */
export const RESTORED_FOLDER = 'restored';
/** The image of an orderly stop, below `data`. */
export const SNAPSHOT_FILE = 'image.snapshot';
/** Database B, below `data`. */
export const REPLICA_FOLDER = 'rdds';
/** What the sidecar keeps beside the ledger, below `data`. */
export const SIDECAR_FOLDER = 'sla';
/** What the probe keeps, below `data`. */
export const PROBE_FOLDER = 'probe';
