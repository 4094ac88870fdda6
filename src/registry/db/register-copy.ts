/**
 * All objects of the register at one moment, for who cannot follow the journal from where it is.
 */
import { outgoingRow, type RegisterRow } from '#registry/model/register-change.ts';
import type { KeyValueStore, StoreSnapshot } from '#store/key-value-store.ts';
import { KEYSPACE, prefixRange, readU64Key } from '#store/keyspace.ts';
import { objectRange, readObjectKey } from './register-keys.ts';
import { parseRow } from './register-rows.ts';

export interface RegisterCopy {
  /** Of the newest command in it. */
  sequence: number;
  /** In chunks; TLDs and registrars come before what names them. */
  rows: AsyncIterable<RegisterRow[]>;
  close(): Promise<void>;
}

const TYPES = ['tld', 'reserved', 'registrar', 'contact', 'host', 'domain'] as const;

export async function copyRegister(store: KeyValueStore): Promise<RegisterCopy> {
  const snapshot = store.snapshot();
  try {
    const sequence = await newestSequence(snapshot);
    return { sequence, rows: readRows(snapshot), close: () => snapshot.close() };
  } catch (error) {
    await snapshot.close();
    throw error;
  }
}

async function newestSequence(snapshot: StoreSnapshot): Promise<number> {
  const { from, to } = prefixRange(Uint8Array.of(KEYSPACE.registryJournal));
  for await (const [entry] of snapshot.range(from, to, { limit: 1, reverse: true })) {
    return readU64Key(entry.key, 1);
  }
  return 0;
}

async function* readRows(snapshot: StoreSnapshot): AsyncGenerator<RegisterRow[]> {
  for (const type of TYPES) {
    const { from, to } = objectRange(type);
    for await (const chunk of snapshot.range(from, to)) {
      yield chunk.map(({ key, value }) => ({
        type,
        key: readObjectKey(key),
        value: outgoingRow(type, parseRow(value)),
      }));
    }
  }
}
