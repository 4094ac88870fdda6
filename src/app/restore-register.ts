/**
 * Brings the register of names in a restored store back to a moment. Its rows have no history of
 * their own, so it comes from the other side: the backup before, with what the log of this one has
 * up to the moment.
 *
 *     earlier backup --- log up to the moment ---> register then --- rest of the log ---> now
 *                                                        |                                 |
 *                                              goes into the store         must be what the backup
 *                                                                          says of its register
 *
 * What the log says of the zones' journal tells how far the zones were at that moment, so both come
 * back as the store had them after one and the same batch, as after a kill: tasks that were waiting
 * then wait again, and the start brings the zones in line.
 *
 * Who may log in stays as it is now: a password or certificate that was revoked does not come back,
 * and a registrar that was removed comes back suspended.
 */
import { digestRegister, isRegisterRow } from '#app/register-rows.ts';
import { latin1 } from '#base/bytes.ts';
import { formatInstant } from '#base/clock.ts';
import { formatRow, parseRow } from '#registry/db/register-rows.ts';
import type { Registrar } from '#registry/model/registrar.ts';
import { BackupError } from '#store/backup/backup-error.ts';
import type { LoggedBatch } from '#store/backup/log-part.ts';
import type { BackupManifest } from '#store/backup/manifest.ts';
import type { KeyValueStore, Write } from '#store/key-value-store.ts';
import { KEYSPACE, readU64Key } from '#store/keyspace.ts';
import { findLastUntil } from '#store/mirror/mirror-moment.ts';

/** What the register became. */
export interface RegisterMoment {
  /** When the newest batch was that is in it, Unix milliseconds. */
  readonly reachedMs: number;
  /** Number of the newest entry of the zones' journal then. */
  readonly zoneSequence: number;
  /** Ids of registrars who had another access then, and keep that of now, or none. */
  readonly registrars: readonly string[];
}

export interface RegisterSources {
  /** The restored store, as the backup has it. */
  readonly store: KeyValueStore;
  readonly later: BackupManifest;
  /** The backup that the log goes on from, as a store that may be changed. */
  readonly scratch: KeyValueStore;
  readonly earlier: BackupManifest;
  /** From its beginning at each call. */
  readonly log: () => AsyncIterable<LoggedBatch>;
}

/**
 * @param atMs what comes behind the last batch that is not later is undone, Unix milliseconds
 * @throws BackupError RESTORE_DIFFERS, and the store has to be thrown away, where the log does not
 *   lead from the one backup to the other; BACKUP_DAMAGED as `readLog`
 */
export async function rewindRegister(
  { store, later, scratch, earlier, log }: RegisterSources,
  atMs: number,
): Promise<RegisterMoment> {
  let reachedMs = Date.parse(earlier.at);
  let zoneSequence = Number(earlier.facts['journal'] ?? 0);
  let then: string | undefined;
  const undone = new UndoneRows(store, scratch);
  const last = await findLastUntil(log(), atMs);
  for await (const batch of log()) {
    const rows = batch.writes.filter(({ key }) => isRegisterRow(key));
    if (batch.number <= last) {
      reachedMs = batch.atMs;
      zoneSequence = newestEntry(batch.writes) ?? zoneSequence;
    } else {
      then ??= (await digestRegister(scratch)).register;
      await undone.putBack(rows);
    }
    await scratch.writeBulk(rows);
  }
  const now = (await digestRegister(scratch)).register;
  const put = (await digestRegister(store)).register;
  if (now !== later.facts['register'] || put !== (then ?? now)) throw differs(earlier, later, atMs);
  return { reachedMs, zoneSequence, registrars: await undone.keepAccess() };
}

function newestEntry(writes: readonly Write[]): number | undefined {
  const entry = writes.findLast(({ key }) => key[0] === KEYSPACE.journal);
  return entry && readU64Key(entry.key, 1);
}

function differs(earlier: BackupManifest, later: BackupManifest, atMs: number): BackupError {
  return new BackupError(
    'RESTORE_DIFFERS',
    `the log of ${later.id} does not lead from the register of ${earlier.id} to its own: nothing ` +
      `was put in place for ${formatInstant(atMs)}; restore one of the two by its id, or use ` +
      'another location',
  );
}

/** Rows of the store that come back as they were before the batches that are undone. */
class UndoneRows {
  readonly #store: KeyValueStore;
  readonly #scratch: KeyValueStore;
  /** Keys, as latin1. */
  readonly #keys = new Set<string>();
  /** Rows of registrars, as they were before they came back. */
  readonly #registrars: { readonly key: Uint8Array; readonly value: Uint8Array | undefined }[] = [];

  /** @param scratch has every row as it was then, until the batch is made there too */
  constructor(store: KeyValueStore, scratch: KeyValueStore) {
    this.#store = store;
    this.#scratch = scratch;
  }

  async putBack(writes: readonly Write[]): Promise<void> {
    const keys = new Map<string, Uint8Array>();
    for (const { key } of writes) {
      const name = latin1(key);
      if (!this.#keys.has(name)) keys.set(name, key);
    }
    for (const [name, key] of keys) {
      this.#keys.add(name);
      if (key[0] !== KEYSPACE.registryRegistrar) continue;
      this.#registrars.push({ key: Uint8Array.from(key), value: await this.#store.get(key) });
    }
    const rows = [...keys.values()];
    const values = await this.#scratch.getMany(rows);
    await this.#store.writeBulk(
      rows.map((key, at): Write => {
        const value = values[at];
        return value === undefined ? { key, delete: true } : { key, value };
      }),
    );
  }

  /** @returns ids of registrars whose access was another one */
  async keepAccess(): Promise<string[]> {
    const kept: string[] = [];
    for (const { key, value } of this.#registrars) {
      const then = await this.#store.get(key);
      if (then === undefined) continue;
      const registrar = parseRow(then) as Registrar;
      const changed = formatRow({ ...registrar, ...accessIn(value) });
      if (latin1(changed) === latin1(then)) continue;
      await this.#store.writeBulk([{ key, value: changed }]);
      kept.push(registrar.id);
    }
    return kept;
  }
}

/** What of a registrar's row says who may come in as it. @param row absent: it is gone */
function accessIn(row: Uint8Array | undefined): Partial<Registrar> {
  if (row === undefined) return { state: 'suspended' };
  const { passwordHash, certificates, networks, state } = parseRow(row) as Registrar;
  return { passwordHash, certificates, networks, state };
}
