/**
 * A real register on a store of its own: the zones `tld` and `co.tld`, the registrars `alpha` and
 * `beta` with money, a clock that a test moves, and what the register asked zones to change.
 */
import { expect } from 'vitest';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import { StoredRegister } from '#registry/db/stored-register.ts';
import type { CommandContext } from '#registry/flow/command-context.ts';
import { TLD_DEFAULTS } from '#registry/flow/operator/tld-policy.ts';
import { CommandRunner } from '#registry/flow/run-command.ts';
import { type Caller, REGISTER } from '#registry/model/caller.ts';
import type { CommandOutcome, RegistryCommand } from '#registry/model/command.ts';
import type { ContactCreate } from '#registry/model/contact-commands.ts';
import type { DelegationTask } from '#registry/model/delegation.ts';
import type { DomainCreate } from '#registry/model/domain-commands.ts';
import type { Registrar } from '#registry/model/registrar.ts';
import { RegistryError } from '#registry/model/result.ts';
import { temporaryStore } from './temporary-store.ts';

export const START_MS = Date.parse('2026-11-22T00:00:00Z');
export const DAY_MS = 86_400_000;
export const ALPHA = 'alpha';
export const BETA = 'beta';

/** Hash of no password: such a registrar cannot log in. */
const NO_PASSWORD = 'none';

export interface RegisterFixture {
  register: StoredRegister;
  context: CommandContext;
  runner: CommandRunner;
  /** Owners by zone that the register asked to be changed, since the last call. */
  takeTouched: () => string[];
  /** Sends a command as a registrar, the operator or the register. */
  send: (command: RegistryCommand, from?: string) => Promise<CommandOutcome>;
  /** The result code with which a command is refused, and 1000 or 1001 where it is not. */
  resultOf: (command: RegistryCommand, from?: string) => Promise<number>;
  /** Moves the clock. */
  setTime: (nowMs: number) => void;
}

export function callerOf(registrar: string, svTrid = 'SV-1'): Caller {
  return { registrar, svTrid, receivedAtMs: START_MS, address: '192.0.2.7' };
}

export function registrarOf(id: string, changes: Partial<Registrar> = {}): Registrar {
  return {
    id,
    name: `Registrar ${id}`,
    passwordHash: NO_PASSWORD,
    certificates: [],
    networks: [],
    tlds: [],
    state: 'active',
    testing: false,
    balance: { USD: 1_000_000 },
    credit: {},
    ...changes,
  };
}

export async function openRegister(): Promise<RegisterFixture> {
  const store = await temporaryStore();
  const cell = makeClockCell(START_MS);
  const clock = openClock({ kind: 'cell', cell });
  const random = seededRandom(1);
  const tasks: DelegationTask[] = [];
  const sink = { offer: (task: DelegationTask) => void tasks.push(task) };
  const register = await StoredRegister.open({ store, clock, random, log: silentLog(), sink });
  const context = { register, clock, random };
  const runner = new CommandRunner(context);
  const prices = { create: 1_000, renew: 1_000, transfer: 1_000, restore: 5_000 };
  const rules = { ...TLD_DEFAULTS, repositoryId: 'TEST', currency: 'USD', prices };
  const keys = [`registrar/${ALPHA}`, `registrar/${BETA}`] as const;
  // Neither by the operator's commands, which have tests of their own: one write instead of four.
  await register.run(callerOf(REGISTER), 'test', keys, async (draft) => {
    for (const name of ['tld', 'co.tld']) {
      draft.putTld({ ...rules, name, contacts: 'none', labelMin: 2 });
    }
    for (const id of [ALPHA, BETA]) draft.putRegistrar(registrarOf(id));
  });
  let sent = 0;
  const send = (command: RegistryCommand, from = ALPHA): Promise<CommandOutcome> => {
    sent += 1;
    return runner.run(command, callerOf(from, `SV-${sent}`));
  };
  return {
    register,
    context,
    runner,
    takeTouched: () =>
      tasks.splice(0).flatMap(({ tld, owners }) => owners.map((owner) => `${tld}/${owner}`)),
    send,
    resultOf: async (command, from) => {
      try {
        return (await send(command, from)).result;
      } catch (error) {
        if (error instanceof RegistryError) return error.result;
        throw error;
      }
    },
    setTime: (nowMs) => setClockCell(cell, nowMs),
  };
}

/** Creates a name of which there is nothing but its name servers. */
export function domainCommand(name: string, nameservers: string[] = []): DomainCreate {
  return { kind: 'domain:create', name, nameservers, contacts: [], authInfo: '', ds: [] };
}

/** Registers a name, with these name servers or none. */
export async function registerDomain(
  { send }: RegisterFixture,
  name: string,
  from = ALPHA,
  nameservers: string[] = [],
): Promise<void> {
  const { result } = await send(domainCommand(name, nameservers), from);
  expect(result).toBe(1000);
}

export function contactCommand(id: string, changes: Partial<ContactCreate> = {}): ContactCreate {
  return {
    kind: 'contact:create',
    id,
    postal: [
      {
        type: 'int',
        name: 'Jan Novak',
        street: ['Dlouha 1'],
        city: 'Praha',
        country: 'CZ',
      },
    ],
    voice: { number: '+420.123456789' },
    email: 'jan@example.org',
    authInfo: 'a-secret-of-one',
    ...changes,
  };
}
