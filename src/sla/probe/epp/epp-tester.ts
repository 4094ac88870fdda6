/**
 * The EPP tests (biz-2013 5.2 to 5.7): every five minutes each probe chooses one address and makes
 * one command, alternating between the three classes and between the commands of each. Timed is
 * one command and its answer; a login with the start of the connection, TLS and greeting included,
 * a logout with its end. What a command needs beside (a session, a domain to delete) is made before
 * and taken away after it, and not timed.
 */

import { formatHex } from '#base/bytes.ts';
import type { Clock } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import type { ListenAddress } from '#net/listen-address.ts';
import type { ProbeErrorCode } from '../probe-error.ts';
import type { StallWatch } from '../stall-watch.ts';
import { isSpoilt, seenOf } from '../test-outcome.ts';
import type { TestSeen } from '../test-plan.ts';
import { AttemptFailure, attempt } from '../timed-attempt.ts';
import { type EppAccount, EppClient, loginOf } from './epp-account.ts';
import {
  check,
  domainCreate,
  domainDelete,
  domainInfo,
  domainNewPassword,
  domainRenew,
  type EppAnswer,
  type EppClass,
  type EppCommand,
  expiryIn,
  isAbout,
  newPassword,
  poll,
} from './epp-commands.ts';

export interface EppObjects {
  /** Exists and is the account's, without its final dot: checked, asked after and updated. */
  domain: string;
  /** Host and contact that exist, for their checks. */
  host?: string | undefined;
  contact?: string | undefined;
  /** Below it domains are made and deleted again, without its final dot. */
  createBelow?: string | undefined;
  contactTypes: readonly string[];
}

export interface EppTesterParts {
  account: EppAccount;
  objects: EppObjects;
  /** Milliseconds from when on a command is given up, by class. */
  timeouts: Readonly<Record<EppClass, number>>;
  clock: Clock;
  random: Random;
  stalls: StallWatch;
  signal: AbortSignal;
}

/** A command with what must be there for it and what must go after it. */
interface Prepared {
  timed: () => Promise<EppAnswer>;
  isRight: (answer: EppAnswer) => boolean;
  after?: () => Promise<unknown>;
}

/** `stalledUs`: for how long the probe stood still within `rttUs`. */
type Timed = { rttUs: number; stalledUs: number; fault?: ProbeErrorCode };

/** For all that is not timed, each step of it. */
const SETUP_TIMEOUT_MS = 20_000;
const LABEL_SIZE = 6;

export class EppTester {
  readonly #parts: EppTesterParts;

  constructor(parts: EppTesterParts) {
    this.#parts = parts;
  }

  /** Makes one test now. Never rejects. */
  async test(server: ListenAddress, command: EppCommand, group: EppClass): Promise<TestSeen> {
    const { timeouts, stalls, signal } = this.#parts;
    // The command's own limit is held where it is timed; this one is for all of it.
    const limitMs = timeouts[group] + 2 * SETUP_TIMEOUT_MS;
    const endWatch = stalls.begin();
    const seen = await attempt(limitMs, signal, (over) =>
      command === 'login'
        ? this.#login(server, over)
        : this.#inSession(server, command, group, over),
    );
    const stalledUs = endWatch();
    if ('failure' in seen) {
      const isTold = seen.failure === 'stopped' || !isSpoilt(seen.failure, stalledUs);
      return seenOf(isTold ? seen.failure : 'loop-stalled');
    }
    // What is not timed may take as long as it likes.
    if (isSpoilt(undefined, seen.stalledUs)) return seenOf('loop-stalled');
    if (seen.fault !== undefined) return seenOf(seen.fault, seen.rttUs);
    return { outcome: 'answered', rttUs: seen.rttUs };
  }

  async #login(server: ListenAddress, over: AbortSignal): Promise<Timed> {
    const { account, timeouts, random } = this.#parts;
    const options = await loginOf(account);
    let client: EppClient | undefined;
    try {
      const timed = await this.#timed(timeouts.session, over, async () => {
        client = await EppClient.connect(server, account, random, over);
        await client.login(options);
      });
      await client?.logout().catch(() => undefined);
      return timed;
    } finally {
      client?.close();
    }
  }

  async #inSession(
    server: ListenAddress,
    command: EppCommand,
    group: EppClass,
    over: AbortSignal,
  ): Promise<Timed> {
    const { account, timeouts, random } = this.#parts;
    const client = await EppClient.connect(server, account, random, over);
    try {
      await client.login(await loginOf(account));
      if (command === 'logout') {
        return await this.#timed(timeouts.session, over, () => client.logout());
      }
      const { timed, isRight, after } = await this.#prepare(client, command);
      let answer: EppAnswer | undefined;
      const seen = await this.#timed(timeouts[group], over, async () => {
        answer = await timed();
      });
      const isWrong = answer === undefined || !isRight(answer);
      await after?.().catch(() => undefined);
      await client.logout().catch(() => undefined);
      return isWrong ? { ...seen, fault: 'wrong-content' } : seen;
    } finally {
      client.close();
    }
  }

  /** @throws AttemptFailure `timeout` when the step takes too long, with the session then closed */
  async #timed(timeoutMs: number, over: AbortSignal, step: () => Promise<void>): Promise<Timed> {
    const { clock, stalls } = this.#parts;
    const endWatch = stalls.begin();
    const startUs = clock.monotonicUs();
    const seen = await attempt(timeoutMs, over, async (limit) => {
      const late = Promise.withResolvers<never>();
      limit.addEventListener('abort', () => late.reject(new AttemptFailure('timeout')), {
        once: true,
      });
      await Promise.race([step(), late.promise]);
      return { rttUs: clock.monotonicUs() - startUs };
    });
    const stalledUs = endWatch();
    if ('failure' in seen) throw new AttemptFailure(seen.failure);
    return { ...seen, stalledUs };
  }

  async #prepare(client: EppClient, command: EppCommand): Promise<Prepared> {
    const { domain, host, contact } = this.#parts.objects;
    const query = (build: (id: string) => string, isRight: Prepared['isRight']): Prepared => {
      return { timed: () => client.do(build), isRight };
    };
    switch (command) {
      case 'domain:check':
        return query((id) => check('domain', domain, id), about('domain', domain));
      case 'host:check':
        return query((id) => check('host', host ?? '', id), about('host', host ?? ''));
      case 'contact:check':
        return query((id) => check('contact', contact ?? '', id), about('contact', contact ?? ''));
      case 'domain:info':
        return query((id) => domainInfo(domain, id), about('domain', domain));
      case 'poll':
        return query(poll, ({ code }) => code === 1300 || code === 1301);
      case 'domain:update':
        return query(
          (id) => domainNewPassword(domain, newPassword(this.#parts.random), id),
          () => true,
        );
      default:
        return this.#prepareLife(client, command);
    }
  }

  /** Commands on a domain of their own, which is gone afterwards. */
  async #prepareLife(client: EppClient, command: EppCommand): Promise<Prepared> {
    const { createBelow = '', contact, contactTypes } = this.#parts.objects;
    const name = `probe-${formatHex(this.#parts.random.bytes(LABEL_SIZE))}.${createBelow}`;
    const creation = { name, password: newPassword(this.#parts.random), contact, contactTypes };
    const create = (): Promise<EppAnswer> => client.do((id) => domainCreate(creation, id));
    const remove = (): Promise<EppAnswer> => client.do((id) => domainDelete(name, id));
    if (command === 'domain:create') {
      return { timed: create, isRight: about('domain', name), after: remove };
    }
    const created = await create();
    if (command === 'domain:delete') return { timed: remove, isRight: () => true };
    const expiry = expiryIn(created);
    if (expiry === undefined) throw new AttemptFailure('wrong-content');
    const renew = (): Promise<EppAnswer> => client.do((id) => domainRenew(name, expiry, id));
    return { timed: renew, isRight: about('domain', name), after: remove };
  }
}

function about(kind: 'domain' | 'host' | 'contact', name: string): Prepared['isRight'] {
  return (answer) => isAbout(answer, kind, name);
}
