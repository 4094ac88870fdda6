/**
 * A whole EPP server for a test: a register on LevelDB with a TLD and two registrars, the runner,
 * TLS with certificates of its own, on a free port. Everything is real.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { systemRandom } from '#base/random.ts';
import { StoredRegister } from '#registry/db/stored-register.ts';
import type { EppLimits } from '#registry/epp/epp-limits.ts';
import type { EppMetrics } from '#registry/epp/epp-metrics.ts';
import { type EppServer, startEppServer } from '#registry/epp/epp-server.ts';
import type { CommandPort } from '#registry/epp/epp-session.ts';
import type { CommandContext } from '#registry/flow/command-context.ts';
import {
  type RegistrarProfile,
  registrarCreate,
} from '#registry/flow/operator/registrar-accounts.ts';
import { tldCreate } from '#registry/flow/operator/tld-policy.ts';
import { CommandRunner } from '#registry/flow/run-command.ts';
import { type Caller, OPERATOR } from '#registry/model/caller.ts';
import { openLevelStore } from '#store/level-store.ts';
import { freePort } from '../free-port.ts';
import { EppTestClient, type LoginOptions, loginCommand, resultOf } from './epp-client.ts';
import { type MadeAuthority, type MadeIdentity, makeTestAuthority } from './made-certificates.ts';

export interface EppFixtureOptions {
  limits?: Partial<EppLimits>;
  clock?: Clock;
  metrics?: EppMetrics;
  /** In front of the runner, to delay or to count. */
  wrap?: (runner: CommandPort) => CommandPort;
  /** Of the first registrar. */
  profile?: (identity: MadeIdentity) => Partial<RegistrarProfile>;
}

export interface EppAccount {
  id: string;
  password: string;
  identity: MadeIdentity;
}

const PROFILE: Omit<RegistrarProfile, 'name'> = {
  certificates: [],
  networks: [],
  tlds: [],
  state: 'active',
  testing: false,
  credit: { USD: 1_000_000_00 },
};

type FixtureParts = Pick<
  EppFixture,
  'server' | 'runner' | 'register' | 'context' | 'authority' | 'accounts' | 'renewCertificate'
>;

export class EppFixture {
  readonly server: EppServer;
  readonly register: StoredRegister;
  readonly runner: CommandRunner;
  readonly context: CommandContext;
  readonly authority: MadeAuthority;
  /** The registrars ALPHA and BETA. */
  readonly accounts: readonly [EppAccount, EppAccount];
  /** Gives the server another certificate, for its next reload. */
  readonly renewCertificate: () => void;
  readonly #stack: AsyncDisposableStack;

  private constructor(parts: FixtureParts, stack: AsyncDisposableStack) {
    this.renewCertificate = parts.renewCertificate;
    this.server = parts.server;
    this.register = parts.register;
    this.runner = parts.runner;
    this.context = parts.context;
    this.authority = parts.authority;
    this.accounts = parts.accounts;
    this.#stack = stack;
  }

  static async open(options: EppFixtureOptions = {}): Promise<EppFixture> {
    await using stack = new AsyncDisposableStack();
    const clock = options.clock ?? openClock({ kind: 'system' });
    const random = systemRandom();
    const log = silentLog();
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-epp-'));
    stack.defer(() => rm(folder, { recursive: true }));
    const store = await openLevelStore(folder);
    stack.defer(() => store.close());
    const register = await StoredRegister.open({ store, clock, random, log });
    stack.defer(() => register.close());
    const context = { register, clock, random };
    const authority = makeTestAuthority('Test CA', Date.now());
    const accounts = await addAccounts(context, authority, options);
    const runner = new CommandRunner(context);
    const credentials = { served: authority.issue('server', 'localhost') };
    const server = await startEppServer({
      listen: { address: '127.0.0.1', port: await freePort(), family: 4, optional: false },
      tls: () => Promise.resolve({ ...credentials.served, clientCa: authority.certificate }),
      runner: options.wrap?.(runner) ?? runner,
      ...context,
      log,
      ...(options.limits && { limits: options.limits }),
      ...(options.metrics && { metrics: options.metrics }),
      announce: { serverId: 'Test registry' },
    });
    stack.defer(() => server.close());
    const renewCertificate = (): void => {
      credentials.served = authority.issue('server', 'localhost');
    };
    const parts = { server, runner, register, context, authority, accounts, renewCertificate };
    return new EppFixture(parts, stack.move());
  }

  /** Of the first registrar, or of this account. */
  clientOptions({ identity }: EppAccount = this.accounts[0]) {
    const { certificate, key } = identity;
    return { port: this.server.address.port, ca: this.authority.certificate, certificate, key };
  }

  /** Connected and greeted. */
  connect(account: EppAccount = this.accounts[0]): Promise<EppTestClient> {
    return EppTestClient.greeted(this.clientOptions(account));
  }

  /** Connected and logged in. */
  async login(
    account: EppAccount = this.accounts[0],
    options: Partial<LoginOptions> = {},
  ): Promise<EppTestClient> {
    const client = await this.connect(account);
    const { id, password } = account;
    const answer = await client.ask(loginCommand({ id, password, ...options }));
    if (resultOf(answer) !== 1000) throw new Error(`the login failed: ${answer}`);
    return client;
  }

  /** Who the operator's commands come from. */
  operator(): Caller {
    return { registrar: OPERATOR, svTrid: 'OP-1', receivedAtMs: this.context.clock.nowMs() };
  }

  close(): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

async function addAccounts(
  context: CommandContext,
  authority: MadeAuthority,
  options: EppFixtureOptions,
): Promise<[EppAccount, EppAccount]> {
  const caller = { registrar: OPERATOR, svTrid: 'OP-1', receivedAtMs: context.clock.nowMs() };
  const prices = { create: 1000, renew: 800, transfer: 900, restore: 5000 };
  await tldCreate(
    context,
    { name: 'tld', repositoryId: 'TLD', currency: 'USD', prices, contacts: 'none' },
    caller,
  );
  const add = async (id: string, isFirst: boolean): Promise<EppAccount> => {
    const identity = authority.issue('client', id.toLowerCase());
    const more = isFirst ? options.profile?.(identity) : undefined;
    const profile = { ...PROFILE, name: `Registrar ${id}`, ...more };
    const { password } = await registrarCreate(context, id, profile, caller);
    return { id, password, identity };
  };
  return [await add('ALPHA', true), await add('BETA', false)];
}
