/**
 * Rules that hold for domains, hosts and contacts alike (RFC 5731-5733 section 2): who may change
 * an object, what its statuses forbid, and which statuses who may set. The operator may do what the
 * sponsor may, and what `server…` statuses forbid the sponsor.
 */
import { type Caller, isOperator } from '#registry/model/caller.ts';
import { type Offender, RESULT, RegistryError } from '#registry/model/result.ts';
import type { SetStatus } from '#registry/model/status.ts';

/** Of the remark that may come with a status. */
const REMARK_SIZE_MAX = 255;

/** @throws RegistryError 2201 when the caller is neither the sponsor nor the operator */
export function demandSponsor(caller: Caller, sponsor: string, object: Offender): void {
  if (caller.registrar === sponsor || isOperator(caller)) return;
  const why = `another registrar sponsors ${object.text}`;
  throw new RegistryError(RESULT.authorization, why, object);
}

/** @throws RegistryError 2303 that the object is not there */
export function demandObject<T>(found: T | undefined, object: Offender): T {
  if (found !== undefined) return found;
  throw new RegistryError(RESULT.missing, `there is no ${object.text}`, object);
}

/**
 * @param forbidding statuses of which none may be there. The operator is stopped by what is pending
 *   only, because everything else is for the operator to lift.
 * @throws RegistryError 2304 that names the status
 */
export function demandNoStatus<Status extends string>(
  caller: Caller,
  statuses: readonly SetStatus<Status>[],
  forbidding: readonly Status[],
  object: Offender,
): void {
  const found = statuses.find(({ status }) => forbidding.includes(status));
  if (found === undefined) return;
  if (isOperator(caller) && !found.status.startsWith('pending')) return;
  const why = `${object.text} has status ${found.status}, which forbids this`;
  throw new RegistryError(RESULT.statusProhibits, why, object);
}

/** What an update wants of the statuses. */
export interface StatusChange<Status extends string> {
  add: readonly SetStatus<Status>[];
  remove: readonly Status[];
}

/**
 * The statuses after an update, in the order in which they were set.
 * @param element as `host:status`
 * @throws RegistryError 2306 for one that the caller may not set, that is there already, that is
 * not
 *   there, or that is both added and removed
 */
export function changeStatuses<Status extends string>(
  caller: Caller,
  current: readonly SetStatus<Status>[],
  { add, remove }: StatusChange<Status>,
  element: string,
): SetStatus<Status>[] {
  const refuse = (text: string, reason: string): RegistryError =>
    new RegistryError(RESULT.policy, reason, { element, text });
  const settable = isOperator(caller) ? /^(?:client|server)/ : /^client/;
  const statuses = new Map(current.map((set) => [set.status, set]));
  for (const status of [...remove, ...add.map((set) => set.status)]) {
    if (settable.test(status)) continue;
    throw refuse(status, `status ${status} is not yours to set or remove`);
  }
  for (const status of remove) {
    if (!statuses.delete(status)) throw refuse(status, `status ${status} is not there to remove`);
  }
  for (const set of add) {
    const { status, remark } = set;
    if (remove.includes(status)) throw refuse(status, `status ${status} is added and removed`);
    if (statuses.has(status)) throw refuse(status, `status ${status} is there already`);
    if (remark.length > REMARK_SIZE_MAX) {
      throw refuse(remark, `a status has a remark of at most ${REMARK_SIZE_MAX} characters`);
    }
    statuses.set(status, set);
  }
  return [...statuses.values()];
}

/**
 * Whether an update may pass a `clientUpdateProhibited`: one that takes it away may (RFC 5731-5733
 * section 2.2 or 2.3).
 */
export function updateForbidding(
  remove: readonly string[],
): ('clientUpdateProhibited' | 'serverUpdateProhibited')[] {
  const lifts = remove.includes('clientUpdateProhibited');
  return lifts ? ['serverUpdateProhibited'] : ['clientUpdateProhibited', 'serverUpdateProhibited'];
}

/**
 * Repository id for the roid of an object that lies in no TLD: that of the register's first.
 * @throws RegistryError 2306 where there is none yet
 */
export function demandRepository(
  tlds: readonly { repositoryId: string }[],
  object: Offender,
): string {
  const [first] = tlds;
  if (first !== undefined) return first.repositoryId;
  throw new RegistryError(RESULT.policy, 'this register has no zone yet', object);
}
