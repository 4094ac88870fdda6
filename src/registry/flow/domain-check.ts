/**
 * `<domain:check>` (RFC 5731 section 3.1.1): whether names can be registered, and what commands on
 * them would cost (RFC 8748 section 5.1.1). A name that could never be registered is not available,
 * with the reason; it is no error, so that one bad name does not spoil the others.
 */
import type { Caller } from '#registry/model/caller.ts';
import type { CommandOutcome } from '#registry/model/command.ts';
import type { DomainAvailability, DomainCheck, FeeQuery } from '#registry/model/domain-commands.ts';
import type { RegisterReader } from '#registry/model/register.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';
import type { CommandContext } from './command-context.ts';
import { demandYears } from './domain-rules.ts';
import { costOf, withGrace } from './fees.ts';
import { findReservation, type ParsedDomainName, parseDomainName } from './labels.ts';

/** Names of one command. */
export const NAMES_PER_CHECK_MAX = 100;

/** @throws RegistryError 2306 for too many names */
export async function domainCheck(
  { register }: CommandContext,
  { names, fee }: DomainCheck,
  caller: Caller,
): Promise<CommandOutcome> {
  if (names.length > NAMES_PER_CHECK_MAX) {
    const why = `a check takes at most ${NAMES_PER_CHECK_MAX} names`;
    const offender = { element: 'domain:name', text: names[NAMES_PER_CHECK_MAX] };
    throw new RegistryError(RESULT.policy, why, offender);
  }
  const domains = await Promise.all(names.map((name) => checkName(register, name, fee, caller)));
  return { result: RESULT.done, data: { kind: 'domain:check', domains } };
}

async function checkName(
  reader: RegisterReader,
  name: string,
  query: FeeQuery | undefined,
  caller: Caller,
): Promise<DomainAvailability> {
  const parsed = orReason(() => parseDomainName(name, reader.tlds()));
  if (typeof parsed === 'string') {
    const fees = query?.commands.map((asked) => ({
      command: asked.name,
      years: asked.years ?? 1,
      reason: parsed,
    }));
    return { name, available: false, reason: parsed, ...(fees && { fees }) };
  }
  const reason =
    (await reader.domain(parsed.name)) === undefined
      ? findReservation(reader, parsed, caller.registrar)
      : 'in use';
  return {
    name,
    available: reason === undefined,
    ...(reason !== undefined && { reason }),
    ...(query !== undefined && { fees: feesOf(query, parsed, reason) }),
  };
}

type Fee = NonNullable<DomainAvailability['fees']>[number];

/** @param taken why the name cannot be created, so that creating it has no fee */
function feesOf(query: FeeQuery, { tld, label }: ParsedDomainName, taken?: string): Fee[] {
  const { currency = tld.currency } = query;
  return query.commands.map(({ name: command, years: wanted }) => {
    const years = wanted ?? 1;
    const refuse = (reason: string): Fee => ({ command, years, reason });
    if (currency !== tld.currency) return refuse(`${tld.name} counts in ${tld.currency}`);
    if (command === 'create' && taken !== undefined) return refuse(taken);
    if (command === 'transfer' && years !== 1) return refuse('a transfer adds one year');
    const isTermed = command === 'create' || command === 'renew';
    const term = isTermed ? orReason(() => demandYears(wanted, tld)) : years;
    if (typeof term === 'string') return refuse(term);
    const cost = costOf(tld, label, command, command === 'restore' ? 0 : term);
    return {
      command,
      years: term,
      fee: withGrace({ currency, amount: cost.amount }, cost),
      ...(cost.isPremium && { class: 'premium' as const }),
    };
  });
}

/** What it gives, or why the register refuses it. */
function orReason<T>(give: () => T): T | string {
  try {
    return give();
  } catch (error) {
    if (error instanceof RegistryError) return error.reason;
    throw error;
  }
}
