/**
 * Registrars, as the operator keeps them: who they are, how they may log in, where they may
 * register, and their money. A password is made here, told once, and kept as a digest; the
 * registrar changes it at its next login. Money only moves by a sum with a reason, which stays in
 * the journal.
 */
import { asBuffer } from '#base/bytes.ts';
import { errorMessage } from '#base/coded-error.ts';
import { checkAddressRange } from '#net/address-ranges.ts';
import type { CommandContext } from '#registry/flow/command-context.ts';
import { isMailAddress, isTelephoneNumber } from '#registry/flow/contact-rules.ts';
import { formatMoney } from '#registry/flow/fees.ts';
import { demandObject } from '#registry/flow/object-rules.ts';
import { hashPassword } from '#registry/flow/password-hash.ts';
import { type Caller, OPERATOR, REGISTER } from '#registry/model/caller.ts';
import type { Money } from '#registry/model/domain.ts';
import type { RegisterDraft, RegisterReader } from '#registry/model/register.ts';
import type { Registrar } from '#registry/model/registrar.ts';
import { type Offender, RESULT, RegistryError, type ResultCode } from '#registry/model/result.ts';
import { checkCurrency, checkMoney } from './money-rules.ts';

const TEXT_SIZE_MAX = 255;
const CERTIFICATES_MAX = 16;
const NETWORKS_MAX = 64;
const TLDS_MAX = 1_000;
const IANA_ID_MAX = 99_999;
/** Octets of chance: 16 characters, as many as a login may have without RFC 8807. */
const PASSWORD_OCTETS = 12;

/** What the operator says of a registrar. */
export type RegistrarProfile = Omit<Registrar, 'id' | 'passwordHash' | 'balance'>;

/** What is absent stays; `null` goes. */
export type RegistrarChange = {
  [Field in keyof RegistrarProfile]?:
    | RegistrarProfile[Field]
    | (undefined extends RegistrarProfile[Field] ? null : never);
};

/**
 * @returns the registrar with its password, which is not told again
 * @throws RegistryError 2005, 2302, 2303, 2306 that names the field
 */
export async function registrarCreate(
  { register, random }: CommandContext,
  id: string,
  profile: RegistrarProfile,
  caller: Caller,
): Promise<{ registrar: Registrar; password: string }> {
  checkId(id);
  const password = makePassword(random.bytes(PASSWORD_OCTETS));
  const passwordHash = await hashPassword(password, random);
  return register.run(caller, 'registrar:create', [`registrar/${id}`], async (draft) => {
    if ((await draft.registrar(id)) !== undefined) {
      throw new RegistryError(RESULT.exists, `registrar ${id} exists`, offenderOf(id));
    }
    const registrar = { ...checkProfile(profile, draft), id, passwordHash, balance: {} };
    draft.putRegistrar(registrar);
    return { registrar, password };
  });
}

/** @throws RegistryError 2005, 2303, 2306 that names the field */
export function registrarUpdate(
  { register }: CommandContext,
  id: string,
  change: RegistrarChange,
  caller: Caller,
): Promise<Registrar> {
  return changeRegistrar(register, id, 'registrar:update', caller, (registrar, draft) => {
    const { id: _id, passwordHash, balance, ...profile } = registrar;
    const given = Object.entries(change).filter(([, value]) => value !== undefined);
    const merged = Object.entries({ ...profile, ...Object.fromEntries(given) });
    const kept = Object.fromEntries(merged.filter(([, value]) => value !== null));
    return { ...checkProfile(kept as RegistrarProfile, draft), id, passwordHash, balance };
  });
}

/**
 * A new password in place of one that is lost or known to others. Sessions that run go on.
 * @throws RegistryError 2303
 */
export async function registrarPassword(
  { register, random }: CommandContext,
  id: string,
  caller: Caller,
): Promise<string> {
  const password = makePassword(random.bytes(PASSWORD_OCTETS));
  const passwordHash = await hashPassword(password, random);
  const set = (registrar: Registrar): Registrar => ({ ...registrar, passwordHash });
  await changeRegistrar(register, id, 'registrar:password', caller, set);
  return password;
}

/** A sum that was paid in, or with a minus paid out or put right. */
export interface BalanceMove {
  /** ISO 4217. */
  currency: string;
  amount: Money;
}

/**
 * Moves a balance; `caller.reason` says why. The registrar is told by a message.
 * @throws RegistryError 2003 without a reason, 2303, 2306
 */
export async function registrarTopUp(
  { register }: CommandContext,
  id: string,
  { currency, amount }: BalanceMove,
  caller: Caller,
): Promise<Registrar> {
  const { reason = '' } = caller;
  if (reason.trim() === '') {
    throw refuse(RESULT.missingParameter, 'reason', '', 'say why the balance changes');
  }
  checkCurrency(currency);
  checkMoney('amount', amount, { isSigned: true });
  return changeRegistrar(register, id, 'registrar:balance', caller, (registrar, draft) => {
    const sum = (registrar.balance[currency] ?? 0) + amount;
    checkMoney('amount', sum, { isSigned: true });
    const text = `Your balance is now ${formatMoney(sum)} ${currency}: ${reason}`;
    draft.queue(id, text);
    return { ...registrar, balance: { ...registrar.balance, [currency]: sum } };
  });
}

/**
 * Closes an account. It must be suspended, so that none of its commands is under way.
 * @throws RegistryError 2303; 2304 while it is not suspended; 2305 while it sponsors objects, is to
 *   get some by transfer, has messages that it has not read, or a balance
 */
export function registrarDelete(
  { register }: CommandContext,
  id: string,
  caller: Caller,
): Promise<void> {
  return register.runAlone(caller, 'registrar:delete', [`registrar/${id}`], async (draft) => {
    const { state, balance } = demandObject(await draft.registrar(id), offenderOf(id));
    if (state !== 'suspended') {
      throw refuse(RESULT.statusProhibits, 'state', state, 'suspend it first');
    }
    const left = Object.keys(balance).find((currency) => balance[currency] !== 0);
    const obstacle =
      obstacleOf(await register.heldCount(id), 'object') ??
      obstacleOf((await register.nextMessage(id))?.count ?? 0, 'unread message') ??
      (left && `a balance in ${left}`);
    if (obstacle !== undefined) {
      throw refuse(RESULT.associationProhibits, 'id', id, `it still has ${obstacle}`);
    }
    for (const tld of draft.tlds()) {
      for (const name of register.reservedNames(tld.name)) {
        const allow = name.allow.filter((allowed) => allowed !== id);
        if (allow.length < name.allow.length) draft.putReserved({ ...name, allow });
      }
    }
    draft.deleteRegistrar(id);
  });
}

function obstacleOf(count: number, what: string): string | undefined {
  if (count === 0) return undefined;
  return count === 1 ? `one ${what}` : `${count} ${what}s`;
}

function changeRegistrar(
  register: CommandContext['register'],
  id: string,
  command: string,
  caller: Caller,
  change: (registrar: Registrar, draft: RegisterDraft) => Registrar,
): Promise<Registrar> {
  return register.run(caller, command, [`registrar/${id}`], async (draft) => {
    const changed = change(demandObject(await draft.registrar(id), offenderOf(id)), draft);
    draft.putRegistrar(changed);
    return changed;
  });
}

function makePassword(octets: Uint8Array): string {
  return asBuffer(octets).toString('base64url');
}

function offenderOf(id: string): Offender {
  return { element: 'registrar:id', text: id };
}

function refuse(result: ResultCode, field: string, text: string, reason: string): RegistryError {
  const shown = text.slice(0, TEXT_SIZE_MAX);
  return new RegistryError(result, `${field}: ${reason}`, {
    element: `registrar:${field}`,
    text: shown,
  });
}

function checkId(id: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,14}[A-Za-z0-9]$/.test(id)) {
    const why = '3 to 16 letters, digits, dots, hyphens or underscores';
    throw refuse(RESULT.parameterSyntax, 'id', id, why);
  }
  if ([OPERATOR, REGISTER].includes(id.toUpperCase())) {
    throw refuse(RESULT.policy, 'id', id, 'this name is the register’s own');
  }
}

/** The profile in canonical form. */
function checkProfile(profile: RegistrarProfile, reader: RegisterReader): RegistrarProfile {
  const { name, ianaId, url, whoisServer, email, abuseEmail, voice, abuseVoice } = profile;
  if (name.trim() === '') throw refuse(RESULT.missingParameter, 'name', '', 'give a name');
  for (const [field, text] of Object.entries({ name, url, whoisServer })) {
    if (text === undefined || (text.length <= TEXT_SIZE_MAX && !/[\p{Cc}]/u.test(text))) continue;
    throw refuse(RESULT.parameterSyntax, field, text, `${TEXT_SIZE_MAX} characters, of one line`);
  }
  if (ianaId !== undefined && !isWithin(ianaId, 1, IANA_ID_MAX)) {
    throw refuse(RESULT.parameterRange, 'ianaId', String(ianaId), `1 to ${IANA_ID_MAX}`);
  }
  if (url !== undefined && !/^https?:\/\//.test(url)) {
    throw refuse(RESULT.parameterSyntax, 'url', url, 'an http:// or https:// URL');
  }
  for (const [field, text] of Object.entries({ email, abuseEmail })) {
    if (text === undefined || isMailAddress(text)) continue;
    throw refuse(RESULT.parameterSyntax, field, text, 'no address of mail');
  }
  for (const [field, text] of Object.entries({ voice, abuseVoice })) {
    if (text === undefined || isTelephoneNumber(text)) continue;
    throw refuse(RESULT.parameterSyntax, field, text, '+COUNTRY.NUMBER, as in +1.7035555555');
  }
  for (const [currency, amount] of Object.entries(profile.credit)) {
    checkCurrency(currency);
    checkMoney('credit', amount, { isSigned: false });
  }
  return { ...profile, ...checkAccess(profile), tlds: checkTlds(profile.tlds, reader) };
}

function checkAccess(profile: RegistrarProfile): Pick<Registrar, 'certificates' | 'networks'> {
  checkCount('certificates', profile.certificates, CERTIFICATES_MAX);
  checkCount('networks', profile.networks, NETWORKS_MAX);
  const certificates = profile.certificates.map((text) => {
    const digest = text.replaceAll(':', '').toLowerCase();
    if (/^[0-9a-f]{64}$/.test(digest)) return digest;
    throw refuse(RESULT.parameterSyntax, 'certificates', text, 'a SHA-256 fingerprint in hex');
  });
  for (const network of profile.networks) {
    try {
      checkAddressRange(network);
    } catch (error) {
      throw refuse(RESULT.parameterSyntax, 'networks', network, errorMessage(error));
    }
  }
  return { certificates: [...new Set(certificates)], networks: [...new Set(profile.networks)] };
}

function checkTlds(tlds: readonly string[], reader: RegisterReader): string[] {
  checkCount('tlds', tlds, TLDS_MAX);
  const known = new Set(reader.tlds().map(({ name }) => name));
  for (const tld of tlds) {
    if (!known.has(tld)) throw refuse(RESULT.missing, 'tlds', tld, `there is no TLD ${tld} here`);
  }
  return [...new Set(tlds)];
}

function checkCount(field: string, list: readonly string[], countMax: number): void {
  if (list.length <= countMax) return;
  throw refuse(RESULT.policy, field, '', `${countMax} entries at most`);
}

function isWithin(value: number, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max;
}
