/**
 * The waiver after the Commencement-of-Service Date (registry 3.7): figures are measured and shown
 * all the same, and every breach says whether something was owed.
 */
import type { Waiver } from '#sla/contract/report-rules.ts';
import { shortInstant } from '#sla/measurement/instant.ts';
import type { Span } from '#sla/score/spans.ts';

const DAY_MS = 86_400_000;

/** How much of a span is waived. */
export type WaivedShare = 'whole' | 'part' | 'none';

/** What a report says of the waiver. */
export interface ReportedWaiver {
  paragraph: string;
  /** `null` while the date of commencement is not known. */
  until: string | null;
  applies: WaivedShare;
}

/** When obligations begin, Unix milliseconds; `-Infinity` where nothing is waived. */
export function waiverEndMs(waiver: Waiver | undefined): number {
  if (waiver === undefined || waiver.commencement === null) return -Infinity;
  return Date.parse(`${waiver.commencement}T00:00:00Z`) + waiver.days * DAY_MS;
}

export function waivedShare(waiver: Waiver | undefined, { fromMs, toMs }: Span): WaivedShare {
  const untilMs = waiverEndMs(waiver);
  if (toMs <= untilMs) return 'whole';
  return fromMs < untilMs ? 'part' : 'none';
}

/** `null` for a contract that waives nothing. */
export function reportWaiver(waiver: Waiver | undefined, span: Span): ReportedWaiver | null {
  if (waiver === undefined) return null;
  const untilMs = waiverEndMs(waiver);
  const until = Number.isFinite(untilMs) ? shortInstant(untilMs) : null;
  return { paragraph: waiver.paragraph, until, applies: waivedShare(waiver, span) };
}
