/**
 * Who may change what by DNS UPDATE; whoever nothing lets, may not. A request may do what it wants
 * when one of these lets it:
 *
 *     scope of the TSIG key           a key with a scope may do that, wherever, and nothing else
 *     nameserver.update.allow         each entry with what it narrows a key to
 *     zone: TSIG-ALLOW-DNSUPDATE      names of keys
 *     zone: ALLOW-DNSUPDATE-FROM      addresses and networks; of a zone with both, both must hold
 *
 * As in PowerDNS, a zone that names keys wants a signature: an address that `nameserver.update`
 * lists is then not enough. Keys and certificates listed there are.
 */
import { type ScopedAct, ScopeRule } from '#access/scope.ts';
import type { TsigKeyList } from '#access/tsig-key-list.ts';
import type { UpdateGrant } from '#app/config/update-section.ts';
import type { Clock } from '#base/clock.ts';
import { CodedError } from '#base/coded-error.ts';
import { AccessList } from '#dns/transfer/access-list.ts';
import type {
  UpdatePolicy,
  UpdateTouch,
  WantedUpdate,
} from '#dns/transfer/update/update-policy.ts';
import { formatName, isAtOrBelow, type Name, nameKey, parseName } from '#dns/wire/name.ts';
import { formatTypeCode } from '#dns/wire/rdata/registry.ts';

interface Grant {
  list: AccessList;
  /** It asks for no key and no certificate. */
  isAddress: boolean;
  names: ReadonlySet<string> | undefined;
  suffixes: readonly Name[] | undefined;
  rule: ScopeRule | undefined;
}

/** What a zone's metadata says; `undefined` where it does not have the kind. */
interface ZoneAccess {
  keys: AccessList | undefined;
  addresses: AccessList | undefined;
}

export interface UpdatePermissionsOptions {
  keys: Pick<TsigKeyList, 'find'>;
  grants: readonly UpdateGrant[];
  clock: Clock;
}

export class UpdatePermissions implements UpdatePolicy {
  readonly #keys: Pick<TsigKeyList, 'find'>;
  readonly #clock: Clock;
  #grants: readonly Grant[];
  /** By the metadata it was read from, which is replaced and never changed. */
  readonly #zones = new WeakMap<object, ZoneAccess>();

  constructor({ keys, grants, clock }: UpdatePermissionsOptions) {
    this.#keys = keys;
    this.#clock = clock;
    this.#grants = grants.map(makeGrant);
  }

  /** The entries of the configuration as they are now. */
  configure(grants: readonly UpdateGrant[]): void {
    this.#grants = grants.map(makeGrant);
  }

  findRefusal(wanted: WantedUpdate): string | undefined {
    const { asker, zone, metadata } = wanted;
    const nowMs = this.#clock.nowMs();
    const key = asker.key && this.#keys.find(asker.key.name);
    if (key?.rule !== undefined) {
      const why = refusalOfRule(key.rule, wanted, nowMs);
      return why && `the scope of key ${formatName(key.name)}: ${why}`;
    }
    const zoneAccess = this.#readZone(metadata);
    let narrowed: string | undefined;
    for (const grant of this.#grants) {
      if (grant.isAddress && zoneAccess.keys !== undefined) continue;
      if (!grant.list.allows(asker)) continue;
      const why = refusalOfGrant(grant, wanted, nowMs);
      if (why === undefined) return undefined;
      narrowed ??= why;
    }
    if (isLetByZone(zoneAccess, wanted)) return undefined;
    const who = key === undefined ? asker.peer.address : `key ${formatName(key.name)}`;
    return `${who} may not update zone ${formatName(zone)}${narrowed ? `: ${narrowed}` : ''}`;
  }

  #readZone(metadata: WantedUpdate['metadata']): ZoneAccess {
    const known = this.#zones.get(metadata);
    if (known !== undefined) return known;
    const keys = valuesOf(metadata, 'TSIG-ALLOW-DNSUPDATE').map((name) => `key:${name}`);
    const addresses = valuesOf(metadata, 'ALLOW-DNSUPDATE-FROM');
    const access = { keys: readList(keys), addresses: readList(addresses) };
    this.#zones.set(metadata, access);
    return access;
  }
}

function makeGrant({ entry, names, suffixes, scope }: UpdateGrant): Grant {
  return {
    list: new AccessList([entry]),
    isAddress: !/^(?:key|cert):/.test(entry),
    names: names && new Set(names.map((name) => nameKey(parseName(name)))),
    suffixes: suffixes?.map((name) => parseName(name)),
    rule: scope && new ScopeRule(scope),
  };
}

/** PowerDNS takes several in one value, with blanks or commas between. */
function valuesOf(metadata: WantedUpdate['metadata'], kind: string): string[] {
  const values = metadata[kind] ?? [];
  return values.flatMap((value) => value.split(/[\s,]+/)).filter((value) => value !== '');
}

/**
 * What cannot be read lets nobody in, and counts as given all the same: a mistake in a list of keys
 * does not make a zone one that wants none.
 */
function readList(entries: readonly string[]): AccessList | undefined {
  if (entries.length === 0) return undefined;
  const good = entries.filter((entry) => {
    try {
      return !new AccessList([entry]).isEmpty;
    } catch (error) {
      if (error instanceof CodedError) return false;
      throw error;
    }
  });
  return new AccessList(good);
}

function isLetByZone({ keys, addresses }: ZoneAccess, { asker }: WantedUpdate): boolean {
  if (keys === undefined && addresses === undefined) return false;
  return (keys?.allows(asker) ?? true) && (addresses?.allows(asker) ?? true);
}

function refusalOfGrant(grant: Grant, wanted: WantedUpdate, nowMs: number): string | undefined {
  const { names, suffixes, rule } = grant;
  const why = rule && refusalOfRule(rule, wanted, nowMs);
  if (why !== undefined || (names === undefined && suffixes === undefined)) return why;
  const outside = wanted.touches.find(
    ({ owner }) =>
      !(names?.has(nameKey(owner)) ?? false) &&
      !(suffixes?.some((suffix) => isAtOrBelow(owner, suffix)) ?? false),
  );
  return outside && `not name ${formatName(outside.owner)}`;
}

function refusalOfRule(
  rule: ScopeRule,
  { asker, zone, touches }: WantedUpdate,
  nowMs: number,
): string | undefined {
  const act: ScopedAct = { zone, write: true, address: asker.peer.address, nowMs };
  if (touches.length === 0) return rule.findRefusal({ ...act, part: true })?.message;
  for (const touch of touches) {
    const refusal = rule.findRefusal({ ...act, ...ofTouch(touch) });
    if (refusal !== undefined) return `${refusal.message} (${describe(touch)})`;
  }
  return undefined;
}

function ofTouch({ owner, type }: UpdateTouch): Pick<ScopedAct, 'owner' | 'type'> {
  return { owner, ...(type !== undefined && { type }) };
}

function describe({ owner, type }: UpdateTouch): string {
  return `${formatName(owner)} ${type === undefined ? 'ANY' : formatTypeCode(type)}`;
}
