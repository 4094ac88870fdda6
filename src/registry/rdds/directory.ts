/**
 * Looks things up in database B for every output. What it gives is complete and already fit to be
 * shown: contacts have been through the disclosure policy, statuses are those that follow, and the
 * instant is the replica's true one.
 */
import type { Clock } from '#base/clock.ts';
import { errorCode } from '#base/coded-error.ts';
import { HttpError } from '#http/http-error.ts';
import type { RgpStatus } from '#registry/model/domain.ts';
import { shownDomainStatuses, shownRgpStatuses } from '#registry/model/shown-status.ts';
import type { ShownDomainStatus } from '#registry/model/status.ts';
import { type DisclosedContact, discloseContact, type PartyRole } from './disclosure-policy.ts';
import type {
  DirectoryContact,
  DirectoryDomain,
  DirectoryHost,
  DirectoryRegistrar,
} from './replica/directory-row.ts';
import { registrarNameTerm, type Term } from './replica/replica-rows.ts';
import type { ReplicaStore } from './replica/replica-store.ts';
import type { ReplicaView } from './replica/replica-view.ts';

/** Name servers that one address finds, at most. */
const HOSTS_MAX = 100;
/** A first copy takes a while. */
const RETRY_AFTER_S = 10;

export interface ShownDomain {
  kind: 'domain';
  domain: DirectoryDomain;
  statuses: (ShownDomainStatus | RgpStatus)[];
  registrar: DirectoryRegistrar | undefined;
  /** Registrant first, then in the order of roles. */
  contacts: DisclosedContact[];
  /** In the domain's order; without addresses where the host is not the register's. */
  nameservers: { name: string; addresses: readonly string[] }[];
}

export interface ShownHost {
  kind: 'nameserver';
  host: DirectoryHost;
  registrar: DirectoryRegistrar | undefined;
}

export interface ShownRegistrar {
  kind: 'registrar';
  registrar: DirectoryRegistrar;
}

export interface ShownContact {
  kind: 'contact';
  contact: DisclosedContact;
  statuses: DirectoryContact['statuses'];
  dates: Pick<DirectoryContact, 'createdAtMs' | 'updatedAtMs' | 'transferredAtMs'>;
  registrar: DirectoryRegistrar | undefined;
}

/** What a look-up came to. */
export interface Found<Shown> {
  /** Empty: there is no such object. */
  objects: Shown[];
  /** The register's clock: as of when this is so. */
  asOfMs: number;
}

export interface DirectoryOptions {
  replica: ReplicaStore;
  clock: Clock;
  /** A row is damaged; the look-up that met it fails. */
  onDamaged: (error: unknown) => void;
}

/**
 * All names and addresses are in the register's form (directory-query.ts). Every look-up raises
 * HttpError RDDS_EMPTY until database B was filled, and StoreError STORE_DAMAGED.
 */
export class Directory {
  readonly #options: DirectoryOptions;

  constructor(options: DirectoryOptions) {
    this.#options = options;
  }

  findDomain(name: string): Promise<Found<ShownDomain>> {
    return this.#look(async (view) => {
      const domain = await view.find('domain', name);
      return domain === undefined ? [] : [await this.#shownDomain(view, domain)];
    });
  }

  findHost(name: string): Promise<Found<ShownHost>> {
    return this.#look((view) => shownHosts(view, [name]));
  }

  findHostsByAddress(address: string): Promise<Found<ShownHost>> {
    return this.#look(async (view) =>
      shownHosts(view, await view.keysOf(`host-address/${address}`, HOSTS_MAX)),
    );
  }

  /** @param text its IANA number or its name, without regard to case */
  findRegistrar(text: string): Promise<Found<ShownRegistrar>> {
    return this.#look(async (view) => {
      const term: Term = /^\d+$/.test(text)
        ? `registrar-iana/${Number(text)}`
        : registrarNameTerm(text);
      const keys = await view.keysOf(term, 1);
      const found = await Promise.all(keys.map((key) => view.find('registrar', key)));
      return found
        .filter((registrar) => registrar !== undefined)
        .map((registrar) => ({ kind: 'registrar', registrar }));
    });
  }

  /** @param handle its roid, or the id that the registrar gave it */
  findContact(handle: string): Promise<Found<ShownContact>> {
    return this.#look(async (view) => {
      const [id = handle] = await view.keysOf(`contact-roid/${handle}`, 1);
      const contact = await view.find('contact', id);
      if (contact === undefined) return [];
      const registrar = await view.find('registrar', contact.sponsor);
      const shown = discloseContact(contact, 'itself');
      const { statuses } = contact;
      return [{ kind: 'contact', contact: shown, statuses, dates: contact, registrar }];
    });
  }

  async #look<Shown>(read: (view: ReplicaView) => Promise<Shown[]>): Promise<Found<Shown>> {
    const view = this.#options.replica.view();
    if (view === undefined) throw neverFilled();
    try {
      return { objects: await read(view), asOfMs: view.asOfMs };
    } catch (error) {
      if (errorCode(error) === 'STORE_DAMAGED') this.#options.onDamaged(error);
      throw error;
    } finally {
      await view.close();
    }
  }

  async #shownDomain(view: ReplicaView, domain: DirectoryDomain): Promise<ShownDomain> {
    const [registrar, contacts, nameservers] = await Promise.all([
      view.find('registrar', domain.sponsor),
      shownContacts(view, domain),
      shownNameservers(view, domain),
    ]);
    const statuses = shownDomainStatuses(domain).map(({ status }) => status);
    const periods = shownRgpStatuses(domain, this.#options.clock.nowMs());
    // Of a deletion both say `pendingDelete` in the end.
    const all = [...new Set<ShownDomainStatus | RgpStatus>([...statuses, ...periods])];
    return { kind: 'domain', domain, statuses: all, registrar, contacts, nameservers };
  }
}

/** Rather no answer than that there is no such name. */
function neverFilled(): HttpError {
  return new HttpError('RDDS_EMPTY', 503, 'The directory has no copy of the register yet', {
    headers: { 'retry-after': String(RETRY_AFTER_S) },
  });
}

const ROLE_ORDER: readonly PartyRole[] = ['registrant', 'admin', 'tech', 'billing'];

async function shownContacts(
  view: ReplicaView,
  { registrant, contacts }: DirectoryDomain,
): Promise<DisclosedContact[]> {
  const parties: { role: PartyRole; id: string }[] = [
    ...(registrant === undefined ? [] : [{ role: 'registrant' as const, id: registrant }]),
    ...contacts,
  ];
  parties.sort((one, other) => ROLE_ORDER.indexOf(one.role) - ROLE_ORDER.indexOf(other.role));
  const found = await Promise.all(
    parties.map(async ({ role, id }) => {
      const contact = await view.find('contact', id);
      return contact && discloseContact(contact, role);
    }),
  );
  return found.filter((contact) => contact !== undefined);
}

function shownNameservers(
  view: ReplicaView,
  { nameservers }: DirectoryDomain,
): Promise<ShownDomain['nameservers']> {
  return Promise.all(
    nameservers.map(async (name) => {
      const host = await view.find('host', name);
      return { name, addresses: host?.addresses ?? [] };
    }),
  );
}

async function shownHosts(view: ReplicaView, names: readonly string[]): Promise<ShownHost[]> {
  const found = await Promise.all(names.map((name) => view.find('host', name)));
  return Promise.all(
    found
      .filter((host) => host !== undefined)
      .map(async (host) => {
        const registrar = await view.find('registrar', host.sponsor);
        return { kind: 'nameserver' as const, host, registrar };
      }),
  );
}
