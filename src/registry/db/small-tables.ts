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
  /** By TLD and label. */
  readonly #reserved = new Map<string, Map<string, ReservedName>>();
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
    return this.#reserved.get(tld)?.get(label);
  }

  reservedCount(tld: string): number {
    return this.#reserved.get(tld)?.size ?? 0;
  }

  /** Of one TLD, in the order of labels. */
  reservedNames(tld: string): ReservedName[] {
    const found = [...(this.#reserved.get(tld)?.values() ?? [])];
    return found.sort((a, b) => (a.label < b.label ? -1 : 1));
  }

  /** Follows an object that is on disk now; those of other types are not kept here. */
  take(object: DraftedObject): void {
    if (object.type === 'reserved') this.#takeReserved(object);
    if (object.type === 'tld') this.#takeTld(object);
  }

  #takeTld({ key, after }: DraftedObject): void {
    if (after === undefined) this.#tlds.delete(key);
    else this.#tlds.set(key, after as Tld);
    this.#list = [...this.#tlds.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #takeReserved({ before, after }: DraftedObject): void {
    const { tld, label } = (after ?? before) as ReservedName;
    const names = this.#reserved.get(tld) ?? new Map<string, ReservedName>();
    if (after === undefined) names.delete(label);
    else names.set(label, after as ReservedName);
    this.#reserved.set(tld, names);
  }
}
