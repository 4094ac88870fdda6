/**
 * The TSIG keys that this server knows (RFC 8945): those of the configuration file, which are
 * changed there, and those made through the API, which are rows of the store. A secret is kept in
 * clear, as every party to a TSIG must: the HMAC needs it (docs/operations/access.md). Where both
 * have a key of one name, the configuration's counts.
 *
 * A key with a scope may change by DNS UPDATE what the scope allows and nothing else; one without
 * may do what the lists of `nameserver` and of the zone allow it. All are in memory after `open`.
 */
import { utf8 } from '#base/bytes.ts';
import { KeyedLock } from '#base/keyed-lock.ts';
import {
  formatTsigKey,
  parseTsigKey,
  TSIG_SECRET_SIZE_MAX,
  type TsigKey,
  type TsigKeyring,
  type TsigKeyText,
  type TsigPolicy,
} from '#dns/tsig/tsig-key.ts';
import { equalNames, formatName, lowerName, type Name, nameKey } from '#dns/wire/name.ts';
import type { KeyValueStore, Write } from '#store/key-value-store.ts';
import { buildKey, KEYSPACE, prefixRange } from '#store/keyspace.ts';
import { AccessError } from './access-error.ts';
import { formatAccessRow, parseAccessRow } from './access-row.ts';
import { type Scope, ScopeRule } from './scope.ts';

export const TSIG_KEYS_MAX = 10_000;

/** A key as it is given. */
export interface TsigKeySpec extends TsigKey {
  scope?: Scope;
}

/** A key as it is used. */
export interface HeldTsigKey extends TsigKey {
  /** What it may change by DNS UPDATE, whatever lists say. */
  rule?: ScopeRule;
  /** Where it stands and is changed. */
  origin: 'configuration' | 'store';
}

/** What changes; absent parts stay. A scope of `null` takes the scope away. */
export type TsigKeyChange = Partial<TsigKey> & { scope?: Scope | null };

type TsigKeyRow = TsigKeyText & { scope?: Scope };

export class TsigKeyList implements TsigKeyring {
  /** MD5 serves the keys that somebody made for it, by name, and is nobody's default. */
  readonly policy: TsigPolicy = { allowsMd5: true };
  readonly #store: KeyValueStore;
  #configured: ReadonlyMap<string, HeldTsigKey>;
  readonly #stored: Map<string, HeldTsigKey>;
  readonly #lock = new KeyedLock();

  private constructor(
    store: KeyValueStore,
    configured: ReadonlyMap<string, HeldTsigKey>,
    stored: Map<string, HeldTsigKey>,
  ) {
    this.#store = store;
    this.#configured = configured;
    this.#stored = stored;
  }

  /** @throws StoreError STORE_DAMAGED, CodedError STORE_LAYOUT, AccessError as `create` */
  static async open(
    store: KeyValueStore,
    configured: readonly TsigKeySpec[],
  ): Promise<TsigKeyList> {
    const stored = new Map<string, HeldTsigKey>();
    const { from, to } = prefixRange(Uint8Array.of(KEYSPACE.tsigKey));
    for await (const chunk of store.range(from, to)) {
      for (const { value } of chunk) {
        const key = keyOfRow(parseAccessRow('a TSIG key', value) as TsigKeyRow);
        stored.set(nameKey(key.name), key);
      }
    }
    return new TsigKeyList(store, configuredKeys(configured), stored);
  }

  /** From now on these are the configuration's. @throws AccessError as `create`; keeps the old */
  configure(configured: readonly TsigKeySpec[]): void {
    this.#configured = configuredKeys(configured);
  }

  /** The key of that name, in any case. */
  find(name: Name): HeldTsigKey | undefined {
    const id = nameKey(name);
    return this.#configured.get(id) ?? this.#stored.get(id);
  }

  /** In the order of their names. */
  list(): HeldTsigKey[] {
    const byName = new Map([...this.#stored, ...this.#configured]);
    return [...byName.values()].sort((a, b) => (formatName(a.name) < formatName(b.name) ? -1 : 1));
  }

  /**
   * On disk when it resolves, and known from then on.
   * @throws AccessError ACCESS_EXISTS, ACCESS_INVALID (secret), ACCESS_SCOPE_INVALID, ACCESS_FULL
   */
  async create(spec: TsigKeySpec): Promise<HeldTsigKey> {
    const key = heldKey(spec, 'store');
    return this.#lock.run([''], async () => {
      this.#refuseTaken(key.name);
      if (this.#stored.size >= TSIG_KEYS_MAX) {
        const message = `there are ${TSIG_KEYS_MAX} TSIG keys, as many as there may be`;
        throw new AccessError('ACCESS_FULL', message);
      }
      await this.#store.write([writeOf(key)]);
      this.#stored.set(nameKey(key.name), key);
      return key;
    });
  }

  /**
   * On disk when it resolves; a new name renames.
   * @throws AccessError ACCESS_MISSING, ACCESS_CONFIGURED, and as `create`
   */
  async change(name: Name, change: TsigKeyChange): Promise<HeldTsigKey> {
    return this.#lock.run([''], async () => {
      const before = this.#getStored(name);
      const scope = change.scope === undefined ? before.rule?.scope : change.scope;
      const after = heldKey(
        {
          name: change.name ?? before.name,
          algorithm: change.algorithm ?? before.algorithm,
          secret: change.secret ?? before.secret,
          ...(scope && { scope }),
        },
        'store',
      );
      const isRenamed = !equalNames(before.name, after.name);
      if (isRenamed) this.#refuseTaken(after.name);
      const writes: Write[] = [writeOf(after)];
      if (isRenamed) writes.unshift({ key: rowKey(before.name), delete: true });
      await this.#store.write(writes);
      this.#stored.delete(nameKey(before.name));
      this.#stored.set(nameKey(after.name), after);
      return after;
    });
  }

  /** The key signs nothing from now on. @throws AccessError ACCESS_MISSING, ACCESS_CONFIGURED */
  async remove(name: Name): Promise<void> {
    await this.#lock.run([''], async () => {
      const key = this.#getStored(name);
      this.#stored.delete(nameKey(key.name));
      await this.#store.write([{ key: rowKey(key.name), delete: true }]);
    });
  }

  #refuseTaken(name: Name): void {
    const taken = this.find(name);
    if (taken === undefined) return;
    const where = taken.origin === 'store' ? '' : ' in the configuration';
    const message = `there is a TSIG key '${formatName(name)}' already${where}`;
    throw new AccessError('ACCESS_EXISTS', message);
  }

  #getStored(name: Name): HeldTsigKey {
    const key = this.find(name);
    if (key === undefined) {
      throw new AccessError('ACCESS_MISSING', `there is no TSIG key '${formatName(name)}'`);
    }
    if (key.origin === 'store') return key;
    const message = `TSIG key '${formatName(name)}' is of the configuration: change it there`;
    throw new AccessError('ACCESS_CONFIGURED', message);
  }
}

function configuredKeys(specs: readonly TsigKeySpec[]): Map<string, HeldTsigKey> {
  return new Map(specs.map((spec) => [nameKey(spec.name), heldKey(spec, 'configuration')]));
}

function heldKey(
  { name, algorithm, secret, scope }: TsigKeySpec,
  origin: HeldTsigKey['origin'],
): HeldTsigKey {
  if (secret.length === 0 || secret.length > TSIG_SECRET_SIZE_MAX) {
    throw new AccessError(
      'ACCESS_INVALID',
      `the secret of TSIG key '${formatName(name)}' has ${secret.length} octets; ` +
        `give 1 to ${TSIG_SECRET_SIZE_MAX} in base64`,
    );
  }
  return {
    name: lowerName(name),
    algorithm,
    secret: Uint8Array.from(secret),
    ...(scope && { rule: new ScopeRule(scope) }),
    origin,
  };
}

function keyOfRow({ scope, ...text }: TsigKeyRow): HeldTsigKey {
  return heldKey({ ...parseTsigKey(text), ...(scope && { scope }) }, 'store');
}

function writeOf(key: HeldTsigKey): Write {
  const row: TsigKeyRow = {
    ...formatTsigKey(key),
    ...(key.rule && { scope: key.rule.scope }),
  };
  return { key: rowKey(key.name), value: formatAccessRow(row) };
}

function rowKey(name: Name): Uint8Array {
  return buildKey(KEYSPACE.tsigKey, utf8(formatName(name)));
}
