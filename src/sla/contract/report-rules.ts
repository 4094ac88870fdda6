/**
 * Which reports a contract demands, and the rules that only reports apply: the waiver after the
 * Commencement-of-Service Date, forecasts of volumes, claims for credits, and how soon services are
 * to be back after a force majeure. As data, like all of a contract.
 */
import { z } from 'zod';

const paragraph = z.string().min(1);
const percent = z.int().min(1);

/** What is due, and until when. Periods are UTC. */
export const reportRuleSchema = z.discriminatedUnion('report', [
  /** ISO weeks: preliminary when the week is over, final within `finalDays` of that. */
  z.strictObject({ report: z.literal('weekly'), paragraph, finalDays: z.int().min(1) }),
  z.strictObject({ report: z.literal('monthly'), paragraph }),
  z.strictObject({ report: z.literal('quarterly'), paragraph }),
  z.strictObject({ report: z.literal('annual'), paragraph }),
  /** The other side's own monthly report, expected so many days after the month's end. */
  z.strictObject({ report: z.literal('counterparty'), paragraph, withinDays: z.int().min(1) }),
  /** A summary of transactions within the monthly report. */
  z.strictObject({ report: z.literal('transactions'), paragraph }),
]);

/** Nothing is owed in the first `days` after `commencement`; unknown while that is `null`. */
export const waiverSchema = z.strictObject({
  paragraph,
  days: z.int().min(1),
  commencement: z.iso.date().nullable(),
});

/**
 * A registrar that does not announce, `leadDays` before the month, that its volume will grow by
 * `growthPercent` has no credits for a month in which it does, if the volume of all together grew
 * by more than `totalGrowthPercent`. Transactions without the commands in `except`.
 */
export const forecastRuleSchema = z.strictObject({
  paragraph,
  growthPercent: percent,
  totalGrowthPercent: percent,
  leadDays: z.int().min(0),
  except: z.array(z.string()),
});

/** A registrar claims one type of credit for one event. */
export const creditsRuleSchema = z.strictObject({ paragraph });

/**
 * After an event of one of the types, services of `critical` are to be back within
 * `criticalWithinSeconds` of its begin, others within `withinSeconds`.
 */
export const restorationRuleSchema = z.strictObject({
  paragraph,
  types: z.array(z.enum(['disaster', 'force-majeure'])).min(1),
  critical: z.array(z.enum(['dns', 'rdds', 'epp'])),
  criticalWithinSeconds: z.int().min(1),
  withinSeconds: z.int().min(1),
});

export type ReportRule = z.infer<typeof reportRuleSchema>;
export type Waiver = z.infer<typeof waiverSchema>;
export type ForecastRule = z.infer<typeof forecastRuleSchema>;
