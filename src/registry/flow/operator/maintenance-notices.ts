/**
 * Planned work, told to every registrar by a message (RFC 9167). The notice is in the messages and
 * in the journal; the register keeps no list of them, so a change or its end is told by its id.
 */
import { formatHex } from '#base/bytes.ts';
import type { CommandContext } from '#registry/flow/command-context.ts';
import type { Caller } from '#registry/model/caller.ts';
import type { MaintenanceNotice } from '#registry/model/poll.ts';
import { RESULT, RegistryError, type ResultCode } from '#registry/model/result.ts';
import { demandTld } from './tld-policy.ts';

const ID_OCTETS = 8;
const SYSTEMS_MAX = 32;
const TEXT_SIZE_MAX = 1_000;

/** Without an id a new one is made. */
export type GivenNotice = Omit<MaintenanceNotice, 'kind' | 'id' | 'createdAtMs' | 'updatedAtMs'> & {
  id?: string;
};

const TOLD: Readonly<Record<MaintenanceNotice['operation'], string>> = {
  create: 'Planned maintenance',
  update: 'Changed maintenance',
  delete: 'Cancelled maintenance',
  courtesy: 'Maintenance soon',
  end: 'Maintenance has ended',
};

/**
 * @returns the notice and how many registrars it waits for
 * @throws RegistryError 2003, 2004, 2005, 2303, 2306 that names the field
 */
export async function maintenanceAnnounce(
  { register, clock, random }: CommandContext,
  given: GivenNotice,
  caller: Caller,
): Promise<{ notice: MaintenanceNotice; registrarCount: number }> {
  checkNotice(given);
  for (const tld of given.tlds) demandTld(register, tld);
  const nowMs = clock.nowMs();
  const notice: MaintenanceNotice = {
    ...given,
    kind: 'maintenance',
    id: given.id ?? `M-${formatHex(random.bytes(ID_OCTETS))}`,
    createdAtMs: nowMs,
    ...(given.operation === 'update' && { updatedAtMs: nowMs }),
  };
  const registrars = await register.registrars();
  const text = `${TOLD[notice.operation]}: ${notice.description}`;
  await register.run(caller, 'maintenance:announce', [], async (draft) => {
    for (const { id } of registrars) draft.queue(id, text, notice);
  });
  return { notice, registrarCount: registrars.length };
}

function checkNotice({ id, operation, systems, fromMs, toMs, description }: GivenNotice): void {
  if (id === undefined && operation !== 'create') {
    throw refuse(RESULT.missingParameter, 'id', '', 'name the notice that this is about');
  }
  if (id !== undefined && !/^[\w.-]{1,64}$/.test(id)) {
    throw refuse(RESULT.parameterSyntax, 'id', id, '1 to 64 letters, digits, dots, hyphens');
  }
  if (systems.length === 0 || systems.length > SYSTEMS_MAX) {
    throw refuse(RESULT.policy, 'systems', '', `1 to ${SYSTEMS_MAX} systems`);
  }
  if (!(fromMs < toMs)) throw refuse(RESULT.parameterRange, 'to', '', 'it ends after it begins');
  if (description.trim() === '' || description.length > TEXT_SIZE_MAX) {
    throw refuse(RESULT.policy, 'description', '', `1 to ${TEXT_SIZE_MAX} characters`);
  }
}

function refuse(result: ResultCode, field: string, text: string, reason: string): RegistryError {
  const offender = { element: `maint:${field}`, text: text.slice(0, 64) };
  return new RegistryError(result, `${field}: ${reason}`, offender);
}
