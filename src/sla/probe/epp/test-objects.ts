/**
 * The objects that EPP and RDDS tests speak of, made where the register does not have them yet, as
 * any registrar makes them: contact, then host, then domains. Each is created and "object exists"
 * is as good as done, so that it may be repeated, by several processes too.
 */
import { CodedError } from '#base/coded-error.ts';
import type { Random } from '#base/random.ts';
import type { ListenAddress } from '#net/listen-address.ts';
import { AttemptFailure, attempt } from '../timed-attempt.ts';
import { type EppAccount, EppClient, loginOf } from './epp-account.ts';
import {
  contactCreate,
  domainCreate,
  hostCreate,
  isDone,
  newPassword,
  OBJECT_EXISTS,
} from './epp-commands.ts';

export interface TestObjects {
  /** Without their final dot. */
  domains: readonly string[];
  host?: string | undefined;
  contact?: string | undefined;
  /** Of the domains, beside the registrant; without `contact` none is given. */
  contactTypes: readonly string[];
}

export interface TestObjectParts {
  account: EppAccount;
  server: ListenAddress;
  random: Random;
  signal: AbortSignal;
}

const TIMEOUT_MS = 10_000;

/**
 * @returns how many were made now
 * @throws CodedError PROBE_EPP_FAILED if one of them neither exists nor can be made
 */
export async function makeTestObjects(
  objects: TestObjects,
  { account, server, random, signal }: TestObjectParts,
): Promise<number> {
  const seen = await attempt(TIMEOUT_MS, signal, async (over) => {
    const client = await EppClient.connect(server, account, random, over);
    try {
      await client.login(await loginOf(account));
      let count = 0;
      for (const build of creationsOf(objects, random)) {
        const answer = await client.ask(build);
        if (answer.code === OBJECT_EXISTS) continue;
        if (!isDone(answer)) throw new AttemptFailure('epp-command-failed');
        count += 1;
      }
      await client.logout().catch(() => undefined);
      return { count };
    } finally {
      client.close();
    }
  });
  if ('count' in seen) return seen.count;
  const message = `objects for EPP tests cannot be made (${seen.failure}); see probe-errors.md`;
  throw new CodedError('PROBE_EPP_FAILED', message);
}

type Build = (clientId: string) => string;

function creationsOf({ domains, host, contact, contactTypes }: TestObjects, random: Random) {
  const creations: Build[] = [];
  if (contact !== undefined) {
    const password = newPassword(random);
    creations.push((id) => contactCreate(contact, password, id));
  }
  if (host !== undefined) creations.push((id) => hostCreate(host, id));
  for (const name of domains) {
    const creation = { name, password: newPassword(random), contact, contactTypes };
    creations.push((id) => domainCreate(creation, id));
  }
  return creations;
}
