/**
 * The monthly transaction summary and the volume forecasts (registry 3.11). Numbers come from the
 * register through a port; until there is one, the report says that there are none. Forecasts are
 * entries of the ledger.
 */
import type { ForecastRule } from '#sla/contract/report-rules.ts';
import { instantMs } from '#sla/measurement/instant.ts';
import type { EventOf } from '#sla/measurement/measurement.ts';
import { percentText } from './percent.ts';
import { type Period, periodAt } from './period.ts';

/** What one registrar did in a month, by command (`create`, `check`, …). */
export interface RegistrarVolume {
  registrar: string;
  commands: Record<string, number>;
}

/** The register, or nothing yet. `undefined`: it has no numbers of that month. */
export interface TransactionSource {
  volumes(month: string): Promise<readonly RegistrarVolume[] | undefined>;
}

export interface RegistrarReport {
  registrar: string;
  commands: Record<string, number>;
  /** Without the commands that the rule leaves out. */
  transactions: number;
  previousTransactions: number;
  /** The highest volume announced in time; `null` without an announcement. */
  forecast: number | null;
  /** Announced after the last day for it. */
  isForecastLate: boolean;
  isEligibleForCredits: boolean;
}

export interface TransactionReport {
  paragraph: string;
  /** False: no register is connected, or it does not reach back; nothing else is said then. */
  isAvailable: boolean;
  transactions: number;
  previousTransactions: number;
  /** Growth of all together, in percent; `null` without a month before. */
  growthPercent: string | null;
  registrars: RegistrarReport[];
}

const DAY_MS = 86_400_000;

/** `rule` absent: everything is eligible, nothing is left out. */
export async function reportTransactions(
  paragraph: string,
  rule: ForecastRule | undefined,
  month: Period,
  source: TransactionSource,
  forecasts: readonly EventOf<'forecast'>[],
): Promise<TransactionReport> {
  const previous = periodAt('month', month.startMs - 1);
  const [now, before] = await Promise.all([
    source.volumes(month.name),
    source.volumes(previous.name),
  ]);
  if (now === undefined) {
    return {
      paragraph,
      isAvailable: false,
      transactions: 0,
      previousTransactions: 0,
      growthPercent: null,
      registrars: [],
    };
  }
  const except = new Set(rule?.except ?? []);
  const countedBefore = new Map(
    (before ?? []).map((each) => [each.registrar, count(each, except)]),
  );
  const total = sum(now.map((each) => count(each, except)));
  const totalBefore = sum([...countedBefore.values()]);
  const hasAllGrown =
    rule !== undefined &&
    before !== undefined &&
    total * 100 > totalBefore * (100 + rule.totalGrowthPercent);
  return {
    paragraph,
    isAvailable: true,
    transactions: total,
    previousTransactions: totalBefore,
    growthPercent: totalBefore === 0 ? null : growthText(total, totalBefore),
    registrars: now.map((each) => {
      const transactions = count(each, except);
      const previousTransactions = countedBefore.get(each.registrar) ?? 0;
      const own = forecasts.filter(
        (entry) => entry.registrar === each.registrar && entry.month === month.name,
      );
      const lastMs = month.startMs - (rule?.leadDays ?? 0) * DAY_MS;
      const inTime = own.filter(({ at }) => instantMs(at) <= lastMs);
      const threshold = previousTransactions * (100 + (rule?.growthPercent ?? 0));
      const hasGrown = rule !== undefined && transactions * 100 >= threshold && transactions > 0;
      const isAnnounced = inTime.some((entry) => entry.transactions * 100 >= threshold);
      return {
        registrar: each.registrar,
        commands: each.commands,
        transactions,
        previousTransactions,
        forecast: inTime.length === 0 ? null : Math.max(...inTime.map((e) => e.transactions)),
        isForecastLate: own.length > inTime.length,
        isEligibleForCredits: !(hasAllGrown && hasGrown && !isAnnounced),
      };
    }),
  };
}

function count({ commands }: RegistrarVolume, except: ReadonlySet<string>): number {
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
