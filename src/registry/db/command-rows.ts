/**
 * The rows of one command: its objects with what follows from them, its journal entry, messages and
 * tasks. Messages and tasks take their numbers from the journal's: the command's number times a
 * thousand, and a count within it; so they are ascending, and never given twice.
 */
import { latin1 } from '#base/bytes.ts';
import { actorOf } from '#registry/model/caller.ts';
import type { DelegationTask } from '#registry/model/delegation.ts';
import type { PollMessage } from '#registry/model/poll.ts';
import {
  type AuditedChange,
  type BalanceChange,
  outgoingRow,
  type RegisterRowType,
} from '#registry/model/register-change.ts';
import type { Registrar } from '#registry/model/registrar.ts';
import type { Write } from '#store/key-value-store.ts';
import type { LogEntry } from '#store/sequenced-log.ts';
import type { DraftedCommand, DraftedObject } from './drafted-command.ts';
import { messageKey, objectKey, taskKey } from './register-keys.ts';
import { derivedKeys, formatRow, parseRow } from './register-rows.ts';

/** What a command may leave to one registrar, and to zones, at most. */
const NUMBERS_PER_COMMAND = 1000;
/** Owners of one task: what a zone changes at once. */
const OWNERS_PER_TASK_MAX = 500;

const EMPTY = new Uint8Array(0);

/** Rows of the objects and of what follows from them; known as soon as the command has decided. */
export function objectWrites(objects: readonly DraftedObject[]): Write[] {
  const writes: Write[] = [];
  for (const { type, key, before, after } of objects) {
    const row = objectKey(type, key);
    writes.push(after === undefined ? deletion(row) : { key: row, value: formatRow(after) });
    const had = new Map(derivedKeys(type, before).map((derived) => [latin1(derived), derived]));
    for (const derived of derivedKeys(type, after)) {
      if (!had.delete(latin1(derived))) writes.push({ key: derived, value: EMPTY });
    }
    for (const derived of had.values()) writes.push(deletion(derived));
  }
  return writes;
}

export function deletion(key: Uint8Array): Write {
  return { key, delete: true };
}

/** A row of the journal: the entry without its number, and `actor` only where it is not `who`. */
type JournalRow = Omit<AuditedChange, 'sequence' | 'actor'> & { actor?: string };

/** What the journal keeps of a command. */
export function journalRow({ caller, command, objects }: DraftedCommand, atMs: number): JournalRow {
  return {
    atMs,
    svTrid: caller.svTrid,
    ...(caller.clTrid !== undefined && { clTrid: caller.clTrid }),
    who: caller.registrar,
    ...(caller.actor !== undefined && { actor: caller.actor }),
    ...(caller.address !== undefined && { address: caller.address }),
    command,
    ...(caller.reason !== undefined && { reason: caller.reason }),
    rows: objects.flatMap(changedRow),
    balances: objects.flatMap(balanceChanges),
  };
}

/** @throws StoreError STORE_DAMAGED */
export function parseJournalRow({ sequence, value }: LogEntry): AuditedChange {
  const row = parseRow(value) as JournalRow;
  return { sequence, actor: row.who, ...row };
}

/** Nothing, where only what is withheld has changed. */
function changedRow({ type, key, before, after }: DraftedObject): AuditedChange['rows'] {
  const was = outgoing(type, before);
  const is = outgoing(type, after);
  if (JSON.stringify(was) === JSON.stringify(is)) return [];
  return [{ type, key, before: was, value: is }];
}

function outgoing(type: RegisterRowType, value: object | undefined): object | null {
  return value === undefined ? null : outgoingRow(type, value);
}

function balanceChanges({ type, key, before, after }: DraftedObject): BalanceChange[] {
  if (type !== 'registrar') return [];
  const was = (before as Registrar | undefined)?.balance ?? {};
  const is = (after as Registrar | undefined)?.balance ?? {};
  const currencies = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  return currencies
    .filter((currency) => (was[currency] ?? 0) !== (is[currency] ?? 0))
    .map((currency) => ({
      registrar: key,
      currency,
      before: was[currency] ?? 0,
      after: is[currency] ?? 0,
    }));
}

/** Numbered by the command's own number. */
export function messageWrites(
  { messages }: DraftedCommand,
  sequence: number,
  atMs: number,
): Write[] {
  const counts = new Map<string, number>();
  return messages.map(({ registrar, text, data }) => {
    const count = counts.get(registrar) ?? 0;
    counts.set(registrar, count + 1);
    const id = numberWithin(sequence, count);
    const message: PollMessage = { id, registrar, queuedAtMs: atMs, text, ...(data && { data }) };
    return { key: messageKey(registrar, id), value: formatRow(message) };
  });
}

/** What the command leaves to do in zones; a part of at most so many owners is a task. */
export function delegationTasks(
  { caller, touched }: DraftedCommand,
  sequence: number,
): DelegationTask[] {
  const tasks: DelegationTask[] = [];
  for (const [tld, all] of touched) {
    const owners = [...all];
    for (let from = 0; from < owners.length; from += OWNERS_PER_TASK_MAX) {
      tasks.push({
        sequence: numberWithin(sequence, tasks.length),
        tld,
        owners: owners.slice(from, from + OWNERS_PER_TASK_MAX),
        svTrid: caller.svTrid,
        actor: actorOf(caller),
        ...(caller.address !== undefined && { address: caller.address }),
        receivedAtMs: caller.receivedAtMs,
      });
    }
  }
  return tasks;
}

export function taskWrites(tasks: readonly DelegationTask[]): Write[] {
  return tasks.map((task) => ({ key: taskKey(task.sequence), value: formatRow(task) }));
}

function numberWithin(sequence: number, count: number): number {
  return sequence * NUMBERS_PER_COMMAND + Math.min(count, NUMBERS_PER_COMMAND - 1);
}
