/**
 * `<domain:transfer>` (RFC 5731 section 3.2.4): a name goes to another registrar.
 *
 *     request (gaining, with the secret) -> pending -> approve (losing)         -> clientApproved
 *                                                  -> reject (losing)          -> clientRejected
 *                                                  -> cancel (gaining)         -> clientCancelled
 *                                                  -> nobody in time (job)     -> serverApproved
 *
 * Who decided nothing hears of it by a message. The gaining registrar pays when it asks, so that
 * nobody asks for more names than it can pay, and has it back when the name stays where it is.
 */
import { type Caller, isOperator } from '#registry/model/caller.ts';
import type { CommandOutcome } from '#registry/model/command.ts';
import type { Domain } from '#registry/model/domain.ts';
import type { DomainTransfer, DomainTransferred } from '#registry/model/domain-commands.ts';
import type { RegisterReader } from '#registry/model/register.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';
import { plainStatus } from '#registry/model/shown-status.ts';
import type { Transfer } from '#registry/model/transfer.ts';
import { demandAuthInfo } from './auth-info.ts';
import { charge } from './billing.ts';
import { DAY_MS } from './calendar.ts';
import type { CommandContext } from './command-context.ts';
import {
  type DomainWork,
  domainOffender,
  isAccredited,
  isDomainParty,
  labelOf,
  PENDING,
  runOnDomain,
} from './domain-rules.ts';
import {
  approveTransfer,
  endTransfer,
  expiryAfterTransfer,
  tellTransfer,
  transferred,
} from './domain-transfer-end.ts';
import { costOf, demandOffer, withGrace } from './fees.ts';
import { parseNameText } from './labels.ts';
import { demandNoStatus, demandObject } from './object-rules.ts';

/** @throws RegistryError 2003, 2004, 2005, 2104, 2106, 2201, 2202, 2300, 2301, 2303, 2304, 2306 */
export async function domainTransfer(
  context: CommandContext,
  command: DomainTransfer,
  caller: Caller,
): Promise<CommandOutcome> {
  const name = parseNameText(command.name, 'domain:name');
  if (command.operation === 'query') return queryTransfer(context, { ...command, name }, caller);
  const task = { name, caller, command: command.kind, movesHosts: true };
  const data = await runOnDomain(context, task, (work) => transfer(work, command));
  const isPending = data.transfer.status === 'pending';
  return { result: isPending ? RESULT.pending : RESULT.done, data };
}

async function queryTransfer(
  { register, clock }: CommandContext,
  command: DomainTransfer,
  caller: Caller,
): Promise<CommandOutcome> {
  const { name } = command;
  const domain = demandObject(await register.domain(name), domainOffender(name));
  const isParty = isDomainParty(caller, domain) || domain.transfer?.losing === caller.registrar;
  const isGaining = domain.transfer?.gaining === caller.registrar;
  if (!isParty && !isGaining) await demandSecret(register, domain, command, clock.nowMs());
  if (domain.transfer === undefined) {
    const why = `nobody has asked for a transfer of ${name}`;
    throw new RegistryError(RESULT.notPendingTransfer, why, domainOffender(name));
  }
  return { result: RESULT.done, data: transferred(domain, domain.transfer) };
}

async function transfer(work: DomainWork, command: DomainTransfer): Promise<DomainTransferred> {
  const { operation } = command;
  if (operation === 'request') return requestTransfer(work, command);
  const pending = demandPending(work);
  const { domain, caller } = work;
  const decider = operation === 'cancel' ? pending.gaining : domain.sponsor;
  if (caller.registrar !== decider && !isOperator(caller)) {
    const side = operation === 'cancel' ? 'gaining' : 'losing';
    const why = `only the ${side} registrar may ${operation} this transfer`;
    throw new RegistryError(RESULT.authorization, why, domainOffender(domain.name));
  }
  if (operation === 'approve') return approveTransfer(work, 'clientApproved');
  return endTransfer(work, operation === 'cancel' ? 'clientCancelled' : 'clientRejected');
}

/** @throws RegistryError 2301 */
function demandPending({ domain }: DomainWork): Transfer {
  if (domain.transfer?.status === 'pending') return domain.transfer;
  const why = `no transfer of ${domain.name} is under way`;
  throw new RegistryError(RESULT.notPendingTransfer, why, domainOffender(domain.name));
}

async function requestTransfer(
  work: DomainWork,
  command: DomainTransfer,
): Promise<DomainTransferred> {
  const { draft, domain, tld, caller, nowMs } = work;
  await demandTransferable(work, command);
  const cost = costOf(tld, labelOf(domain), 'transfer', 1);
  demandOffer(command.fee, tld, cost);
  const payment = { registrar: caller.registrar, tld, amount: cost.amount };
  const { fee: paid, refund } = await charge(draft, payment);
  const fee = withGrace(paid, cost);
  const pending: Transfer = {
    status: 'pending',
    gaining: caller.registrar,
    requestedAtMs: nowMs,
    losing: domain.sponsor,
    actsAtMs: nowMs + tld.transferDays * DAY_MS,
    expiresAtMs: expiryAfterTransfer(domain, nowMs),
    refund,
  };
  const requested: Domain = {
    ...domain,
    statuses: [...domain.statuses, plainStatus('pendingTransfer')],
    transfer: pending,
  };
  if (tld.transferDays === 0) {
    return { ...(await approveTransfer({ ...work, domain: requested }, 'serverApproved')), fee };
  }
  draft.putDomain(requested);
  tellTransfer(draft, pending.losing, requested, pending);
  return { ...transferred(requested, pending), fee };
}

/** @throws RegistryError 2003, 2106, 2201, 2202, 2300, 2304, 2306 */
async function demandTransferable(work: DomainWork, command: DomainTransfer): Promise<void> {
  const { draft, domain, tld, caller, nowMs } = work;
  const object = domainOffender(domain.name);
  if (domain.transfer?.status === 'pending') {
    const why = `a transfer of ${domain.name} is under way`;
    throw new RegistryError(RESULT.pendingTransfer, why, object);
  }
  if (domain.sponsor === caller.registrar) {
    const why = `you sponsor ${domain.name} already`;
    throw new RegistryError(RESULT.notTransferable, why, object);
  }
  const gaining = await draft.registrar(caller.registrar);
  if (gaining === undefined || !isAccredited(gaining, tld)) {
    const why = `${caller.registrar} is not accredited for ${tld.name}`;
    throw new RegistryError(RESULT.authorization, why, object);
  }
  await demandSecret(draft, domain, command, nowMs);
  demandNoStatus(
    caller,
    domain.statuses,
    ['clientTransferProhibited', 'serverTransferProhibited', ...PENDING],
    object,
  );
  const { years = 1 } = command;
  if (years === 1) return;
  const offender = { element: 'domain:period', text: String(years) };
  throw new RegistryError(RESULT.policy, 'a transfer adds one year', offender);
}

/**
 * The secret is the domain's, or with a roid that of one of its contacts (RFC 5731 section 3.2.4).
 * @throws RegistryError 2003 where none was given, 2202 where it is wrong
 */
async function demandSecret(
  reader: RegisterReader,
  domain: Domain,
  { authInfo, authRoid }: DomainTransfer,
  nowMs: number,
): Promise<void> {
  const kept =
    authRoid === undefined || authRoid === domain.roid
      ? domain.authInfo
      : await contactAuthInfo(reader, domain, authRoid);
  demandAuthInfo(kept, authInfo, nowMs, { name: domain.name, element: 'domain:authInfo' });
}

async function contactAuthInfo(
  reader: RegisterReader,
  { registrant, contacts, sponsor }: Domain,
  roid: string,
): Promise<Domain['authInfo']> {
  const ids = new Set(contacts.map(({ id }) => id));
  if (registrant !== undefined) ids.add(registrant);
  const people = await Promise.all([...ids].map((id) => reader.contact(id)));
  const found = people.find((contact) => contact?.roid === roid);
  // After a transfer the contacts may still be the former sponsor's, who could give them a secret
  // and have the name back.
  return found?.sponsor === sponsor ? found.authInfo : undefined;
}
