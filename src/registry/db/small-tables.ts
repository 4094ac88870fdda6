/**
 * TLDs and reserved names: few, and looked at by every command, so they are held in memory as the
 * disk has them. Everything else is read when it is needed.
 */
import type { ReservedName, Tld } from '#registry/model/tld.ts';
import type { KeyValueReader } from '#store/key-value-store.ts';
import type { DraftedObject } from './drafted-command.ts';
import { objectRange } from './register-keys.ts';
import { parseRow, rowKeyOf } from './register-rows.ts';

export class SmallTables {
  readonly #tlds = new Map<string, Tld>();
  readonly #reserved = new Map<string, ReservedName>();
  #list: readonly Tld[] = [];

  static async load(reader: KeyValueReader): Promise<SmallTables> {
    const tables = new SmallTables();
    for (const type of ['tld', 'reserved'] as const) {
      const { from, to } = objectRange(type);
      for await (const chunk of reader.range(from, to)) {
        for (const { value } of chunk) {
          const after = parseRow(value) as Tld & ReservedName;
          tables.take({ type, key: rowKeyOf(type, after), before: undefined, after });
        }
      }
    }
    return tables;
  }

  /** In the order of names. */
  tlds(): readonly Tld[] {
    return this.#list;
  }

  reserved(tld: string, label: string): ReservedName | undefined {
    return this.#reserved.get(`${label}.${tld}`);
  }

  /** Of one TLD, in the order of labels. */
  reservedNames(tld: string): ReservedName[] {
    const found = [...this.#reserved.values()].filter((name) => name.tld === tld);
    return found.sort((a, b) => (a.label < b.label ? -1 : 1));
  }

  /** Follows an object that is on disk now; those of other types are not kept here. */
  take({ type, key, after }: DraftedObject): void {
    if (type === 'reserved') {
      if (after === undefined) this.#reserved.delete(key);
      else this.#reserved.set(key, after as ReservedName);
    }
    if (type !== 'tld') return;
    if (after === undefined) this.#tlds.delete(key);
    else this.#tlds.set(key, after as Tld);
    this.#list = [...this.#tlds.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
