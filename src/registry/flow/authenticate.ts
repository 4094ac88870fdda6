/**
 * Whether a login is who it says (RFC 5730 section 2.9.1.1, RFC 8807): the password first, then the
 * certificate that the connection came with and the address that it came from. Whoever does not
 * know the password hears the same, after the same work, for every reason; whoever does hears what
 * else is wrong. A suspended registrar may log in. Failures are counted by the session.
 */
import { AddressRanges } from '#net/address-ranges.ts';
import { parseIpAddress, unmapIpAddress } from '#net/ip-address.ts';
import type { Caller } from '#registry/model/caller.ts';
import type { Registrar } from '#registry/model/registrar.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';
import type { CommandContext } from './command-context.ts';
import { hashPassword, isPassword } from './password-hash.ts';

export const PASSWORD_SIZE_MIN = 8;
/** Of the login itself 16 (RFC 5730 `pwType`); longer ones come by RFC 8807. */
export const PASSWORD_SIZE_MAX = 128;
const DIFFERENT_CHARACTERS_MIN = 5;

export interface Credentials {
  id: string;
  password: string;
  /** The password from now on. */
  newPassword?: string;
  /** SHA-256 of the client's certificate (DER), lower-case hex; absent: it came without one. */
  certificateSha256?: string;
  /** IP address of the client. */
  address: string;
}

/**
 * The registrar, with its new password where it wants one.
 * @throws RegistryError 2200 when it is not who it says, 2306 for a new password that is too easy:
 *   then the old one stays
 */
export async function authenticate(
  { register, random }: CommandContext,
  credentials: Credentials,
  caller: Caller,
): Promise<Registrar> {
  const { id, password, newPassword, certificateSha256, address } = credentials;
  const registrar = await register.registrar(id);
  const isRight = await isPassword(
    registrar?.passwordHash,
    password.slice(0, PASSWORD_SIZE_MAX + 1),
  );
  if (registrar === undefined || !isRight) throw refuse('the id or the password is wrong');
  const { certificates, networks } = registrar;
  if (certificates.length > 0 && !certificates.includes(certificateSha256 ?? '')) {
    throw refuse('the certificate of this connection is none that the registry knows as yours');
  }
  if (networks.length > 0 && !isWithin(networks, address)) {
    throw refuse(`the registry does not expect you to come from ${address}`);
  }
  if (newPassword === undefined) return registrar;
  checkPassword(id, newPassword);
  const passwordHash = await hashPassword(newPassword, random);
  return register.run(caller, 'registrar:password', [`registrar/${id}`], async (draft) => {
    const now = await draft.registrar(id);
    // Somebody else who changed it meanwhile knew the old one as well, or is the operator.
    if (now?.passwordHash !== registrar.passwordHash)
      throw refuse('the password has changed just now');
    const changed = { ...now, passwordHash };
    draft.putRegistrar(changed);
    return changed;
  });
}

/** @throws RegistryError 2306 that says what a password must be; never shows it */
export function checkPassword(id: string, password: string): void {
  const fault = faultOf(id, password);
  if (fault === undefined) return;
  throw new RegistryError(RESULT.policy, fault, { element: 'newPW', text: '' });
}

function faultOf(id: string, password: string): string | undefined {
  if (password.length < PASSWORD_SIZE_MIN || password.length > PASSWORD_SIZE_MAX) {
    return `a password has ${PASSWORD_SIZE_MIN} to ${PASSWORD_SIZE_MAX} characters`;
  }
  if (/\p{C}/u.test(password)) return 'a password has no control characters';
  if (password.toLowerCase().includes(id.toLowerCase())) return 'a password does not hold the id';
  if (new Set(password).size < DIFFERENT_CHARACTERS_MIN) {
    return `a password has ${DIFFERENT_CHARACTERS_MIN} different characters or more`;
  }
  return undefined;
}

function isWithin(networks: readonly string[], address: string): boolean {
  const octets = parseIpAddress(unmapIpAddress(address));
  if (octets === undefined) return false;
  return new AddressRanges(networks).contains(octets, 0, octets.length === 16);
}

function refuse(reason: string): RegistryError {
  return new RegistryError(RESULT.authentication, reason);
}
