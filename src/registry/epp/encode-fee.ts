/**
 * Prices and what was paid, as XML (RFC 8748 section 5). A fee that a deletion gives back says for
 * how long, as a server of grace periods must (section 3.4.2).
 */
import { assert } from '#base/assert.ts';
import { formatMoney } from '#registry/flow/fees.ts';
import type { DomainAvailability, FeeData } from '#registry/model/domain-commands.ts';
import { type Xml, xml, xmlObject, xmlText } from './xml-writer.ts';

type ResultName = 'creData' | 'renData' | 'trnData' | 'updData' | 'delData';
type QuotedFee = NonNullable<DomainAvailability['fees']>[number];

/** ISO 4217's code where no currency is involved. */
const NO_CURRENCY = 'X'.repeat(3);

/** What a command cost; of a deletion what came back. */
export function encodeFee(name: ResultName, fee: FeeData): Xml {
  const { currency, amount, balance, credit } = fee;
  return xmlObject(
    `fee:${name}`,
    xml('fee:currency', {}, currency),
    name === 'delData' ? xml('fee:credit', {}, formatMoney(-Math.abs(amount))) : encodeAmount(fee),
    balance !== undefined && xml('fee:balance', {}, formatMoney(balance)),
    credit !== undefined && xml('fee:creditLimit', {}, formatMoney(credit)),
  );
}

/** `<fee:chkData>`, of the domains that were asked for with fees. */
export function encodeFeeCheck(domains: readonly DomainAvailability[]): Xml {
  const quoted = domains.flatMap(({ fees = [] }) => fees);
  const currency = quoted.find(({ fee }) => fee !== undefined)?.fee?.currency;
  return xmlObject(
    'fee:chkData',
    // Where nothing has a price there is no currency either; the schema wants one.
    xml('fee:currency', {}, currency ?? NO_CURRENCY),
    ...domains.filter(({ fees }) => fees !== undefined).map(encodeQuoted),
  );
}

function encodeQuoted({ name, fees }: DomainAvailability): Xml {
  assert(fees !== undefined, 'its fees were asked for');
  const isPossible = fees.some(({ fee }) => fee !== undefined);
  return xml(
    'fee:cd',
    { avail: isPossible },
    xml('fee:objID', {}, name),
    xmlText('fee:class', fees.find((fee) => fee.class !== undefined)?.class),
    fees.map(encodeCommand),
  );
}

function encodeCommand(quoted: QuotedFee): Xml {
  const { command, years, fee, reason } = quoted;
  const isPeriodic = command === 'create' || command === 'renew' || command === 'transfer';
  return xml(
    'fee:command',
    { name: command, standard: fee !== undefined && quoted.class === undefined ? 1 : undefined },
    isPeriodic && xml('fee:period', { unit: 'y' }, String(years)),
    fee && encodeAmount(fee),
    xmlText('fee:reason', fee === undefined ? (reason ?? 'not possible') : undefined),
  );
}

/** `<fee:fee>`; who may have it back has a period in which to ask (section 3.4.3). */
function encodeAmount({ amount, graceDays }: FeeData): Xml {
  const grace = graceDays !== undefined && { refundable: true, 'grace-period': `P${graceDays}D` };
  return xml('fee:fee', { ...grace }, formatMoney(amount));
}
