/**
 * Reads the register's rows: from the disk, or in a draft from what is on its way there as well.
 */
import { latin1 } from '#base/bytes.ts';
import type { RegisterObjects, RegisterRowType } from '#registry/model/register-change.ts';
import type { KeyValueReader } from '#store/key-value-store.ts';
import { KEYSPACE, type KeyRange } from '#store/keyspace.ts';
import type { PendingRows } from './pending-rows.ts';
import { type LinkPrefix, linkRange, objectKey, readLinkKey } from './register-keys.ts';
import { parseRow } from './register-rows.ts';

export class RowReader {
  readonly #reader: KeyValueReader;
  readonly #pending: PendingRows | undefined;

  constructor(reader: KeyValueReader, pending?: PendingRows) {
    this.#reader = reader;
    this.#pending = pending;
  }

  /** One answer per key, in their order. */
  async objects<T extends RegisterRowType>(
    type: T,
    names: readonly string[],
  ): Promise<(RegisterObjects[T] | undefined)[]> {
    const rows = await this.values(names.map((name) => objectKey(type, name)));
    return rows.map((row) =>
      row === undefined ? undefined : (parseRow(row) as RegisterObjects[T]),
    );
  }

  async values(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    const pending = keys.map((key) => this.#pending?.get(key));
    const missing = keys.filter((_, index) => pending[index] === undefined);
    if (missing.length === 0) return pending.map((value) => value ?? undefined);
    const stored = await this.#reader.getMany(missing);
    let at = 0;
    return pending.map((value) => (value === undefined ? stored[at++] : (value ?? undefined)));
  }

  /** Names that an object is linked to, in order; at most `limit`. */
  async links(prefix: LinkPrefix, from: string, limit: number): Promise<string[]> {
    const range = linkRange(prefix, from);
    const pending = this.#pending?.within(range) ?? [];
    const found = new Map<string, Uint8Array>();
    // Rows that are about to go hide as many of those that stay.
    for (const key of await this.#keys(range, limit + pending.length)) found.set(latin1(key), key);
    for (const { key, value } of pending) {
      if (value === null) found.delete(latin1(key));
      else found.set(latin1(key), key);
    }
    const sorted = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
    return sorted.slice(0, limit).map(([, key]) => readLinkKey(key));
  }

  domainsOfHost(host: string, limit: number): Promise<string[]> {
    return this.links(KEYSPACE.registryHostUse, host, limit);
  }

  hostsOfDomain(domain: string, limit: number): Promise<string[]> {
    return this.links(KEYSPACE.registrySubordinate, domain, limit);
  }

  domainsOfContact(contact: string, limit: number): Promise<string[]> {
    return this.links(KEYSPACE.registryContactUse, contact, limit);
  }

  async #keys({ from, to }: KeyRange, limit: number): Promise<Uint8Array[]> {
    const keys: Uint8Array[] = [];
    for await (const chunk of this.#reader.range(from, to, { limit })) {
      for (const { key } of chunk) keys.push(key);
    }
    return keys;
  }
}
