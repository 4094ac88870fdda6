/**
 * Registrars' money: prepaid balances that may go down to minus the credit. The testing registrar
 * is told the same prices as everybody and is not billed (the only difference there is). What goes
 * back is what was paid, whatever the registrar and the prices have become since.
 */
import type { Money } from '#registry/model/domain.ts';
import type { FeeData } from '#registry/model/domain-commands.ts';
import type { Refund } from '#registry/model/refund.ts';
import type { RegisterDraft } from '#registry/model/register.ts';
import type { Registrar } from '#registry/model/registrar.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';
import type { Tld } from '#registry/model/tld.ts';
import { formatMoney } from './fees.ts';

export interface Charge {
  /** Registrar id. */
  registrar: string;
  tld: Tld;
  amount: Money;
  /** What must be paid whatever is left: what nobody commands, as a renewal at expiry. */
  isForced?: boolean;
}

/** What was taken: as the registrar is told, and for when it must go back. */
export interface Charged {
  fee: FeeData;
  refund: Refund;
}

/**
 * Takes what a command costs.
 * @throws RegistryError 2104 where it is not there
 */
export async function charge(draft: RegisterDraft, charged: Charge): Promise<Charged> {
  const { registrar: id, tld, amount, isForced = false } = charged;
  const registrar = await draft.registrar(id);
  const isUnbilled = registrar?.testing === true;
  if (registrar !== undefined && !isUnbilled && !isForced) demandFunds(registrar, tld, amount);
  const fee = await move(draft, charged, isUnbilled ? 0 : -amount);
  return { fee, refund: { registrar: id, amount, ...(isUnbilled && { isUnbilled }) } };
}

/** Gives back what a command had cost. */
export async function giveBack(draft: RegisterDraft, refund: Refund, tld: Tld): Promise<FeeData> {
  const { registrar, amount, isUnbilled = false } = refund;
  return move(draft, { registrar, amount, tld }, isUnbilled ? 0 : amount);
}

/** @throws RegistryError 2104 where the registrar cannot pay it */
function demandFunds(registrar: Registrar, tld: Tld, amount: Money): void {
  if (amount === 0) return;
  const { balance, credit } = accountOf(registrar, tld.currency);
  if (balance - amount >= -credit) return;
  const price = `${formatMoney(amount)} ${tld.currency}`;
  const left = `${formatMoney(balance)} and a credit of ${formatMoney(credit)}`;
  throw new RegistryError(RESULT.billing, `it costs ${price}: there is a balance of ${left}`);
}

async function move(
  draft: RegisterDraft,
  { registrar: id, tld, amount }: Charge,
  step: Money,
): Promise<FeeData> {
  const { currency } = tld;
  const registrar = await draft.registrar(id);
  // The operator has no account, and a registrar that is gone none any more.
  if (registrar === undefined) return { currency, amount };
  const account = accountOf(registrar, currency);
  if (step === 0) return { currency, amount, ...account };
  const balance = account.balance + step;
  draft.putRegistrar({ ...registrar, balance: { ...registrar.balance, [currency]: balance } });
  return { currency, amount, ...account, balance };
}

function accountOf(
  { balance, credit }: Registrar,
  currency: string,
): { balance: Money; credit: Money } {
  return { balance: balance[currency] ?? 0, credit: credit[currency] ?? 0 };
}
