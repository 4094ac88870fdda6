/**
 * Percentages for people, cut to five decimals and never rounded: what is below a limit is shown
 * below it. Exact fractions go in.
 */
const DECIMALS = 5;
const SCALE = 10n ** BigInt(DECIMALS);

/** `99.99884`; the sign is not part of it. 0 of 0 is `0.00000`. */
export function percentText(part: number, whole: number): string {
  if (whole === 0) return `0.${'0'.repeat(DECIMALS)}`;
  const cut = (BigInt(part) * 100n * SCALE) / BigInt(whole);
  return `${cut / SCALE}.${String(cut % SCALE).padStart(DECIMALS, '0')}`;
}
