/**
 * The monthly transaction summary and the volume forecasts (registry 3.11). Both are entries of the
 * ledger, so whoever has it gets the same summary:
 *
 *   forecast       what a registrar announced of a month
 *   transactions   what it did in a month; the newest of a registrar and month counts
 *
 * A registrar of which nothing is known of the month before has not grown: nobody loses credits by
 * a number that is missing.
 */
import type { ForecastRule } from '#sla/contract/report-rules.ts';
import { instantMs } from '#sla/measurement/instant.ts';
import type { Event, EventOf } from '#sla/measurement/measurement.ts';
import { percentText } from './percent.ts';
import { type Period, periodAt } from './period.ts';

export interface RegistrarReport {
  registrar: string;
  commands: Record<string, number>;
  /** Without the commands that the rule leaves out. */
  transactions: number;
  /** `null`: not known. */
  previousTransactions: number | null;
  /** The highest volume announced in time; `null` without an announcement. */
  forecast: number | null;
  /** Announced after the last day for it. */
  isForecastLate: boolean;
  isEligibleForCredits: boolean;
}

export interface TransactionReport {
  paragraph: string;
  /** False: the ledger has no numbers of that month; nothing else is said then. */
  isAvailable: boolean;
  transactions: number;
  previousTransactions: number;
  /** Growth of all together, in percent; `null` without a month before. */
  growthPercent: string | null;
  registrars: RegistrarReport[];
}

const DAY_MS = 86_400_000;

type Volumes = ReadonlyMap<string, EventOf<'transactions'>>;

/** `rule` absent: everybody is eligible, no command is left out. */
export function reportTransactions(
  paragraph: string,
  rule: ForecastRule | undefined,
  month: Period,
  entries: readonly Event[],
): TransactionReport {
  const except = new Set(rule?.except ?? []);
  const now = volumesOf(entries, month.name);
  const before = volumesOf(entries, periodAt('month', month.startMs - 1).name);
  const total = countAll(now, except);
  const totalBefore = countAll(before, except);
  const hasAllGrown =
    rule !== undefined &&
    before.size > 0 &&
    total * 100 > totalBefore * (100 + rule.totalGrowthPercent);
  const registrars = [...now.values()].map((volume): RegistrarReport => {
    const { registrar, commands } = volume;
    const transactions = count(commands, except);
    const previous = before.get(registrar);
    const previousTransactions = previous === undefined ? null : count(previous.commands, except);
    const announced = findForecasts(entries, registrar, month, rule);
    const threshold = (previousTransactions ?? 0) * (100 + (rule?.growthPercent ?? 0));
    const hasGrown =
      previousTransactions !== null && transactions > 0 && transactions * 100 >= threshold;
    const isAnnounced = announced.inTime.some((each) => each * 100 >= threshold);
    return {
      registrar,
      commands,
      transactions,
      previousTransactions,
      forecast: announced.inTime.length === 0 ? null : Math.max(...announced.inTime),
      isForecastLate: announced.isAnyLate,
      isEligibleForCredits: !(hasAllGrown && hasGrown && !isAnnounced),
    };
  });
  return {
    paragraph,
    isAvailable: now.size > 0,
    transactions: total,
    previousTransactions: totalBefore,
    growthPercent: totalBefore === 0 ? null : growthText(total, totalBefore),
    registrars,
  };
}

/** Until when a month's forecasts are in time, Unix milliseconds: that instant included. */
export function forecastDeadlineMs(rule: ForecastRule | undefined, month: Period): number {
  return month.startMs - (rule?.leadDays ?? 0) * DAY_MS;
}

/** The newest of each registrar, by name; of two that were made at once the later line. */
function volumesOf(entries: readonly Event[], month: string): Volumes {
  const found = new Map<string, EventOf<'transactions'>>();
  for (const entry of entries) {
    if (entry.kind !== 'transactions' || entry.month !== month) continue;
    const present = found.get(entry.registrar);
    if (present === undefined || instantMs(present.at) <= instantMs(entry.at)) {
      found.set(entry.registrar, entry);
    }
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Announced volumes of a month. */
function findForecasts(
  entries: readonly Event[],
  registrar: string,
  month: Period,
  rule: ForecastRule | undefined,
): { inTime: number[]; isAnyLate: boolean } {
  const deadlineMs = forecastDeadlineMs(rule, month);
  const inTime: number[] = [];
  let isAnyLate = false;
  for (const entry of entries) {
    if (entry.kind !== 'forecast') continue;
    if (entry.registrar !== registrar || entry.month !== month.name) continue;
    if (instantMs(entry.at) <= deadlineMs) inTime.push(entry.transactions);
    else isAnyLate = true;
  }
  return { inTime, isAnyLate };
}

function countAll(volumes: Volumes, except: ReadonlySet<string>): number {
  return sum([...volumes.values()].map(({ commands }) => count(commands, except)));
}

function count(commands: Record<string, number>, except: ReadonlySet<string>): number {
  return sum(Object.entries(commands).map(([name, number]) => (except.has(name) ? 0 : number)));
}

function sum(numbers: readonly number[]): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}

/** Signed, cut towards zero. */
function growthText(now: number, before: number): string {
  return now < before ? `-${percentText(before - now, before)}` : percentText(now - before, before);
}
