/**
 * Tells the sidecar what each registrar did in a month (registry contract 3.11): once a month has
 * ended, one line for each registrar goes into the event feed, in the measurement format, and from
 * there into the ledger and the monthly report.
 *
 *     month ends -> counts of the register -> event feed -> sidecar -> ledger -> report
 *
 * The lines of a month and the mark that they are told are one batch of the store: told once,
 * whatever crashes in between, and a month that ended while the server was down is told when it is
 * back. A registrar that did nothing has a line too: that it did nothing is known.
 */
import { asBuffer, utf8 } from '#base/bytes.ts';
import { type Clock, formatInstant } from '#base/clock.ts';
import { type Month, monthOf, parseMonth } from '#base/month.ts';
import type { Event, Journal } from '#dns/zonedb/journal.ts';
import type { StoredRegister } from '#registry/db/stored-register.ts';
import type { TransactionCount } from '#registry/model/register.ts';
import type { KeyValueReader } from '#store/key-value-store.ts';
import { buildKey, KEYSPACE } from '#store/keyspace.ts';

/** Commands of a month's last moments are on disk by then, and counted. */
export const MONTH_SETTLES_MS = 60_000;
/** Months told by one call; what is left is told by the next. */
const MONTHS_TOLD_MAX = 24;

/** Name of the last month that was told. */
const TOLD_KEY = buildKey(KEYSPACE.setting, utf8('transactions/told'));

export interface MonthlyTransactionsParts {
  register: Pick<StoredRegister, 'oldestMonth' | 'registrars' | 'transactions'>;
  /** Its event feed. */
  journal: Journal;
  /** The store of both. */
  store: KeyValueReader;
  clock: Clock;
}

export class MonthlyTransactions {
  readonly #parts: MonthlyTransactionsParts;

  constructor(parts: MonthlyTransactionsParts) {
    this.#parts = parts;
  }

  /**
   * Tells the months that have ended and were not told. One call at a time.
   * @returns their names, the oldest first
   * @throws StoreError
   */
  async tellEnded(): Promise<string[]> {
    const { clock } = this.#parts;
    const running = monthOf(clock.nowMs() - MONTH_SETTLES_MS);
    const told: string[] = [];
    let month = await this.#firstUntold();
    while (month !== undefined && month.endMs <= running.startMs && told.length < MONTHS_TOLD_MAX) {
      await this.#tell(month.name);
      told.push(month.name);
      month = monthOf(month.endMs);
    }
    return told;
  }

  /** After the one that was told last; at first the oldest in which anybody did anything. */
  async #firstUntold(): Promise<Month | undefined> {
    const { register, store } = this.#parts;
    const mark = await store.get(TOLD_KEY);
    const last = mark && parseMonth(asBuffer(mark).toString());
    if (last !== undefined) return monthOf(last.endMs);
    const oldest = await register.oldestMonth();
    return oldest === undefined ? undefined : parseMonth(oldest);
  }

  async #tell(month: string): Promise<void> {
    const { register, journal, clock } = this.#parts;
    const at = formatInstant(clock.nowMs());
    const counted = Map.groupBy(await register.transactions(month), ({ registrar }) => registrar);
    const ids = new Set([...(await register.registrars()).map(({ id }) => id), ...counted.keys()]);
    const lines = [...ids].sort().map((registrar): Event => {
      const commands = sumByVerb(counted.get(registrar) ?? []);
      return { kind: 'transactions', at, registrar, month, commands };
    });
    await journal.commit([], () => [{ key: TOLD_KEY, value: utf8(month) }], lines);
  }
}

/** As the ledger has them: `create` of domains, hosts and contacts in all TLDs is one sum. */
export function sumByVerb(
  counts: readonly (Pick<TransactionCount, 'command'> & { count: number })[],
): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { command, count } of counts) {
    const verb = command.slice(command.indexOf(':') + 1);
    sums[verb] = (sums[verb] ?? 0) + count;
  }
  return sums;
}
