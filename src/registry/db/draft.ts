/**
 * What one command reads and writes. It sees its own writes, then what is on its way to the disk,
 * then the disk; objects that the command locked are read at once, before it begins. Only what is
 * locked may be written: anything else could be lost to another command.
 */
import { assert } from '#base/assert.ts';
import { formatBase32Hex } from '#base/bytes.ts';
import type { Random } from '#base/random.ts';
import type { Contact } from '#registry/model/contact.ts';
import type { Domain } from '#registry/model/domain.ts';
import type { Host } from '#registry/model/host.ts';
import type { PollData } from '#registry/model/poll.ts';
import type { ObjectKey, RegisterDraft } from '#registry/model/register.ts';
import {
  outgoingRow,
  type RegisterObjects,
  type RegisterRowType,
} from '#registry/model/register-change.ts';
import type { Registrar } from '#registry/model/registrar.ts';
import type { ReservedName, Tld } from '#registry/model/tld.ts';
import type { DraftedMessage, DraftedObject } from './drafted-command.ts';
import { rowKeyOf } from './register-rows.ts';
import type { RowReader } from './row-reader.ts';
import type { SmallTables } from './small-tables.ts';

/** Octets of chance in a roid: 80 bits, so that none comes twice. */
const ROID_OCTETS = 10;

export class Draft implements RegisterDraft {
  readonly messages: DraftedMessage[] = [];
  /** Owners by TLD. */
  readonly touched = new Map<string, Set<string>>();
  readonly #rows: RowReader;
  readonly #tables: SmallTables;
  readonly #random: Random;
  readonly #locked: ReadonlySet<string>;
  /** As they are without this draft, by `type/key`. */
  readonly #read = new Map<string, object | undefined>();
  readonly #written = new Map<string, { type: RegisterRowType; key: string; after?: object }>();

  constructor(
    rows: RowReader,
    tables: SmallTables,
    random: Random,
    locked: ReadonlySet<ObjectKey>,
  ) {
    this.#rows = rows;
    this.#tables = tables;
    this.#random = random;
    this.#locked = locked;
  }

  /** Reads what is locked, all at once for each type. */
  async prefetch(): Promise<void> {
    const byType = Map.groupBy(this.#locked, (key) => key.slice(0, key.indexOf('/')));
    const reads = [...byType].map(async ([type, keys]) => {
      const names = keys.map((key) => key.slice(type.length + 1));
      const found = await this.#rows.objects(type as RegisterRowType, names);
      for (const [index, name] of names.entries()) this.#read.set(`${type}/${name}`, found[index]);
    });
    await Promise.all(reads);
  }

  domain(name: string): Promise<Domain | undefined> {
    return this.#get('domain', name);
  }

  host(name: string): Promise<Host | undefined> {
    return this.#get('host', name);
  }

  contact(id: string): Promise<Contact | undefined> {
    return this.#get('contact', id);
  }

  registrar(id: string): Promise<Registrar | undefined> {
    return this.#get('registrar', id);
  }

  tlds(): readonly Tld[] {
    const written = [...this.#written.values()].filter(({ type }) => type === 'tld');
    if (written.length === 0) return this.#tables.tlds();
    const tlds = new Map(this.#tables.tlds().map((tld) => [tld.name, tld]));
    for (const { key, after } of written) {
      if (after === undefined) tlds.delete(key);
      else tlds.set(key, after as Tld);
    }
    return [...tlds.values()];
  }

  reserved(tld: string, label: string): ReservedName | undefined {
    const written = this.#written.get(`reserved/${label}.${tld}`);
    if (written !== undefined) return written.after as ReservedName | undefined;
    return this.#tables.reserved(tld, label);
  }

  domainsOfHost(host: string, limit: number): Promise<string[]> {
    const uses = (domain: Domain): boolean => domain.nameservers.includes(host);
    return this.#linked('domain', (count) => this.#rows.domainsOfHost(host, count), uses, limit);
  }

  hostsOfDomain(domain: string, limit: number): Promise<string[]> {
    const isBelow = (host: Host): boolean => host.superordinate === domain;
    return this.#linked('host', (count) => this.#rows.hostsOfDomain(domain, count), isBelow, limit);
  }

  domainsOfContact(contact: string, limit: number): Promise<string[]> {
    const names = (domain: Domain): boolean =>
      domain.registrant === contact || domain.contacts.some(({ id }) => id === contact);
    return this.#linked(
      'domain',
      (count) => this.#rows.domainsOfContact(contact, count),
      names,
      limit,
    );
  }

  putDomain(domain: Domain): void {
    this.#write('domain', domain.name, domain);
  }

  deleteDomain(name: string): void {
    this.#write('domain', name, undefined);
  }

  putHost(host: Host): void {
    this.#write('host', host.name, host);
  }

  deleteHost(name: string): void {
    this.#write('host', name, undefined);
  }

  putContact(contact: Contact): void {
    this.#write('contact', contact.id, contact);
  }

  deleteContact(id: string): void {
    this.#write('contact', id, undefined);
  }

  putRegistrar(registrar: Registrar): void {
    this.#write('registrar', registrar.id, registrar);
  }

  deleteRegistrar(id: string): void {
    this.#write('registrar', id, undefined);
  }

  putTld(tld: Tld): void {
    this.#write('tld', tld.name, tld);
  }

  deleteTld(name: string): void {
    this.#write('tld', name, undefined);
  }

  putReserved(name: ReservedName): void {
    this.#write('reserved', rowKeyOf('reserved', name), name);
  }

  deleteReserved(tld: string, label: string): void {
    this.#write('reserved', `${label}.${tld}`, undefined);
  }

  newRoid(letter: 'D' | 'H' | 'C', repositoryId: string): string {
    return `${letter}${formatBase32Hex(this.#random.bytes(ROID_OCTETS))}-${repositoryId}`;
  }

  queue(registrar: string, text: string, data?: PollData): void {
    if (data === undefined) {
      this.messages.push({ registrar, text });
      return;
    }
    this.messages.push({ registrar, text, data: withoutSecrets(data) });
  }

  touch(tld: string, owner: string): void {
    const owners = this.touched.get(tld) ?? new Set();
    this.touched.set(tld, owners.add(owner));
  }

  /** Everything that was written, with what was there before it. */
  async objects(): Promise<DraftedObject[]> {
    const drafted: DraftedObject[] = [];
    for (const [place, { type, key, after }] of this.#written) {
      if (!this.#read.has(place)) await this.#load(type, key);
      const before = this.#read.get(place);
      if (before !== undefined || after !== undefined) drafted.push({ type, key, before, after });
    }
    return drafted;
  }

  async #get<T extends RegisterRowType>(
    type: T,
    key: string,
  ): Promise<RegisterObjects[T] | undefined> {
    const place = `${type}/${key}`;
    const written = this.#written.get(place);
    if (written !== undefined) return written.after as RegisterObjects[T] | undefined;
    if (!this.#read.has(place)) await this.#load(type, key);
    return this.#read.get(place) as RegisterObjects[T] | undefined;
  }

  async #load(type: RegisterRowType, key: string): Promise<void> {
    const [found] = await this.#rows.objects(type, [key]);
    this.#read.set(`${type}/${key}`, found);
  }

  #write(type: RegisterRowType, key: string, after: object | undefined): void {
    const place = `${type}/${key}`;
    const isLockable = type !== 'reserved' && type !== 'tld';
    assert(!isLockable || this.#locked.has(place), `${place} is written but not locked`);
    this.#written.set(place, { type, key, ...(after !== undefined && { after }) });
  }

  /** Linked names as the rows have them, corrected by what this draft wrote. */
  async #linked<T extends 'domain' | 'host'>(
    type: T,
    read: (limit: number) => Promise<string[]>,
    isLinked: (value: RegisterObjects[T]) => boolean,
    limit: number,
  ): Promise<string[]> {
    const written = [...this.#written.values()].filter((row) => row.type === type);
    const names = new Set(await read(limit + written.length));
    for (const { key, after } of written) {
      if (after !== undefined && isLinked(after as RegisterObjects[T])) names.add(key);
      else names.delete(key);
    }
    return [...names].sort().slice(0, limit);
  }
}

function withoutSecrets(data: PollData): PollData {
  if (data.kind !== 'changed') return data;
  const { type, value } = data.object;
  return { ...data, object: { type, value: outgoingRow(type, value) } as typeof data.object };
}
