/** A calendar month in UTC, a half-open span of instants: contracts and registers count in it. */
export interface Month {
  /** `2026-10`. */
  name: string;
  startMs: number;
  /** Exclusive: the first instant of the next month. */
  endMs: number;
}

/** `undefined` if `text` is not `YYYY-MM`. */
export function parseMonth(text: string): Month | undefined {
  const parts = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(text);
  if (parts === null) return undefined;
  const year = Number(parts[1]);
  const month = Number(parts[2]) - 1;
  return { name: text, startMs: Date.UTC(year, month, 1), endMs: Date.UTC(year, month + 1, 1) };
}

/** The month that an instant (Unix milliseconds) lies in. */
export function monthOf(ms: number): Month {
  const at = new Date(ms);
  const startMs = Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1);
  const endMs = Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1);
  return { name: at.toISOString().slice(0, 7), startMs, endMs };
}
