/**
 * `<domain:info>` (RFC 5731 section 3.1.2). The sponsor sees all, and so does the registrar to
 * which a transfer is under way, or who shows the authorisation information; a wrong one is an
 * error, not less data. Others see what they need to ask for a transfer: sponsor and statuses. The
 * authorisation information itself is shown to nobody, as only its digest is kept (RFC 9154 section
 * 4.3).
 */
import type { Caller } from '#registry/model/caller.ts';
import type { CommandOutcome } from '#registry/model/command.ts';
import type { Domain } from '#registry/model/domain.ts';
import type { DomainInfo, DomainInformation } from '#registry/model/domain-commands.ts';
import type { RegisterReader } from '#registry/model/register.ts';
import { RESULT } from '#registry/model/result.ts';
import { shownDomainStatuses, shownRgpStatuses } from '#registry/model/shown-status.ts';
import { isAuthInfo, notOpened } from './auth-info.ts';
import type { CommandContext } from './command-context.ts';
import { domainOffender, isDomainParty, SUBORDINATES_MAX } from './domain-rules.ts';
import { parseNameText } from './labels.ts';
import { demandObject } from './object-rules.ts';

/** @throws RegistryError 2005, 2202, 2303 */
export async function domainInfo(
  { register, clock }: CommandContext,
  { name: text, hosts, authInfo }: DomainInfo,
  caller: Caller,
): Promise<CommandOutcome> {
  const name = parseNameText(text, 'domain:name');
  const nowMs = clock.nowMs();
  const domain = demandObject(await register.domain(name), domainOffender(name));
  const isOpened = authInfo !== undefined && isAuthInfo(domain.authInfo, authInfo, nowMs);
  const isParty = isDomainParty(caller, domain);
  if (authInfo !== undefined && !isOpened && !isParty) {
    throw notOpened(name, { element: 'domain:authInfo', text: '' });
  }
  const isWhole = isParty || isOpened;
  const data = isWhole ? await wholeOf(register, domain, hosts, nowMs) : partOf(domain);
  return { result: RESULT.done, data };
}

/** What everybody may know. */
function partOf(domain: Domain): DomainInformation {
  const { name, roid, sponsor } = domain;
  const statuses = shownDomainStatuses(domain);
  const empty = { contacts: [], nameservers: [], subordinates: [], ds: [], rgp: [] };
  return { kind: 'domain:info', name, roid, statuses, sponsor, ...empty };
}

async function wholeOf(
  reader: RegisterReader,
  domain: Domain,
  hosts: DomainInfo['hosts'],
  nowMs: number,
): Promise<DomainInformation> {
  const { authInfo: _secret, periods: _periods, transfer: _transfer, ...shown } = domain;
  const { tld: _tld, deletion: _deletion, unicodeName: _unicode, ...fields } = shown;
  const hasDelegated = hosts === 'all' || hosts === 'del';
  const hasSubordinates = hosts === 'all' || hosts === 'sub';
  return {
    ...fields,
    kind: 'domain:info',
    statuses: shownDomainStatuses(domain),
    nameservers: hasDelegated ? domain.nameservers : [],
    subordinates: hasSubordinates ? await reader.hostsOfDomain(domain.name, SUBORDINATES_MAX) : [],
    rgp: shownRgpStatuses(domain, nowMs),
  };
}
