/** What sums and currencies the register takes: whole hundredths, and currencies that exist. */
import type { Money } from '#registry/model/domain.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';

/** Ten thousand million of a currency: sums of as many still are exact. */
const MONEY_MAX: Money = 1_000_000_000_000;

/** @throws RegistryError 2306 for what ISO 4217 does not name */
export function checkCurrency(currency: string): void {
  if (Intl.supportedValuesOf('currency').includes(currency)) return;
  const why = 'currency: ISO 4217 has no such currency';
  throw new RegistryError(RESULT.policy, why, { element: 'currency', text: currency.slice(0, 16) });
}

/** @throws RegistryError 2004 when it is no sum, or below zero where it may not be */
export function checkMoney(
  field: string,
  amount: Money,
  { isSigned }: { isSigned: boolean },
): void {
  const isSum = Number.isSafeInteger(amount) && Math.abs(amount) <= MONEY_MAX;
  if (isSum && (isSigned || amount >= 0)) return;
  const why = `${field}: ${isSigned ? '' : '0 or more, '}in hundredths, ${MONEY_MAX} at most`;
  throw new RegistryError(RESULT.parameterRange, why, { element: field, text: String(amount) });
}
