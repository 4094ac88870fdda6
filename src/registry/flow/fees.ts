/**
 * What commands cost (RFC 8748): a TLD's prices, or those of the name where it is premium. A client
 * that offers a fee must offer what it costs; for a premium name it must offer one, so that nobody
 * buys dear by mistake. Money is in whole hundredths of the TLD's currency.
 */
import type { Money } from '#registry/model/domain.ts';
import type { FeeCommandName, FeeData, FeeOffer } from '#registry/model/domain-commands.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';
import type { Prices, Tld } from '#registry/model/tld.ts';

/** A command's cost for one name. */
export interface Cost {
  amount: Money;
  isPremium: boolean;
  /** Days in which a deletion gives the fee back; 0: it is not given back. */
  graceDays: number;
}

/**
 * @param label in front of the TLD
 * @param years of registration; for a restore, those that must be added because it has expired
 */
export function costOf(tld: Tld, label: string, command: FeeCommandName, years: number): Cost {
  const own = Object.hasOwn(tld.premium, label) ? tld.premium[label] : undefined;
  const prices: Prices = { ...tld.prices, ...own };
  const isPremium = own !== undefined;
  if (command === 'update' || command === 'delete') return { amount: 0, isPremium, graceDays: 0 };
  if (command === 'restore') {
    return { amount: prices.restore + years * prices.renew, isPremium, graceDays: 0 };
  }
  const { add, renew, transfer } = tld.grace;
  const graceDays = { create: add, renew, transfer }[command];
  return { amount: prices[command] * years, isPremium, graceDays };
}

/** The fee as the client is told it, who must be told of its grace period (section 3.4.2). */
export function withGrace(fee: FeeData, { graceDays }: Cost): FeeData {
  return graceDays === 0 ? fee : { ...fee, graceDays };
}

/**
 * @throws RegistryError 2003 where a premium name's fee was not offered, 2004 where what was
 * offered
 *   is not what it costs
 */
export function demandOffer(
  offer: FeeOffer | undefined,
  tld: Tld,
  { amount, isPremium }: Pick<Cost, 'amount' | 'isPremium'>,
): void {
  const price = `${formatMoney(amount)} ${tld.currency}`;
  if (offer === undefined) {
    if (!isPremium || amount === 0) return;
    const why = `a premium name: offer its fee, ${price}`;
    throw new RegistryError(RESULT.missingParameter, why, { element: 'fee:fee', text: '' });
  }
  if (offer.currency !== undefined && offer.currency !== tld.currency) {
    const offender = { element: 'fee:currency', text: offer.currency };
    throw new RegistryError(
      RESULT.parameterRange,
      `${tld.name} counts in ${tld.currency}`,
      offender,
    );
  }
  if (offer.amount !== amount) {
    const offender = { element: 'fee:fee', text: formatMoney(offer.amount) };
    throw new RegistryError(RESULT.parameterRange, `it costs ${price}`, offender);
  }
}

/** `12.50` for 1250. */
export function formatMoney(amount: Money): string {
  return (amount / 100).toFixed(2);
}
