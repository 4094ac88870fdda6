/**
 * Tokens: secrets with a scope, for programs that need less than the admin key. A secret is shown
 * once, when it is made; the store keeps its SHA-256, which is enough because the secret is random
 * (a slow hash would only help a password). It names its token, so that finding it takes one
 * look-up and one comparison in constant time:
 *
 *     hf_ID_SECRET     ID 16 hexadecimal digits, SECRET 32 random octets in base64url
 *
 * Every token is in memory after `open`; a token is valid when its row is on disk, and no longer
 * valid when the row is gone from there.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { formatHex, parseHex, utf8 } from '#base/bytes.ts';
import { KeyedLock } from '#base/keyed-lock.ts';
import type { Random } from '#base/random.ts';
import type { KeyValueStore } from '#store/key-value-store.ts';
import { buildKey, KEYSPACE, prefixRange } from '#store/keyspace.ts';
import { AccessError } from './access-error.ts';
import { formatAccessRow, parseAccessRow } from './access-row.ts';
import { type Scope, ScopeRule } from './scope.ts';

export const TOKENS_MAX = 10_000;

/** Of a name: it stands in the journal and the audit log as the actor. */
const NAME_FORM = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const ID_SIZE = 8;
const SECRET_SIZE = 32;
const SECRET_FORM = /^hf_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;

export interface Token {
  /** 16 hexadecimal digits. */
  readonly id: string;
  /** Unique among the tokens that there are. */
  readonly name: string;
  readonly rule: ScopeRule;
  /** Unix milliseconds. */
  readonly createdAtMs: number;
}

/** A token that was just made; the secret is not kept anywhere. */
export interface NewToken {
  readonly token: Token;
  readonly secret: string;
}

interface HeldToken {
  readonly token: Token;
  /** SHA-256 of the whole secret. */
  readonly digest: Uint8Array;
}

interface TokenRow {
  id: string;
  name: string;
  scope: Scope;
  createdAtMs: number;
  /** Hexadecimal. */
  digest: string;
}

export class TokenList {
  readonly #store: KeyValueStore;
  readonly #random: Random;
  readonly #held: Map<string, HeldToken>;
  readonly #lock = new KeyedLock();

  private constructor(store: KeyValueStore, random: Random, held: Map<string, HeldToken>) {
    this.#store = store;
    this.#random = random;
    this.#held = held;
  }

  /** @throws StoreError STORE_DAMAGED, CodedError STORE_LAYOUT */
  static async open(store: KeyValueStore, random: Random): Promise<TokenList> {
    const held = new Map<string, HeldToken>();
    const { from, to } = prefixRange(Uint8Array.of(KEYSPACE.token));
    for await (const chunk of store.range(from, to)) {
      for (const { value } of chunk) {
        const row = parseAccessRow('a token', value) as TokenRow;
        held.set(row.id, { token: tokenOf(row), digest: parseHex(row.digest) ?? new Uint8Array() });
      }
    }
    return new TokenList(store, random, held);
  }

  /**
   * On disk when it resolves.
   * @throws AccessError ACCESS_INVALID (name), ACCESS_SCOPE_INVALID, ACCESS_EXISTS, ACCESS_FULL
   */
  async create(name: string, scope: Scope, nowMs: number): Promise<NewToken> {
    if (!NAME_FORM.test(name)) {
      throw new AccessError(
        'ACCESS_INVALID',
        'a token’s name is 1 to 63 letters, digits, dots, dashes and underscores',
      );
    }
    const rule = new ScopeRule(scope);
    return this.#lock.run([''], async () => {
      if (this.list().some((token) => token.name === name)) {
        throw new AccessError(
          'ACCESS_EXISTS',
          `there is a token '${name}' already; revoke it first`,
        );
      }
      if (this.#held.size >= TOKENS_MAX) {
        const message = `there are ${TOKENS_MAX} tokens, as many as there may be: revoke some`;
        throw new AccessError('ACCESS_FULL', message);
      }
      const id = formatHex(this.#random.bytes(ID_SIZE));
      const random = Buffer.from(this.#random.bytes(SECRET_SIZE)).toString('base64url');
      const secret = `hf_${id}_${random}`;
      const token: Token = { id, name, rule, createdAtMs: nowMs };
      const digest = digestOf(secret);
      const row: TokenRow = {
        id,
        name,
        scope: rule.scope,
        createdAtMs: nowMs,
        digest: formatHex(digest),
      };
      await this.#store.write([{ key: tokenKey(id), value: formatAccessRow(row) }]);
      this.#held.set(id, { token, digest });
      return { token, secret };
    });
  }

  /** All tokens, expired ones too, the oldest first. */
  list(): Token[] {
    return [...this.#held.values()]
      .map(({ token }) => token)
      .sort((a, b) => a.createdAtMs - b.createdAtMs || (a.name < b.name ? -1 : 1));
  }

  get(id: string): Token | undefined {
    return this.#held.get(id)?.token;
  }

  /**
   * The token that the secret belongs to, expired or not: its rule tells. The time that it takes
   * depends on the id, which is no secret, and not on the rest.
   */
  find(secret: string): Token | undefined {
    const id = SECRET_FORM.exec(secret)?.[1];
    const held = id === undefined ? undefined : this.#held.get(id);
    if (held === undefined) return undefined;
    return timingSafeEqual(digestOf(secret), held.digest) ? held.token : undefined;
  }

  /** The token is of no use from now on, whatever becomes of the write. False: there is none. */
  async revoke(id: string): Promise<boolean> {
    return this.#lock.run([''], async () => {
      if (!this.#held.delete(id)) return false;
      await this.#store.write([{ key: tokenKey(id), delete: true }]);
      return true;
    });
  }
}

function tokenOf({ id, name, scope, createdAtMs }: TokenRow): Token {
  return { id, name, rule: new ScopeRule(scope), createdAtMs };
}

function digestOf(secret: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(secret, 'utf8').digest());
}

function tokenKey(id: string): Uint8Array {
  return buildKey(KEYSPACE.token, utf8(id));
}
