/**
 * Whatever registrars send in whatever order, and however time goes by: money is what fees and refunds
 * make it, links are what the objects say, a name is never in two states at once, and a zone that
 * follows what the register touches holds what the register says.
 */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { isDelegated, readDelegation } from '#registry/flow/delegation.ts';
import type { RegistryCommand } from '#registry/model/command.ts';
import type { Domain } from '#registry/model/domain.ts';
import { nextDomainDueMs } from '#registry/model/due.ts';
import { RegistryError } from '#registry/model/result.ts';
import type { TransferOperation } from '#registry/model/transfer.ts';
import {
  type DomainFixture,
  domainCreate,
  domainUpdate,
  FUNDS,
  openDomains,
  RESTORE_REPORT,
  SECRET,
  status,
  TLD,
} from '../../kit/domain-fixture.ts';
import { DAY_MS } from '../../kit/two-registrars.ts';

const NAMES = ['one.thin', 'two.thin', 'six.thin'];
const REGISTRARS = ['reg-a', 'reg-b'];
const HOSTS = ['ns.one.thin', 'ns.two.thin', 'ns1.example'];
const EXTERNAL = 'ns1.example';

const WANTED = [
  'domain:create',
  'domain:delete',
  'domain:transfer approve',
  'domain:transfer cancel',
  'domain:transfer reject',
  'domain:transfer request',
  'domain:update',
  'domain:update report',
  'domain:update request',
  'host:create',
  'host:delete',
];

/** Who sends a command: of its name, the sponsor or the other registrar. */
type Role = 'sponsor' | 'other';
type Sent = { by: Role; command: RegistryCommand };
/** `pick`: one of the commands that make sense for a name as it is. */
type Step = Sent | { name: string; pick: number } | { days: number } | 'next';

const name = fc.constantFrom(...NAMES);
const host = fc.constantFrom(...HOSTS);
const held = fc.constantFrom('clientHold' as const, 'clientTransferProhibited' as const);

const years = fc.integer({ min: 1, max: 3 });
const servers = fc.constantFrom<string[]>([], [EXTERNAL], ['ns.two.thin']);

/** Commands of a sponsor, with how often they come. */
const COMMANDS: [number, fc.Arbitrary<RegistryCommand>][] = [
  [
    6,
    fc
      .tuple(name, servers, years)
      .map(([of, nameservers, term]) => domainCreate(of, { nameservers, years: term })),
  ],
  [4, fc.tuple(name, host).map(([of, ns]) => domainUpdate(of, { add: { nameservers: [ns] } }))],
  [3, fc.tuple(name, host).map(([of, ns]) => domainUpdate(of, { remove: { nameservers: [ns] } }))],
  [
    2,
    fc.tuple(name, held).map(([of, set]) => domainUpdate(of, { add: { statuses: [status(set)] } })),
  ],
  [4, fc.tuple(name, held).map(([of, set]) => domainUpdate(of, { remove: { statuses: [set] } }))],
  [4, name.map((of) => domainUpdate(of, { change: { authInfo: SECRET } }))],
  [3, name.map((of) => ({ kind: 'domain:delete' as const, name: of }))],
  [4, name.map((of) => domainUpdate(of, { restore: { operation: 'request' } }))],
  [
    4,
    name.map((of) =>
      domainUpdate(of, { restore: { operation: 'report', report: RESTORE_REPORT } }),
    ),
  ],
  [
    5,
    host.map((of) => ({
      kind: 'host:create' as const,
      name: of,
      addresses: [{ family: 'v4' as const, text: '192.0.2.1' }],
    })),
  ],
  [3, host.map((of) => ({ kind: 'host:delete' as const, name: of }))],
];

const command = fc.oneof(...COMMANDS.map(([weight, arbitrary]) => ({ weight, arbitrary })));
const role: fc.Arbitrary<Role> = fc.constantFrom('sponsor', 'sponsor', 'sponsor', 'other');

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ by: role, command }) },
  { weight: 8, arbitrary: fc.record({ name, pick: fc.nat({ max: 60 }) }) },
  { weight: 1, arbitrary: years.map((days) => ({ days })) },
  { weight: 3, arbitrary: fc.constant('next' as const) },
);

function transferOf(by: Role, operation: TransferOperation, of: string): Sent {
  return { by, command: { kind: 'domain:transfer', operation, name: of, authInfo: SECRET } };
}

function own(sent: RegistryCommand): Sent {
  return { by: 'sponsor', command: sent };
}

/** What its sponsor, or another, would send for a name that is as it is. */
function sensible(of: string, domain: Domain | undefined): Sent[] {
  if (domain === undefined) return [own(domainCreate(of, { nameservers: [EXTERNAL] }))];
  if (domain.transfer?.status === 'pending') {
    const decided = (['approve', 'reject'] as const).map((each) => transferOf('sponsor', each, of));
    return [...decided, transferOf('other', 'cancel', of)];
  }
  const states = domain.periods.map((period) => period.status);
  if (states.includes('pendingRestore')) {
    return [own(domainUpdate(of, { restore: { operation: 'report', report: RESTORE_REPORT } }))];
  }
  if (states.includes('redemptionPeriod')) {
    return [own(domainUpdate(of, { restore: { operation: 'request' } }))];
  }
  return [
    own(domainUpdate(of, { change: { authInfo: SECRET } })),
    transferOf('other', 'request', of),
    own({ kind: 'domain:delete', name: of }),
  ];
}

it('random commands keep what must always hold', async () => {
  const done = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 100, maxLength: 160 }), async (steps) => {
      const model = new Model(await openDomains(), done);
      for (const each of steps) {
        await model.take(each);
        await checkAll(model);
      }
    }),
    { numRuns: 12, endOnFailure: true },
  );
  // What is never done proves nothing.
  expect([...done.keys()].sort()).toEqual(WANTED);
});

class Model {
  readonly test: DomainFixture;
  readonly funds = new Map(REGISTRARS.map((id) => [id, FUNDS]));
  readonly zone = new Map<string, unknown>();
  /** How often each kind of command was done. */
  readonly #done: Map<string, number>;

  constructor(test: DomainFixture, done: Map<string, number>) {
    this.test = test;
    this.#done = done;
  }

  async take(each: Step): Promise<void> {
    if (each === 'next') await this.#passTime();
    else if ('days' in each) for (let day = 0; day < each.days; day++) await this.#passTime(DAY_MS);
    else if ('pick' in each) {
      const choices = sensible(each.name, await this.#domainOf(each.name));
      const { command: sent, by } = choices[each.pick % choices.length];
      await this.#send(sent, by);
    } else await this.#send(each.command, each.by);
    await this.#followZone();
  }

  async #send(sent: RegistryCommand, sender: Role): Promise<void> {
    const { send } = this.test;
    const of = 'name' in sent ? sent.name : '';
    const before = await this.#domainOf(NAMES.find((each) => of.endsWith(each)) ?? '');
    const isSponsor = sender === 'sponsor';
    const by = ((before?.sponsor ?? 'reg-a') === 'reg-a') === isSponsor ? 'reg-a' : 'reg-b';
    try {
      const { data } = await send(sent, by);
      const isRestore = 'restore' in sent && sent.restore?.operation;
      const what = 'operation' in sent ? sent.operation : isRestore || '';
      const kind = [sent.kind, what].filter((part) => part !== '').join(' ');
      this.#done.set(kind, (this.#done.get(kind) ?? 0) + 1);
      const { fee, refund } = data as { fee?: { amount: number }; refund?: { amount: number } };
      this.#pay(by, fee?.amount ?? 0);
      this.#pay(by, -(refund?.amount ?? 0));
      const { transfer } = data.kind === 'domain:transfer' ? data : {};
      if (transfer !== undefined && /Rejected|Cancelled/.test(transfer.status)) {
        this.#pay(transfer.gaining, -TLD.prices.transfer);
      }
      if (transfer?.status === 'clientApproved' && before !== undefined) {
        this.#takeBackRenewal(before);
      }
      await this.#renewRestored(of);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
    }
  }

  /** A name that expired between the request to restore it and the report is renewed at once. */
  async #renewRestored(of: string): Promise<void> {
    const { context, advanceDays } = this.test;
    const domain = await this.#domainOf(of);
    if (domain === undefined || isGoing(domain)) return;
    if (domain.expiresAtMs > context.clock.nowMs()) return;
    this.#pay(domain.sponsor, TLD.prices.renew);
    await advanceDays(0);
  }

  /** To the next moment at which something is due, or by so much. */
  async #passTime(byMs?: number): Promise<void> {
    const { context, setTime, advanceDays } = this.test;
    const nowMs = context.clock.nowMs();
    const domains = await this.domains();
    const next = Math.min(...domains.map(nextDomainDueMs));
    const untilMs = byMs === undefined ? next : Math.min(next, nowMs + byMs);
    if (!Number.isFinite(untilMs)) return;
    for (const domain of domains) {
      if (domain.transfer?.status === 'pending' && domain.transfer.actsAtMs === untilMs) {
        setTime(untilMs);
        this.#takeBackRenewal(domain);
      } else if (domain.expiresAtMs === untilMs && !isGoing(domain)) {
        this.#pay(domain.sponsor, TLD.prices.renew);
      }
    }
    setTime(untilMs);
    await advanceDays(0);
  }

  #takeBackRenewal({ periods, sponsor }: Domain): void {
    const nowMs = this.test.context.clock.nowMs();
    for (const { status: period, endsAtMs } of periods) {
      if (period === 'autoRenewPeriod' && endsAtMs > nowMs) this.#pay(sponsor, -TLD.prices.renew);
    }
  }

  #pay(id: string, amount: number): void {
    this.funds.set(id, (this.funds.get(id) ?? 0) - amount);
  }

  async #followZone(): Promise<void> {
    const { takeTouched, register } = this.test;
    for (const touched of takeTouched()) {
      const [tld = '', owner = ''] = touched.split('/');
      this.zone.set(owner, await readDelegation(register, tld, owner));
    }
  }

  async #domainOf(of: string): Promise<Domain | undefined> {
    return this.test.register.domain(of);
  }

  async domains(): Promise<Domain[]> {
    const found = await Promise.all(NAMES.map((of) => this.#domainOf(of)));
    return found.filter((domain) => domain !== undefined);
  }
}

async function checkAll(model: Model): Promise<void> {
  const { test, funds, zone } = model;
  const { register, balance, context } = test;
  const nowMs = context.clock.nowMs();
  for (const id of REGISTRARS) expect(await balance(id)).toBe(funds.get(id));
  const domains = await model.domains();
  for (const domain of domains) checkDomain(domain, nowMs);
  for (const of of HOSTS) {
    const users = domains.filter(({ nameservers }) => nameservers.includes(of));
    expect(await register.domainsOfHost(of, 9)).toEqual(users.map((each) => each.name).sort());
  }
  for (const { name: of, sponsor } of domains) {
    for (const below of await register.hostsOfDomain(of, 9)) {
      expect(await register.host(below)).toMatchObject({ superordinate: of, sponsor });
    }
  }
  for (const owner of [...NAMES, ...HOSTS]) {
    const empty = { owner, nameservers: [], ds: [], addresses: [] };
    const wanted = await readDelegation(register, 'thin', owner);
    expect(zone.get(owner) ?? empty).toEqual(wanted);
  }
}

function isGoing({ statuses }: Domain): boolean {
  return statuses.some((set) => set.status === 'pendingDelete');
}

function checkDomain(domain: Domain, nowMs: number): void {
  const { statuses, periods, transfer, expiresAtMs, deletion } = domain;
  const names = statuses.map((set) => set.status);
  expect(new Set(names).size).toBe(names.length);
  expect(names.includes('pendingTransfer')).toBe(transfer?.status === 'pending');
  expect(names.includes('pendingTransfer') && names.includes('pendingDelete')).toBe(false);
  const isWaiting = periods.some(({ status: of }) =>
    ['redemptionPeriod', 'pendingRestore', 'pendingDelete'].includes(of),
  );
  expect(isWaiting).toBe(isGoing(domain));
  expect(deletion !== undefined).toBe(isGoing(domain));
  expect(isGoing(domain) && isDelegated(domain)).toBe(false);
  if (!isGoing(domain)) expect(expiresAtMs).toBeGreaterThan(nowMs);
  expect(nextDomainDueMs(domain)).toBeGreaterThan(nowMs);
  expect(REGISTRARS).toContain(domain.sponsor);
}
