/**
 * A server's own word held against what the probes saw. Neither decides the other: the score rests
 * on probes alone. But where both cannot be true something is broken that nobody would look for (a
 * network between, a probe that asks somebody else, a metric that lies), so it is said.
 *
 *   server of a cycle   probes    finding            server of a change   probe     finding
 *   up                  down      probes-down        in time              late      probes-late
 *   down                up        server-down        late                 in time   server-late
 *   up, up / down, down           agree              not received yet     seen      seen-too-early
 *   some of several     any       undecided          alike                          agree
 *   no sample           any       missing            no receipt           any       missing
 *
 * Everything here is a pure function of samples with their times. Counters are compared exactly:
 * what was added between two samples, where one that fell begins again from 0 (a restart).
 */

/** What a scrape of a server said. */
export interface ServerSample {
  atMs: number;
  up: boolean;
  /** Queries answered since it started, without those refused or failed; where it is up. */
  answers: number | undefined;
}

/** Of one server, oldest first. */
export type ServerSamples = readonly ServerSample[];

export type ServerState = 'up' | 'down' | 'mixed' | 'missing';

export interface ServerClaim {
  state: ServerState;
  /** For people: what of it says so. */
  text: string;
}

export type Finding =
  | 'agree'
  | 'undecided'
  | 'missing'
  | 'probes-down'
  | 'server-down'
  | 'probes-late'
  | 'server-late'
  | 'seen-too-early';

/** A receipt as its server shows it; Unix milliseconds. */
export interface ServedReceipt {
  receivedAtMs: number;
  /** When the address was first seen serving the change; `undefined`: not so far. */
  servedAtMs: number | undefined;
}

/** What a probe saw of a change at an address; Unix milliseconds. */
export interface SeenUpdate {
  confirmedAtMs: number;
  /** `undefined`: not within the limit. */
  observedAtMs: number | undefined;
}

/** A probe whose clock is further off is unfit (its results are `internal`). */
const CLOCK_TOLERANCE_MS = 5_000;
/** A client has its confirmation within this time of the receipt, or gave up. */
const CONFIRMATION_MAX_MS = 60_000;

/** What the servers together say of `[fromMs, toMs)`. */
export function claimOfCycle(
  servers: readonly ServerSamples[],
  fromMs: number,
  toMs: number,
): ServerClaim {
  const claims = servers.map((samples) => claimOfServer(samples, fromMs, toMs));
  const known = claims.filter(({ state }) => state !== 'missing');
  const [first] = known;
  if (first === undefined || known.length < claims.length) {
    const lacking = claims.length - known.length;
    return { state: 'missing', text: `no sample of ${lacking} of ${claims.length} servers` };
  }
  const isAlike = known.every(({ state }) => state === first.state);
  if (isAlike && known.length === 1) return first;
  const up = known.filter(({ state }) => state === 'up').length;
  const text = `${up} of ${known.length} servers were up`;
  return { state: isAlike ? first.state : 'mixed', text };
}

function claimOfServer(samples: ServerSamples, fromMs: number, toMs: number): ServerClaim {
  const within = samples.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  if (within.length === 0) return { state: 'missing', text: 'no sample' };
  const up = within.filter((sample) => sample.up);
  if (up.length === 0) {
    return { state: 'down', text: `it answered none of ${within.length} scrapes` };
  }
  const around = answersAround(samples, fromMs, toMs);
  if (around === undefined) return { state: 'missing', text: 'too few samples' };
  const { answers, restarts } = around;
  const text = [
    `it gave ${answers} answers`,
    `${up.length} of ${within.length} scrapes worked`,
    ...(restarts > 0 ? ['it was restarted'] : []),
  ].join('; ');
  // What it answered between its last scrape and its end nobody counted.
  if (answers === 0 && restarts === 0) return { state: 'down', text };
  const isUp = answers > 0 && up.length === within.length;
  return { state: isUp ? 'up' : 'mixed', text };
}

/**
 * Answers between the last sample before the span and the first one after it: without a restart
 * never fewer than in the span itself, so that 0 says that there was none. `undefined` where the
 * span is not covered.
 */
function answersAround(
  samples: ServerSamples,
  fromMs: number,
  toMs: number,
): { answers: number; restarts: number } | undefined {
  const counted = samples.filter(({ answers }) => answers !== undefined);
  const before = counted.findLastIndex(({ atMs }) => atMs <= fromMs);
  const after = counted.findIndex(({ atMs }) => atMs >= toMs);
  if (after < 0) return undefined;
  // A server that started in the span had given none before.
  let last = before < 0 ? 0 : (counted[before]?.answers ?? 0);
  if (before < 0 && !samples.some(({ atMs, up }) => atMs <= fromMs && !up)) return undefined;
  let sum = 0;
  let restarts = 0;
  for (const { answers = 0 } of counted.slice(before + 1, after + 1)) {
    if (answers < last) restarts += 1;
    sum += answers < last ? answers : answers - last;
    last = answers;
  }
  return { answers: sum, restarts };
}

/** @param probes state of the cycle as it was decided */
export function compareAvailability(server: ServerState, probes: string): Finding {
  if (server === 'missing') return 'missing';
  if (server === 'mixed' || (probes !== 'up' && probes !== 'down')) return 'undecided';
  if (server === probes) return 'agree';
  return server === 'up' ? 'probes-down' : 'server-down';
}

/**
 * @param receipt `undefined` where the server has none
 * @param limitMs what the contract allows from the confirmation on
 */
export function compareUpdate(
  receipt: ServedReceipt | undefined,
  { confirmedAtMs, observedAtMs }: SeenUpdate,
  limitMs: number,
  nowMs: number,
): Finding {
  if (receipt === undefined || !isOfChange(receipt, confirmedAtMs)) return 'missing';
  const { receivedAtMs, servedAtMs } = receipt;
  if (observedAtMs !== undefined && observedAtMs < receivedAtMs - CLOCK_TOLERANCE_MS) {
    return 'seen-too-early';
  }
  const isServed = servedAtMs !== undefined && servedAtMs - confirmedAtMs <= limitMs;
  const isSeen = observedAtMs !== undefined && observedAtMs - confirmedAtMs <= limitMs;
  if (isServed && isSeen) return 'agree';
  if (isServed) return 'probes-late';
  // What it has not seen so far it may see until the limit.
  if (servedAtMs === undefined && nowMs - confirmedAtMs <= limitMs) return 'undecided';
  return isSeen ? 'server-late' : 'agree';
}

/** Receipts count from 1 again in a new store: one of another time is another change's. */
function isOfChange({ receivedAtMs }: ServedReceipt, confirmedAtMs: number): boolean {
  const tookMs = confirmedAtMs - receivedAtMs;
  return tookMs >= -CONFIRMATION_MAX_MS && tookMs <= CONFIRMATION_MAX_MS;
}
