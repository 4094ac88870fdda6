/**
 * Statuses as they are shown: what an object keeps, with what follows from the rest of it. `ok`
 * stands alone (RFC 5731 section 2.3), `inactive` stands beside others and means that no name
 * server is named; `linked` (RFC 5732, 5733 section 2.3) that another object uses this one.
 */
import type { Domain, RgpPeriod, RgpStatus } from './domain.ts';
import type {
  ContactStatus,
  HostStatus,
  SetStatus,
  ShownContactStatus,
  ShownDomainStatus,
  ShownHostStatus,
} from './status.ts';

export function shownDomainStatuses(
  domain: Pick<Domain, 'statuses' | 'nameservers'>,
): SetStatus<ShownDomainStatus>[] {
  const shown: SetStatus<ShownDomainStatus>[] = [...domain.statuses];
  if (domain.nameservers.length === 0) shown.push(plainStatus('inactive'));
  return shown.length === 0 ? [plainStatus('ok')] : shown;
}

export function shownHostStatuses(
  statuses: readonly SetStatus<HostStatus>[],
  isLinked: boolean,
): SetStatus<ShownHostStatus>[] {
  const shown: SetStatus<ShownHostStatus>[] =
    statuses.length === 0 ? [plainStatus('ok')] : [...statuses];
  if (isLinked) shown.push(plainStatus('linked'));
  return shown;
}

export function shownContactStatuses(
  statuses: readonly SetStatus<ContactStatus>[],
  isLinked: boolean,
): SetStatus<ShownContactStatus>[] {
  const shown: SetStatus<ShownContactStatus>[] =
    statuses.length === 0 ? [plainStatus('ok')] : [...statuses];
  if (isLinked) shown.push(plainStatus('linked'));
  return shown;
}

/**
 * Periods of RFC 3915 that run at `nowMs`. Of a deletion one state is shown: a redemption does not
 * run while its restore waits for the report.
 */
export function shownRgpStatuses(
  domain: Pick<Domain, 'statuses'> & { periods: Pick<RgpPeriod, 'status' | 'endsAtMs'>[] },
  nowMs: number,
): RgpStatus[] {
  const isRestoring = domain.periods.some(({ status }) => status === 'pendingRestore');
  const isGoing = domain.statuses.some(({ status }) => status === 'pendingDelete');
  return domain.periods
    .filter(({ status, endsAtMs }) => {
      if (status === 'redemptionPeriod') return !isRestoring;
      return isGoing || endsAtMs > nowMs;
    })
    .map(({ status }) => status);
}

/** A status that nobody has given a remark. */
export function plainStatus<Status extends string>(status: Status): SetStatus<Status> {
  return { status, remark: '', language: 'en' };
}
