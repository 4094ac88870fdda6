/**
 * Autoprimaries: primaries from which a NOTIFY for a zone that is not here makes a secondary of
 * it (PowerDNS calls them so, and its API lists them). Named by address and name server together;
 * all in memory after `open`.
 */
import { utf8 } from '#base/bytes.ts';
import { KeyedLock } from '#base/keyed-lock.ts';
import { parseIpAddress } from '#net/ip-address.ts';
import type { KeyValueStore } from '#store/key-value-store.ts';
import { buildKey, KEYSPACE, prefixRange } from '#store/keyspace.ts';
import { AccessError } from './access-error.ts';
import { formatAccessRow, parseAccessRow } from './access-row.ts';

export const AUTOPRIMARIES_MAX = 1_000;

export interface Autoprimary {
  /** Address in text form, without a port. */
  readonly ip: string;
  /** Host name of the name server, as an NS record of the zone must name it. */
  readonly nameserver: string;
  /** What the zones made by it get as their account. */
  readonly account: string;
}

export class AutoprimaryList {
  readonly #store: KeyValueStore;
  readonly #held: Map<string, Autoprimary>;
  readonly #lock = new KeyedLock();

  private constructor(store: KeyValueStore, held: Map<string, Autoprimary>) {
    this.#store = store;
    this.#held = held;
  }

  /** @throws StoreError STORE_DAMAGED, CodedError STORE_LAYOUT */
  static async open(store: KeyValueStore): Promise<AutoprimaryList> {
    const held = new Map<string, Autoprimary>();
    const { from, to } = prefixRange(Uint8Array.of(KEYSPACE.autoprimary));
    for await (const chunk of store.range(from, to)) {
      for (const { value } of chunk) {
        const row = parseAccessRow('an autoprimary', value) as Autoprimary;
        held.set(idOf(row.ip, row.nameserver), row);
      }
    }
    return new AutoprimaryList(store, held);
  }

  /** In the order of their addresses. */
  list(): Autoprimary[] {
    return [...this.#held.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
  }

  /** Those at an address. */
  find(ip: string): Autoprimary[] {
    return this.list().filter((one) => one.ip === ip);
  }

  /** On disk when it resolves. @throws AccessError ACCESS_INVALID, ACCESS_EXISTS, ACCESS_FULL */
  async add({ ip, nameserver, account }: Autoprimary): Promise<void> {
    if (parseIpAddress(ip) === undefined) {
      throw new AccessError('ACCESS_INVALID', `'${ip}' is no IP address`);
    }
    const id = idOf(ip, nameserver);
    await this.#lock.run([''], async () => {
      if (this.#held.has(id)) {
        throw new AccessError('ACCESS_EXISTS', `autoprimary ${ip}/${nameserver} is there already`);
      }
      if (this.#held.size >= AUTOPRIMARIES_MAX) {
        const message = `there are ${AUTOPRIMARIES_MAX} autoprimaries, as many as there may be`;
        throw new AccessError('ACCESS_FULL', message);
      }
      const row: Autoprimary = { ip, nameserver, account };
      await this.#store.write([{ key: rowKey(id), value: formatAccessRow(row) }]);
      this.#held.set(id, row);
    });
  }

  /** False: there is none such. */
  async remove(ip: string, nameserver: string): Promise<boolean> {
    const id = idOf(ip, nameserver);
    return this.#lock.run([''], async () => {
      if (!this.#held.delete(id)) return false;
      await this.#store.write([{ key: rowKey(id), delete: true }]);
      return true;
    });
  }
}

function idOf(ip: string, nameserver: string): string {
  return `${ip} ${nameserver.toLowerCase()}`;
}

function rowKey(id: string): Uint8Array {
  return buildKey(KEYSPACE.autoprimary, utf8(id));
}
