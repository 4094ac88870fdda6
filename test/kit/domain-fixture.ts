/**
 * A register for tests of domains: `two-registrars.ts` with the zones `tld` (contacts kept) and
 * `thin` (none), registrars with a million cents, contacts `admin-a` and `admin-b`, and five hosts.
 */
import { RegisterJobs } from '#registry/flow/lifecycle.ts';
import { OPERATOR } from '#registry/model/caller.ts';
import type { Contact } from '#registry/model/contact.ts';
import type { DomainCreate, DomainUpdate, RestoreReport } from '#registry/model/domain-commands.ts';
import type { PollMessage } from '#registry/model/poll.ts';
import type { ObjectKey, RegisterDraft } from '#registry/model/register.ts';
import type { SetStatus } from '#registry/model/status.ts';
import type { Tld } from '#registry/model/tld.ts';
import {
  callerOf,
  DAY_MS,
  openRegister,
  type RegisterFixture,
  registrarOf,
} from './two-registrars.ts';

export const START_MS = Date.parse('2026-03-01T12:00:00Z');
export const FUNDS = 1_000_000;
export const SECRET = 'a-Secret-of-20-characters';

export const TLD: Tld = {
  name: 'tld',
  repositoryId: 'TLD',
  currency: 'EUR',
  prices: { create: 1000, renew: 1100, transfer: 900, restore: 4000 },
  premium: { gold: { create: 50_000, renew: 20_000 } },
  grace: { add: 5, renew: 5, transfer: 5, autoRenew: 45, redemption: 30, pendingDelete: 5 },
  periodMin: 1,
  periodMax: 10,
  transferDays: 5,
  authInfoDays: 14,
  labelMin: 2,
  contacts: 'thick',
  nameserversMax: 4,
  dsMax: 2,
  ttl: { ns: 3600, ds: 3600, glue: 3600 },
  scripts: ['Latin'],
  brakeShare: 0.1,
};

/** As a registrar sends it to end a restore. */
export const RESTORE_REPORT: RestoreReport = {
  preData: 'before',
  postData: 'after',
  deletedAt: '2026-04-01T00:00:00Z',
  restoredAt: '2026-04-10T00:00:00Z',
  reason: 'registrant error',
  statements: ['not for us', 'the report is true'],
};

const REGISTRARS = ['reg-a', 'reg-b', 'reg-test'];
const HOSTS = [1, 2, 3, 4, 5].map((at) => `ns${at}.example`);

export interface DomainFixture extends RegisterFixture {
  /** Moves the clock and runs the jobs until nothing is due. */
  advanceDays: (days: number) => Promise<void>;
  balance: (id: string) => Promise<number>;
  /** Everything that waits for a registrar, oldest first, acknowledged. */
  drain: (id: string) => Promise<PollMessage[]>;
  /** Writes as the operator, past all rules. */
  put: (keys: ObjectKey[], work: (draft: RegisterDraft) => Promise<void>) => Promise<void>;
}

/** @param changes to the rules of `tld` */
export async function openDomains(changes: Partial<Tld> = {}): Promise<DomainFixture> {
  const fixture = await openRegister();
  const { register, context, setTime } = fixture;
  setTime(START_MS);
  const jobs = new RegisterJobs(context);
  const put: DomainFixture['put'] = (keys, work) =>
    register.run(callerOf(OPERATOR), 'test:put', keys, work);
  const contacts = ['a', 'b'].map(contactOf);
  const keys: ObjectKey[] = [
    ...REGISTRARS.map((id) => `registrar/${id}` as const),
    ...contacts.map(({ id }) => `contact/${id}` as const),
    ...HOSTS.map((name) => `host/${name}` as const),
  ];
  await put(keys, async (draft) => {
    draft.putTld({ ...TLD, ...changes });
    draft.putTld({ ...TLD, name: 'thin', contacts: 'none' });
    draft.putReserved({ tld: 'tld', label: 'nic', reason: 'kept', allow: ['reg-b'] });
    for (const id of REGISTRARS) {
      const testing = id === 'reg-test';
      draft.putRegistrar(registrarOf(id, { testing, balance: { EUR: FUNDS } }));
    }
    for (const contact of contacts) draft.putContact(contact);
    for (const name of HOSTS) draft.putHost(hostOf(name));
    await Promise.resolve();
  });
  fixture.takeTouched();
  return {
    ...fixture,
    put,
    send: (command, from = 'reg-a') => fixture.send(command, from),
    resultOf: (command, from = 'reg-a') => fixture.resultOf(command, from),
    advanceDays: async (days) => {
      const nowMs = context.clock.nowMs() + days * DAY_MS;
      setTime(nowMs);
      while (await jobs.run(nowMs));
    },
    balance: async (id) => (await register.registrar(id))?.balance.EUR ?? Number.NaN,
    drain: async (id) => {
      const drained: PollMessage[] = [];
      for (;;) {
        const next = await register.nextMessage(id);
        if (next === undefined) return drained;
        drained.push(next.message);
        await register.acknowledge(callerOf(id), id, next.message.id);
      }
    },
  };
}

/** As a registrar sends it; the fields given replace what is usual. */
export function domainCreate(name: string, given: Partial<DomainCreate> = {}): DomainCreate {
  const isThin = name.endsWith('.thin');
  const roles = isThin ? [] : (['admin', 'tech'] as const);
  return {
    kind: 'domain:create',
    name,
    nameservers: [],
    ...(!isThin && { registrant: 'admin-a' }),
    contacts: roles.map((role) => ({ role, id: 'admin-a' })),
    authInfo: SECRET,
    ds: [],
    ...given,
  };
}

/** What an update changes; all else stays. */
export interface GivenUpdate extends Pick<DomainUpdate, 'ds' | 'restore' | 'fee'> {
  add?: Partial<DomainUpdate['add']>;
  remove?: Partial<DomainUpdate['remove']>;
  change?: DomainUpdate['change'];
}

export function domainUpdate(name: string, given: GivenUpdate): DomainUpdate {
  const { add, remove, change = {}, ...others } = given;
  const none = { nameservers: [], contacts: [], statuses: [] };
  return {
    kind: 'domain:update',
    name,
    add: { ...none, ...add },
    remove: { ...none, ...remove },
    change,
    ...others,
  };
}

export function status<Status extends string>(name: Status): SetStatus<Status> {
  return { status: name, remark: '', language: 'en' };
}

function contactOf(letter: string): Contact {
  return {
    id: `admin-${letter}`,
    roid: `C${letter}-TLD`,
    postal: [{ type: 'int', name: 'N', street: ['S'], city: 'C', country: 'DE' }],
    email: 'a@example.com',
    statuses: [],
    sponsor: `reg-${letter}`,
    createdBy: `reg-${letter}`,
    createdAtMs: START_MS,
  };
}

function hostOf(name: string) {
  const made = { sponsor: 'reg-b', createdBy: 'reg-b', createdAtMs: START_MS };
  return { roid: `H${name.replaceAll('.', '')}-TLD`, name, addresses: [], statuses: [], ...made };
}
