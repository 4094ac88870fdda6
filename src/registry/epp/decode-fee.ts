/** What a client asks about prices and is ready to pay (RFC 8748 section 5). */
import type { Money } from '#registry/model/domain.ts';
import type { FeeCommandName, FeeOffer, FeeQuery } from '#registry/model/domain-commands.ts';
import { RESULT } from '#registry/model/result.ts';
import { childOf, childrenOf, refusal, tokenOf, yearsOf } from './element-reading.ts';
import type { XmlElement } from './xml-reader.ts';

/** Of `<fee:check>`. @throws RegistryError 2102, 2306 */
export function decodeFeeQuery(element: XmlElement): FeeQuery {
  const commands = childrenOf(element, 'command').map((command) => {
    const name = command.attributes.get('name')?.trim();
    const phase = command.attributes.get('phase') ?? command.attributes.get('subphase');
    if (name === 'custom' || phase !== undefined) {
      const reason = 'there are no launch phases and no commands of our own';
      throw refusal(RESULT.unimplementedOption, reason, { ...command, text: name ?? '' });
    }
    const years = yearsOf(command);
    return { name: name as FeeCommandName, ...(years !== undefined && { years }) };
  });
  return { ...currencyOf(element), commands };
}

/** Of `<fee:create>` and its like. @throws RegistryError 2004 */
export function decodeFeeOffer(element: XmlElement): FeeOffer {
  const parts = [...childrenOf(element, 'fee'), ...childrenOf(element, 'credit')];
  const amount = parts.reduce((sum, part) => sum + readMoney(part), 0);
  return { ...currencyOf(element), amount };
}

function currencyOf(element: XmlElement): { currency?: string } {
  const currency = childOf(element, 'currency');
  return currency === undefined ? {} : { currency: tokenOf(currency) };
}

/** Hundredths of what an XML decimal says. */
function readMoney(element: XmlElement): Money {
  const match = /^([+-]?)(\d{0,12})(?:\.(\d{0,2})0*)?$/.exec(tokenOf(element));
  if (match === null) {
    throw refusal(RESULT.parameterRange, 'an amount has hundredths at the finest', element);
  }
  const [, sign = '', whole = '', fraction = ''] = match;
  const hundredths = Number(whole) * 100 + Number(fraction.padEnd(2, '0'));
  return sign === '-' && hundredths > 0 ? -hundredths : hundredths;
}
