/**
 * TLDs and their rules, as the operator sets them. A registry of the second level (`co.example`) is
 * one as well, next to `example` or without it. Rules hold for commands from then on; what was
 * registered under others stays, and its periods end when they were going to.
 */
import type { CommandContext } from '#registry/flow/command-context.ts';
import { isOfScript, parseNameText } from '#registry/flow/labels.ts';
import { demandObject } from '#registry/flow/object-rules.ts';
import type { Caller } from '#registry/model/caller.ts';
import type { RegisterReader } from '#registry/model/register.ts';
import { RESULT, RegistryError, type ResultCode } from '#registry/model/result.ts';
import type { Tld } from '#registry/model/tld.ts';
import { checkCurrency, checkMoney } from './money-rules.ts';

const TLDS_MAX = 1_000;
const PREMIUM_NAMES_MAX = 10_000;
const SCRIPTS_MAX = 32;
const TTL_MAX_S = 604_800;

/** Where the operator says nothing: the periods of RFC 3915 as gTLDs have them. */
export const TLD_DEFAULTS: Omit<Tld, 'name' | 'repositoryId' | 'currency' | 'prices'> = {
  premium: {},
  grace: { add: 5, renew: 5, transfer: 5, autoRenew: 45, redemption: 30, pendingDelete: 5 },
  periodMin: 1,
  periodMax: 10,
  transferDays: 5,
  authInfoDays: 14,
  labelMin: 1,
  contacts: 'thick',
  nameserversMax: 13,
  dsMax: 8,
  ttl: { ns: 86_400, ds: 86_400, glue: 86_400 },
  scripts: [],
  brakeShare: 0.1,
};

/** What has a usual value may be left out. */
export type NewTld = Pick<Tld, 'name' | 'repositoryId' | 'currency' | 'prices'> & Partial<Tld>;

/** @throws RegistryError 2004, 2005, 2302, 2305, 2306 that names the rule */
export async function tldCreate(
  { register }: CommandContext,
  given: NewTld,
  caller: Caller,
): Promise<Tld> {
  const tld = checkTld({ ...TLD_DEFAULTS, ...given });
  const { name } = tld;
  return register.run(caller, 'tld:create', [`domain/${name}`], async (draft) => {
    if (draft.tlds().some((each) => each.name === name)) {
      throw refuse(RESULT.exists, 'name', name, `TLD ${name} exists`);
    }
    await demandRoom(draft, name);
    draft.putTld(tld);
    return tld;
  });
}

/**
 * Changes the rules that are given and keeps the others.
 * @throws RegistryError 2004, 2005, 2303, 2306 that names the rule
 */
export function tldUpdate(
  { register }: CommandContext,
  name: string,
  change: Partial<Omit<Tld, 'name'>>,
  caller: Caller,
): Promise<Tld> {
  return register.run(caller, 'tld:update', [`domain/${name}`], async (draft) => {
    const before = demandTld(draft, name);
    if (change.currency !== undefined && change.currency !== before.currency) {
      // Fees that may still be given back are amounts of the old one.
      throw refuse(RESULT.policy, 'currency', change.currency, 'a TLD keeps its currency');
    }
    const tld = checkTld({ ...before, ...change, name });
    draft.putTld(tld);
    return tld;
  });
}

/**
 * Takes a TLD with its reserved names out of the register; its zone stays, without delegations.
 * @throws RegistryError 2303; 2305 while names lie in it or a registrar is held to it
 */
export function tldDelete(
  { register }: CommandContext,
  name: string,
  caller: Caller,
): Promise<void> {
  return register.runAlone(caller, 'tld:delete', [`domain/${name}`], async (draft) => {
    demandTld(draft, name);
    const count = await register.domainCount(name);
    if (count > 0) {
      const why = count === 1 ? 'one name lies in it' : `${count} names lie in it`;
      throw refuse(RESULT.associationProhibits, 'name', name, why);
    }
    // Without it the list could be empty, which means everywhere.
    const held = (await register.registrars()).find(({ tlds }) => tlds.includes(name));
    if (held !== undefined) {
      const why = `registrar ${held.id} may register in it: take it off the list of its TLDs`;
      throw refuse(RESULT.associationProhibits, 'name', name, why);
    }
    for (const { label } of register.reservedNames(name)) draft.deleteReserved(name, label);
    draft.deleteTld(name);
  });
}

/** @throws RegistryError 2303 */
export function demandTld(reader: Pick<RegisterReader, 'tlds'>, name: string): Tld {
  const found = reader.tlds().find((tld) => tld.name === name);
  return demandObject(found, { element: 'tld:name', text: name });
}

async function demandRoom(reader: RegisterReader, name: string): Promise<void> {
  if (reader.tlds().length >= TLDS_MAX) {
    throw refuse(RESULT.policy, 'name', name, `${TLDS_MAX} TLDs at most`);
  }
  if ((await reader.domain(name)) === undefined) return;
  const why = `${name} is registered as a domain and cannot be a registry as well`;
  throw refuse(RESULT.associationProhibits, 'name', name, why);
}

function checkTld(tld: Tld): Tld {
  checkCurrency(tld.currency);
  for (const [field, amount] of Object.entries(tld.prices)) {
    checkMoney(`prices.${field}`, amount, { isSigned: false });
  }
  if (!/^[A-Za-z0-9]{1,8}$/.test(tld.repositoryId)) {
    throw refuse(
      RESULT.parameterSyntax,
      'repositoryId',
      tld.repositoryId,
      '1 to 8 letters and digits (IANA registers them)',
    );
  }
  checkNumbers(tld);
  if (tld.scripts.length > SCRIPTS_MAX) {
    throw refuse(RESULT.policy, 'scripts', '', `${SCRIPTS_MAX} scripts at most`);
  }
  for (const script of tld.scripts) {
    if (!isScript(script)) {
      const why = 'no script of Unicode; as in Latin, Greek, Han';
      throw refuse(RESULT.parameterRange, 'scripts', script, why);
    }
  }
  return { ...tld, name: parseTldName(tld.name), premium: checkPremium(tld) };
}

/** One label is enough for a TLD. */
function parseTldName(text: string): string {
  const isOneLabel = !text.includes('.');
  const name = parseNameText(isOneLabel ? `${text}.tld` : text, 'tld:name');
  return isOneLabel ? name.slice(0, -'.tld'.length) : name;
}

function checkNumbers(tld: Tld): void {
  const { grace, ttl } = tld;
  const days = Object.entries(grace).map(([field, value]): [string, number, number, number] => [
    `grace.${field}`,
    value,
    0,
    365,
  ]);
  const ttls = Object.entries(ttl).map(([field, value]): [string, number, number, number] => [
    `ttl.${field}`,
    value,
    1,
    TTL_MAX_S,
  ]);
  const ranges: [string, number, number, number][] = [
    ['periodMin', tld.periodMin, 1, 10],
    ['periodMax', tld.periodMax, tld.periodMin, 10],
    ['transferDays', tld.transferDays, 1, 60],
    ['authInfoDays', tld.authInfoDays, 0, 365],
    ['labelMin', tld.labelMin, 1, 63],
    ['nameserversMax', tld.nameserversMax, 1, 13],
    ['dsMax', tld.dsMax, 0, 16],
    ...days,
    ...ttls,
  ];
  for (const [field, value, min, max] of ranges) {
    if (Number.isInteger(value) && value >= min && value <= max) continue;
    throw refuse(RESULT.parameterRange, field, String(value), `whole, ${min} to ${max}`);
  }
  const { brakeShare } = tld;
  if (brakeShare > 0 && brakeShare <= 1) return;
  throw refuse(RESULT.parameterRange, 'brakeShare', String(brakeShare), 'above 0, 1 at most');
}

function checkPremium(tld: Tld): Tld['premium'] {
  const names = Object.entries(tld.premium);
  if (names.length > PREMIUM_NAMES_MAX) {
    throw refuse(RESULT.policy, 'premium', '', `${PREMIUM_NAMES_MAX} names at most`);
  }
  const checked = names.map(([label, prices]) => {
    for (const [field, amount] of Object.entries(prices)) {
      checkMoney(`premium.${label}.${field}`, amount, { isSigned: false });
    }
    return [parseLabel(label, 'premium'), prices] as const;
  });
  return Object.fromEntries(checked);
}

/** @throws RegistryError 2005 for what is not one label of a name */
export function parseLabel(text: string, field: string): string {
  if (text.includes('.')) {
    throw refuse(RESULT.parameterSyntax, field, text, 'one label, without the TLD');
  }
  return parseNameText(`${text}.tld`, `tld:${field}`).slice(0, -'.tld'.length);
}

function isScript(script: string): boolean {
  if (!/^[A-Za-z_]{1,40}$/.test(script)) return false;
  try {
    isOfScript('a', script);
    return true;
  } catch {
    return false;
  }
}

function refuse(result: ResultCode, field: string, text: string, reason: string): RegistryError {
  const offender = { element: `tld:${field}`, text: text.slice(0, 253) };
  return new RegistryError(result, `${field}: ${reason}`, offender);
}
