/**
 * Who may call, and what for. A key in `X-API-Key` names a principal: the admin key's may do
 * everything, a token's what its scope allows. A route says in its `config.access` whom it serves;
 * one that says nothing serves the admin key alone, so that a route that forgot is closed.
 *
 *     key -> principal -> time, network -> route's access, zone of the path -> handler
 *                                                                  \-> each name (`demandAct`)
 *
 * Who is not recognised hears 401, who may not hears 403 and what their scope lacks, before
 * anything is told about the zone, whether it exists included.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RequestRates } from '#base/request-rates.ts';
import type { ApiKey } from '#http/api-key.ts';
import { type ApiError, adminOnly, keyWrong, notAllowed, tooManyRequests } from './api-error.ts';

import { zoneNameOfId } from './zone-name.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set on every route behind `demandKey`. */
    principal: Principal | undefined;
    /** The zone that the request is about, once that is known; for the audit log. */
    zoneTouched: string | undefined;
    /** Why the principal may not do what was asked. */
    accessRefusal: string | undefined;
  }
  interface FastifyContextConfig {
    /** Whom the route serves; the admin key alone where absent. */
    access?: RouteAccess;
  }
}

/**
 * `anybody`: whoever is recognised; the handler shows each what they may see. The others are about
 * the zone that the path names (`:id` or `:zone`), to be read or written, as a whole or in part. A
 * handler behind a `-part` asks for each name by `demandAct`, or leaves out what may not be read.
 * `register-read`, `register-write`: the register of names, which is everybody's: tokens without
 * limits of zone, name or type. `replica`: the admin key, and the key that is good for following
 * the register and nothing else.
 */
export type RouteAccess =
  | 'admin'
  | 'replica'
  | 'anybody'
  | 'register-read'
  | 'register-write'
  | 'zone-read'
  | 'zone-read-part'
  | 'zone-write'
  | 'zone-write-part';

/** Somebody who was recognised. */
export interface Principal {
  /** The name that the journal keeps: `admin-key`, `token:NAME`. */
  actor: string;
  /** What they may do; absent for the admin key, which may do everything. */
  scope?: PrincipalScope;
  /** May follow the register. */
  isReplica?: boolean;
}

export interface PrincipalScope {
  /** In words what the scope lacks for this, or `undefined` when it is allowed. */
  findRefusal(act: Act): string | undefined;
  /** The same for the register of names. */
  findRegisterRefusal(write: boolean): string | undefined;
}

/** What somebody is about to do to a zone, in the text of the API. */
export interface Act {
  zone: string;
  /** The one name that it touches; absent, it touches the zone as a whole, or see `part`. */
  name?: string;
  /** The one type that it touches, by mnemonic; absent, every type. */
  type?: string;
  write: boolean;
  /** Without a name: anything in the zone will do, and each name is asked for later. */
  part?: boolean;
}

/** Somebody who was recognised, and why they may nevertheless not call now or from there. */
export interface Recognised {
  principal: Principal;
  refusal?: ApiError;
}

export interface Authenticator {
  /** Whose secret this is, or `undefined`. `address` is where the request comes from. */
  authenticate(secret: string, address: string): Recognised | undefined;
}

/** What stands in front of every route. */
export interface Gate {
  authenticator: Authenticator;
  /** Requests of each principal. */
  requests: RequestRates;
  /**
   * Wrong keys from each address. Guessing one is hopeless at any rate; this spares the log. A good
   * key opens whatever its neighbours do.
   */
  failures: RequestRates;
}

/** Everything is allowed to whoever has the admin key. */
export function adminKeyAuthenticator(key: ApiKey): Authenticator {
  return {
    authenticate: (secret) =>
      key.matches(secret) ? { principal: { actor: 'admin-key' } } : undefined,
  };
}

/** The key of replicas: it opens the stream of the register, and shows nothing else. */
export function replicaKeyAuthenticator(key: ApiKey): Authenticator {
  const scope = { findRefusal: refuseReplica, findRegisterRefusal: refuseReplica };
  const principal = { actor: 'replica-key', scope, isReplica: true };
  return { authenticate: (secret) => (key.matches(secret) ? { principal } : undefined) };
}

function refuseReplica(): string {
  return 'the key of replicas is for following the register';
}

/** The first that recognises the secret. */
export function anyAuthenticator(authenticators: readonly Authenticator[]): Authenticator {
  return {
    authenticate: (secret, address) => {
      for (const authenticator of authenticators) {
        const recognised = authenticator.authenticate(secret, address);
        if (recognised !== undefined) return recognised;
      }
      return undefined;
    },
  };
}

/** To be called once, before any plugin that demands a key. */
export function prepareAccess(app: FastifyInstance): void {
  app.decorateRequest('principal', undefined);
  app.decorateRequest('zoneTouched', undefined);
  app.decorateRequest('accessRefusal', undefined);
}

/**
 * Puts every route of `app`, its not-found answer included, behind the key. OPTIONS stays open:
 * browsers ask it without credentials, and it tells no more than the documentation.
 */
export function demandKey(app: FastifyInstance, gate: Gate, realm: string): void {
  app.addHook('onRequest', async (request) => {
    if (request.method === 'OPTIONS') return;
    const secret = request.headers['x-api-key'];
    const recognised =
      typeof secret === 'string' && secret !== ''
        ? gate.authenticator.authenticate(secret, request.ip)
        : undefined;
    if (recognised === undefined) {
      const waitMs = gate.failures.take(request.ip);
      if (waitMs > 0) throw tooManyRequests('wrong keys', waitMs);
      request.log.info({ source: request.ip, given: secret !== undefined }, 'api key refused');
      throw keyWrong(realm);
    }
    request.principal = recognised.principal;
    const waitMs = gate.requests.take(recognised.principal.actor);
    if (waitMs > 0) throw tooManyRequests('requests', waitMs);
    if (recognised.refusal !== undefined) throw refuse(request, recognised.refusal);
    if (!request.is404) demandRoute(request, request.routeOptions.config.access ?? 'admin');
  });
}

function demandRoute(request: FastifyRequest, access: RouteAccess): void {
  if (access === 'anybody') return;
  if (access === 'replica' && request.principal?.isReplica === true) return;
  if (access === 'admin' || access === 'replica') {
    if (request.principal?.scope !== undefined) throw refuse(request, adminOnly());
    return;
  }
  if (access === 'register-read' || access === 'register-write') {
    const lacks = request.principal?.scope?.findRegisterRefusal(access === 'register-write');
    if (lacks !== undefined) throw refuse(request, notAllowed(lacks));
    return;
  }
  const { id, zone } = request.params as { id?: string; zone?: string };
  demandAct(request, {
    zone: zoneNameOfId(id ?? zone ?? ''),
    write: access.startsWith('zone-write'),
    part: access.endsWith('-part'),
  });
}

/** @throws ApiError API_NOT_ALLOWED that tells what the principal's scope lacks */
export function demandAct(request: FastifyRequest, act: Act): void {
  request.zoneTouched ??= act.zone;
  const lacks = request.principal?.scope?.findRefusal(act);
  if (lacks !== undefined) throw refuse(request, notAllowed(lacks));
}

/** Whether the principal may; for lists that show to each what they may see. */
export function mayAct(request: FastifyRequest, act: Act): boolean {
  return request.principal?.scope?.findRefusal(act) === undefined;
}

function refuse(request: FastifyRequest, refusal: ApiError): ApiError {
  request.accessRefusal = refusal.message;
  request.log.info({ source: request.ip, actor: request.principal?.actor }, refusal.message);
  return refusal;
}
