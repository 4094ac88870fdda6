/** Sums of money between decimal text (`12.34`) and whole hundredths. */
import { z } from 'zod';

/** Ten digits in front of the point are as many as the register takes. */
const AMOUNT = /^-?\d{1,10}(?:\.\d{1,2})?$/;

export const amountSchema = z
  .string()
  .regex(AMOUNT, 'write a sum as 12.34')
  .describe('Decimal, as 12.34');

/** @param text as `amountSchema` lets through */
export function parseAmount(text: string): number {
  const [whole = '', fraction = ''] = text.replace('-', '').split('.');
  const hundredths = Number(whole) * 100 + Number(fraction.padEnd(2, '0'));
  return text.startsWith('-') && hundredths !== 0 ? -hundredths : hundredths;
}

export function formatAmount(hundredths: number): string {
  const digits = String(Math.abs(hundredths)).padStart(3, '0');
  const sign = hundredths < 0 ? '-' : '';
  return `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** Every sum of a table, by its name. */
export function mapAmounts<From, To>(
  table: Readonly<Record<string, From>>,
  map: (amount: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(table).map(([name, amount]) => [name, map(amount)]));
}
