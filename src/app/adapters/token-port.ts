/**
 * Tokens, joined to the admin API: who a secret belongs to with what its scope says, and the list
 * that the admin key manages.
 */
import { AccessError } from '#access/access-error.ts';
import type { Token, TokenList } from '#access/token-list.ts';
import type { Clock } from '#base/clock.ts';
import { typeOfMnemonic } from '#dns/wire/rdata/registry.ts';
import type { Authenticator, Principal, Recognised } from '#http/api/access.ts';
import type { ScopeText, TokenPort, TokenSummary } from '#http/api/access-ports.ts';
import { ApiError, notAllowed, tokenExpired } from '#http/api/api-error.ts';
import { readName } from './zone-text.ts';

export class TokenAuthenticator implements Authenticator {
  readonly #tokens: TokenList;
  readonly #clock: Clock;

  constructor(tokens: TokenList, clock: Clock) {
    this.#tokens = tokens;
    this.#clock = clock;
  }

  authenticate(secret: string, address: string): Recognised | undefined {
    const token = this.#tokens.find(secret);
    if (token === undefined) return undefined;
    const principal = this.#principalOf(token, address);
    const refusal = token.rule.findStandingRefusal(address, this.#clock.nowMs());
    if (refusal === undefined) return { principal };
    const { lacks, message } = refusal;
    return { principal, refusal: lacks === 'time' ? tokenExpired(message) : notAllowed(message) };
  }

  #principalOf({ name: actor, rule }: Token, address: string): Principal {
    return {
      actor: `token:${actor}`,
      scope: {
        findRefusal: ({ zone, name, type, write, part = false }) => {
          const apex = readName(zone);
          if (apex === undefined) return `'${zone}' is not a domain name`;
          const owner = name === undefined ? undefined : readName(name);
          if (name !== undefined && owner === undefined) return `'${name}' is not a domain name`;
          const code = type === undefined ? undefined : typeOfMnemonic(type.toUpperCase());
          const refusal = rule.findRefusal({
            zone: apex,
            ...(owner !== undefined && { owner }),
            ...(code !== undefined && { type: code }),
            write,
            part,
            address,
            nowMs: this.#clock.nowMs(),
          });
          return refusal?.message;
        },
        findRegisterRefusal: (write) => {
          const { zones, suffixes, types } = rule.scope;
          const narrow = [zones, suffixes, types].some((part) => part !== undefined);
          if (narrow) return 'the register of names, only what its zones, names and types say';
          return write && !rule.scope.write ? 'it may read and not write' : undefined;
        },
      },
    };
  }
}

export class TokenAdapter implements TokenPort {
  readonly #tokens: TokenList;
  readonly #clock: Clock;

  constructor(tokens: TokenList, clock: Clock) {
    this.#tokens = tokens;
    this.#clock = clock;
  }

  list(): TokenSummary[] {
    return this.#tokens.list().map(summaryOf);
  }

  find(id: string): TokenSummary | undefined {
    const token = this.#tokens.get(id);
    return token && summaryOf(token);
  }

  async create(name: string, scope: ScopeText): Promise<{ token: TokenSummary; secret: string }> {
    try {
      const { token, secret } = await this.#tokens.create(name, scope, this.#clock.nowMs());
      return { token: summaryOf(token), secret };
    } catch (error) {
      throw accessRefusal(error);
    }
  }

  revoke(id: string): Promise<boolean> {
    return this.#tokens.revoke(id);
  }
}

/** What the lists of `access` refused, with the status that the API gives it. */
export function accessRefusal(error: unknown): unknown {
  if (!(error instanceof AccessError)) return error;
  const isTaken = error.code === 'ACCESS_EXISTS' || error.code === 'ACCESS_FULL';
  return new ApiError(error.code, isTaken ? 409 : 422, error.message, { cause: error });
}

function summaryOf({ id, name, rule, createdAtMs }: Token): TokenSummary {
  return { id, name, scope: rule.scope, createdAtMs };
}
