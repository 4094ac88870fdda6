/**
 * What somebody may do: a token of the admin API, or a TSIG key that sends updates. One form and
 * one judgement for both, so that a name is protected behind every door or behind none.
 *
 *     { zones?, suffixes?, types?, write, networks?, expiresAtMs? }
 *
 * Each part that is given narrows; what is absent does not. All of them must agree:
 *
 *     zone      one of `zones`; with `suffixes`, one that has names at or below a suffix
 *     name      at or below one of `suffixes`
 *     type      one of `types`
 *     write     only with `write: true`
 *     address   in one of `networks`
 *     time      before `expiresAtMs`
 *
 * An act upon a zone as a whole (its settings, its whole content, its removal) touches every name
 * and type: it needs a scope without `types`, and with `suffixes` one that covers the apex. Names
 * are compared without regard to case (RFC 4343).
 */
import { formatInstant } from '#base/clock.ts';
import { errorMessage } from '#base/coded-error.ts';
import {
  formatName,
  isAtOrBelow,
  lowerName,
  type Name,
  nameKey,
  parseName,
} from '#dns/wire/name.ts';
import { formatTypeCode, typeOfMnemonic } from '#dns/wire/rdata/registry.ts';
import { AddressRanges } from '#net/address-ranges.ts';
import { parseIpAddress, unmapIpAddress } from '#net/ip-address.ts';
import { AccessError } from './access-error.ts';

/** As it is given, shown and stored. */
export interface Scope {
  /** Names of zones, absolute. */
  readonly zones?: readonly string[];
  /** Names at or below these, absolute. */
  readonly suffixes?: readonly string[];
  /** Mnemonics or `TYPEnnn`. */
  readonly types?: readonly string[];
  readonly write: boolean;
  /** `192.0.2.1`, `198.51.100.0/24`, `2001:db8::/32`. */
  readonly networks?: readonly string[];
  /** Unix milliseconds; from then on nothing is allowed. */
  readonly expiresAtMs?: number;
}

/** What somebody is about to do. */
export interface ScopedAct {
  readonly zone: Name;
  /** The one name that it touches; absent, it touches the zone as a whole, or see `part`. */
  readonly owner?: Name;
  /** The one type that it touches; absent, all at `owner`. */
  readonly type?: number;
  readonly write: boolean;
  /** Without `owner`: a scope over anything in the zone will do. The rest is asked name by name. */
  readonly part?: boolean;
  /** Where the request comes from; a scope with networks refuses one from nowhere. */
  readonly address?: string;
  readonly nowMs: number;
}

/** Which part of a scope says no, and in words what it lacks. */
export interface ScopeRefusal {
  readonly lacks: 'time' | 'network' | 'write' | 'zone' | 'name' | 'type';
  readonly message: string;
}

/** Entries of each list of a scope. */
export const SCOPE_ENTRIES_MAX = 1_000;

/** A scope made ready to judge by. */
export class ScopeRule {
  /** The same in canonical form: lower case names, upper case types. */
  readonly scope: Scope;
  readonly #zones: ReadonlySet<string> | undefined;
  readonly #suffixes: readonly Name[] | undefined;
  readonly #types: ReadonlySet<number> | undefined;
  readonly #networks: AddressRanges | undefined;

  /** @throws AccessError ACCESS_SCOPE_INVALID that names the entry */
  constructor(scope: Scope) {
    const zones = scope.zones && readNames('zones', scope.zones);
    const suffixes = scope.suffixes && readNames('suffixes', scope.suffixes);
    const types = scope.types && readTypes(scope.types);
    const { networks, expiresAtMs, write } = scope;
    if (expiresAtMs !== undefined && !isInstant(expiresAtMs)) {
      throw invalid('expiresAtMs', String(expiresAtMs), 'give Unix milliseconds');
    }
    this.#zones = zones && new Set(zones.map(nameKey));
    this.#suffixes = suffixes;
    this.#types = types && new Set(types);
    this.#networks = networks && readNetworks(networks);
    this.scope = {
      write,
      ...(zones && { zones: zones.map(formatName) }),
      ...(suffixes && { suffixes: suffixes.map(formatName) }),
      ...(types && { types: types.map(formatTypeCode) }),
      ...(networks && { networks: [...networks] }),
      ...(expiresAtMs !== undefined && { expiresAtMs }),
    };
  }

  isAllowed(act: ScopedAct): boolean {
    return this.findRefusal(act) === undefined;
  }

  /** Why not, or `undefined` when the act is allowed. */
  findRefusal(act: ScopedAct): ScopeRefusal | undefined {
    return (
      this.findStandingRefusal(act.address, act.nowMs) ??
      this.#refuseWrite(act) ??
      this.#refuseZone(act) ??
      this.#refuseName(act) ??
      this.#refuseType(act)
    );
  }

  /** What refuses whatever is asked: its time is over, or it comes from elsewhere. */
  findStandingRefusal(address: string | undefined, nowMs: number): ScopeRefusal | undefined {
    const { expiresAtMs, networks } = this.scope;
    if (expiresAtMs !== undefined && nowMs >= expiresAtMs) {
      return { lacks: 'time', message: `expired at ${formatInstant(expiresAtMs)}` };
    }
    if (this.#networks === undefined) return undefined;
    const octets = parseIpAddress(unmapIpAddress(address ?? ''));
    if (octets !== undefined && this.#networks.contains(octets, 0, octets.length === 16)) {
      return undefined;
    }
    const from = address ?? 'an unknown address';
    return { lacks: 'network', message: `not from ${from}, only from ${list(networks)}` };
  }

  #refuseWrite(act: ScopedAct): ScopeRefusal | undefined {
    if (!act.write || this.scope.write) return undefined;
    return { lacks: 'write', message: 'it may read and not write' };
  }

  #refuseZone({ zone }: ScopedAct): ScopeRefusal | undefined {
    const isNamed = this.#zones?.has(nameKey(zone)) ?? true;
    const isReached = this.#suffixes?.some((suffix) => meet(suffix, zone)) ?? true;
    if (isNamed && isReached) return undefined;
    const reach = isNamed ? this.scope.suffixes : this.scope.zones;
    return { lacks: 'zone', message: `not zone '${formatName(zone)}', only ${list(reach)}` };
  }

  #refuseName({ zone, owner, part = false }: ScopedAct): ScopeRefusal | undefined {
    if (owner === undefined && part) return undefined;
    const name = owner ?? zone;
    if (this.#suffixes?.some((suffix) => isAtOrBelow(name, suffix)) ?? true) return undefined;
    const only = `only names at or below ${list(this.scope.suffixes)}`;
    const what = owner === undefined ? 'the whole zone' : 'name';
    return { lacks: 'name', message: `not ${what} '${formatName(name)}', ${only}` };
  }

  #refuseType({ owner, type, part = false }: ScopedAct): ScopeRefusal | undefined {
    if (this.#types === undefined || (owner === undefined && part)) return undefined;
    if (type !== undefined && this.#types.has(type)) return undefined;
    const what = type === undefined ? 'records of every type' : `type ${formatTypeCode(type)}`;
    return { lacks: 'type', message: `not ${what}, only ${list(this.scope.types)}` };
  }
}

/** Whether a zone can hold names at or below the suffix. */
function meet(suffix: Name, zone: Name): boolean {
  return isAtOrBelow(suffix, zone) || isAtOrBelow(zone, suffix);
}

function list(entries: readonly string[] = []): string {
  const shown = entries.slice(0, 5).join(', ');
  return entries.length > 5 ? `${shown}, …` : shown;
}

function isInstant(ms: number): boolean {
  return Number.isSafeInteger(ms) && ms >= 0 && !Number.isNaN(new Date(ms).getTime());
}

function readNames(part: 'zones' | 'suffixes', texts: readonly string[]): Name[] {
  checkCount(part, texts);
  return texts.map((text) => {
    try {
      return lowerName(parseName(text));
    } catch (error) {
      throw invalid(part, text, errorMessage(error), error);
    }
  });
}

function readTypes(texts: readonly string[]): number[] {
  checkCount('types', texts);
  return texts.map((text) => {
    const type = typeOfMnemonic(text.toUpperCase());
    if (type === undefined) throw invalid('types', text, 'there is no such record type');
    return type;
  });
}

function readNetworks(texts: readonly string[]): AddressRanges {
  checkCount('networks', texts);
  try {
    return new AddressRanges(texts);
  } catch (error) {
    throw new AccessError('ACCESS_SCOPE_INVALID', `networks: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}

/** An empty list would allow nothing, and is more likely meant as no limit: neither is guessed. */
function checkCount(part: string, texts: readonly string[]): void {
  if (texts.length >= 1 && texts.length <= SCOPE_ENTRIES_MAX) return;
  const message = `${part}: give 1 to ${SCOPE_ENTRIES_MAX} entries, or leave it out for no limit`;
  throw new AccessError('ACCESS_SCOPE_INVALID', message);
}

function invalid(part: string, text: string, why: string, cause?: unknown): AccessError {
  const shown = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  return new AccessError('ACCESS_SCOPE_INVALID', `${part}: '${shown}': ${why}`, { cause });
}
