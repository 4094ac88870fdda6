/** What lies where in the data folder of a name server; a restore makes the same. */

/** The LevelDB, below `data`. */
export const STORE_FOLDER = 'store';
