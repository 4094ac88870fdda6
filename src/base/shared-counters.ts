/**
 * Counters in shared memory: each thread adds to a row of its own, another thread sums the rows
 * when it is asked. Adding is one Float64 load and store, no lock, no atomic, no allocation (a
 * BigUint64 would allocate a BigInt per addition).
 *
 * One writer per row is the invariant that makes the plain `row[at] += 1` right; a reader may see
 * a count that is one addition old. A Float64 counts exactly up to 2^53. Rows outlive the threads
 * that write them, so a thread's successor goes on where it stopped and totals never step back.
 */

/** Where each named group of counters lies in a row. */
export interface CounterLayout<K extends string> {
  /** Counters in a row. */
  readonly size: number;
  /** Index of the group's first counter. */
  readonly at: Readonly<Record<K, number>>;
}

/** Rows of one layout; structured-cloneable, the memory is shared. */
export interface CounterRows {
  readonly rows: number;
  readonly rowSize: number;
  readonly memory: SharedArrayBuffer;
}

/** Rows start on cache lines of their own: two threads never write the same one. */
const LINE_COUNTERS = 16;

/** Lays groups out one after the other, in the order given; values are counters per group. */
export function layoutCounters<K extends string>(sizes: Record<K, number>): CounterLayout<K> {
  const at = {} as Record<K, number>;
  let size = 0;
  for (const group of Object.keys(sizes) as K[]) {
    at[group] = size;
    size += sizes[group];
  }
  return { size: Math.ceil(size / LINE_COUNTERS) * LINE_COUNTERS, at };
}

/** All zero. */
export function makeCounterRows(layout: CounterLayout<string>, rows: number): CounterRows {
  return { rows, rowSize: layout.size, memory: new SharedArrayBuffer(rows * layout.size * 8) };
}

/** The row that one thread, and no other, may add to. */
export function openCounterRow(counters: CounterRows, row: number): Float64Array {
  return new Float64Array(counters.memory, row * counters.rowSize * 8, counters.rowSize);
}

/** The sum over all rows, indexed as the layout says: a copy of the moment. */
export function sumCounterRows(counters: CounterRows): Float64Array {
  const sum = new Float64Array(counters.rowSize);
  for (let row = 0; row < counters.rows; row++) {
    const counts = openCounterRow(counters, row);
    for (let at = 0; at < sum.length; at++) sum[at] += counts[at];
  }
  return sum;
}
