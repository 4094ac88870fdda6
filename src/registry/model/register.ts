/**
 * The register as commands see it: objects that are read, and a draft that collects what a command
 * writes. A draft is committed whole, in one synced batch with its journal entry, or not at all.
 */
import type { Caller } from './caller.ts';
import type { Contact } from './contact.ts';
import type { Domain } from './domain.ts';
import type { DueObject } from './due.ts';
import type { Host } from './host.ts';
import type { PollData, PollMessage } from './poll.ts';
import type { Registrar } from './registrar.ts';
import type { ReservedName, Tld } from './tld.ts';

/** Reads one moment; in a draft, with what the draft wrote. All names as `Domain.name`. */
export interface RegisterReader {
  domain(name: string): Promise<Domain | undefined>;
  host(name: string): Promise<Host | undefined>;
  contact(id: string): Promise<Contact | undefined>;
  registrar(id: string): Promise<Registrar | undefined>;
  /** Held in memory, as there are few. */
  tlds(): readonly Tld[];
  reserved(tld: string, label: string): ReservedName | undefined;
  /** Names of the domains that are delegated to a host, in order; at most `limit`. */
  domainsOfHost(host: string, limit: number): Promise<string[]>;
  /** Names of the hosts under a domain, in order; at most `limit`. */
  hostsOfDomain(domain: string, limit: number): Promise<string[]>;
  /** Names of the domains that name a contact, in order; at most `limit`. */
  domainsOfContact(contact: string, limit: number): Promise<string[]>;
}

/** What a registrar's command counts as in the monthly summary (registry contract 3.11). */
export interface TransactionCount {
  registrar: string;
  tld: string;
  /** As `domain:create`. */
  command: string;
}

/** What a command writes. Links, jobs' due times and the journal follow from the objects. */
export interface RegisterDraft extends RegisterReader {
  putDomain(domain: Domain): void;
  deleteDomain(name: string): void;
  putHost(host: Host): void;
  deleteHost(name: string): void;
  putContact(contact: Contact): void;
  deleteContact(id: string): void;
  putRegistrar(registrar: Registrar): void;
  deleteRegistrar(id: string): void;
  putTld(tld: Tld): void;
  deleteTld(name: string): void;
  putReserved(name: ReservedName): void;
  deleteReserved(tld: string, label: string): void;
  /** A roid that no object ever had: `D123-TLD`. */
  newRoid(letter: 'D' | 'H' | 'C', repositoryId: string): string;
  queue(registrar: string, text: string, data?: PollData): void;
  /** Owner names whose records in the zone of `tld` may have to change. */
  touch(tld: string, owner: string): void;
}

/** What is locked while a command runs: objects that it reads to decide or writes. */
export type ObjectKey =
  | `domain/${string}`
  | `host/${string}`
  | `contact/${string}`
  | `registrar/${string}`;

/** Where commands run. */
export interface Register extends RegisterReader {
  /**
   * Runs `work` while nobody else holds one of `keys` and commits what it drafted. A throw leaves
   * everything as it was. Resolves when it is durable.
   * @param command as `domain:create`: for the journal and the counts
   */
  run<T>(
    caller: Caller,
    command: string,
    keys: readonly ObjectKey[],
    work: (draft: RegisterDraft) => Promise<T>,
  ): Promise<T>;
  /**
   * As `run`, while no other command runs: all before it are durable, and nobody begins before it
   * is. For what must know that nobody adds to what it counts.
   */
  runAlone<T>(
    caller: Caller,
    command: string,
    keys: readonly ObjectKey[],
    work: (draft: RegisterDraft) => Promise<T>,
  ): Promise<T>;
  /** How many domains lie in a TLD. */
  domainCount(tld: string): Promise<number>;
  /** How many objects a registrar sponsors, and how many are being transferred to it. */
  heldCount(registrar: string): Promise<number>;
  /** The oldest message and how many wait; `undefined`: none. */
  nextMessage(registrar: string): Promise<{ message: PollMessage; count: number } | undefined>;
  /** @returns how many wait then; `undefined`: there is no such message */
  acknowledge(caller: Caller, registrar: string, id: number): Promise<number | undefined>;
  /** Domains with something due by then, oldest first, behind `after`; at most `limit`. */
  due(nowMs: number, limit: number, after?: DueObject): Promise<DueObject[]>;
  /** Contacts with a transfer due by then, as `due`. */
  dueContacts(nowMs: number, limit: number, after?: DueObject): Promise<DueObject[]>;
  /** Sum of what registrars did in a month, UTC. @param month `YYYY-MM` */
  transactions(month: string): Promise<(TransactionCount & { count: number })[]>;
  registrars(): Promise<Registrar[]>;
  /** How many names are reserved in a TLD. */
  reservedCount(tld: string): number;
  /** All of a TLD, in the order of labels. */
  reservedNames(tld: string): ReservedName[];
}
