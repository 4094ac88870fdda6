/** What lies where in the data folder of a name server; a restore makes the same. */

/** The LevelDB, below `data`. */
export const STORE_FOLDER = 'store';
/** What the next incremental backup of each location builds on, below `data`. */
export const LAST_COPIES_FOLDER = 'last-copies';
/** What `demo-authority.ts` makes, below `data`. */
export const EPP_FOLDER = 'epp';
/** Where a restore puts files that belong outside of `data`, under their whole paths. */
export const ELSEWHERE_FOLDER = 'elsewhere';
