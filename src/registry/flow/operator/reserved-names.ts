/**
 * Names that nobody may register in a TLD, or only who is on their list. Reserving a name that is
 * registered takes it from nobody: it holds once the name is free.
 */
import type { CommandContext } from '#registry/flow/command-context.ts';
import { demandObject } from '#registry/flow/object-rules.ts';
import type { Caller } from '#registry/model/caller.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';
import type { ReservedName } from '#registry/model/tld.ts';
import { demandTld, parseLabel } from './tld-policy.ts';

/** Of each TLD: they are held in memory. */
const RESERVED_NAMES_MAX = 50_000;
const REASON_SIZE_MAX = 255;
const ALLOWED_MAX = 100;

/**
 * @returns whether it is new
 * @throws RegistryError 2003, 2005, 2303, 2306 that names the field
 */
export async function reservedPut(
  { register }: CommandContext,
  given: ReservedName,
  caller: Caller,
): Promise<{ name: ReservedName; isNew: boolean }> {
  const { tld, reason } = given;
  demandTld(register, tld);
  const name: ReservedName = { ...given, label: parseLabel(given.label, 'reserved') };
  if (reason.trim() === '') {
    throw refuse(RESULT.missingParameter, 'reason', '', 'say why, registrars are shown it');
  }
  if (reason.length > REASON_SIZE_MAX || name.allow.length > ALLOWED_MAX) {
    const why = `${REASON_SIZE_MAX} characters of reason and ${ALLOWED_MAX} registrars at most`;
    throw refuse(RESULT.policy, 'reason', '', why);
  }
  for (const registrar of name.allow) {
    const offender = { element: 'reserved:allow', text: registrar };
    demandObject(await register.registrar(registrar), offender);
  }
  const before = register.reserved(tld, name.label);
  if (before === undefined && register.reservedCount(tld) >= RESERVED_NAMES_MAX) {
    throw refuse(RESULT.policy, 'label', name.label, `${RESERVED_NAMES_MAX} names at most`);
  }
  await register.run(caller, 'reserved:put', [`domain/${name.label}.${tld}`], async (draft) => {
    demandTld(draft, tld);
    draft.putReserved(name);
  });
  return { name, isNew: before === undefined };
}

/** @throws RegistryError 2303 when it is not reserved */
export async function reservedDelete(
  { register }: CommandContext,
  { tld, label }: { tld: string; label: string },
  caller: Caller,
): Promise<void> {
  const key = `domain/${label}.${tld}` as const;
  await register.run(caller, 'reserved:delete', [key], async (draft) => {
    demandObject(draft.reserved(tld, label), { element: 'reserved:label', text: label });
    draft.deleteReserved(tld, label);
  });
}

function refuse(result: 2003 | 2306, field: string, text: string, reason: string): RegistryError {
  const offender = { element: `reserved:${field}`, text };
  return new RegistryError(result, `${field}: ${reason}`, offender);
}
