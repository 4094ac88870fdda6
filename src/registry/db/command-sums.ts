/**
 * Which sums a command changes: messages that wait, what its registrar did in a month, and how many
 * objects each registrar and each TLD has. The last are the answer to whether one can be deleted.
 */
import { isOperator } from '#registry/model/caller.ts';
import type { Contact } from '#registry/model/contact.ts';
import type { Domain } from '#registry/model/domain.ts';
import type { Host } from '#registry/model/host.ts';
import type { DraftedCommand, DraftedObject } from './drafted-command.ts';
import type { CounterStep } from './register-totals.ts';

/** Parts of the key of a sum. */
export const SUM = {
  messages: (registrar: string) => ['messages', registrar],
  transactions: (month: string, registrar: string, tld: string, command: string) => [
    'month',
    month,
    registrar,
    tld,
    command,
  ],
  domainsIn: (tld: string) => ['domains', tld],
  /** Objects that a registrar sponsors, and those that are on their way to it. */
  heldBy: (registrar: string) => ['held', registrar],
} as const;

/** No sum twice, and none that stays as it is. */
export function sumsOf(drafted: DraftedCommand): CounterStep[] {
  const steps = new Map<string, CounterStep>();
  const add = (parts: readonly string[], step: number): void => {
    const key = parts.join('\0');
    steps.set(key, { parts, step: (steps.get(key)?.step ?? 0) + step });
  };
  for (const { registrar } of drafted.messages) add(SUM.messages(registrar), 1);
  for (const { type, before, after } of drafted.objects) {
    for (const parts of countedIn(type, before)) add(parts, -1);
    for (const parts of countedIn(type, after)) add(parts, 1);
  }
  const counted = transactionOf(drafted);
  if (counted !== undefined) add(counted, 1);
  return [...steps.values()].filter(({ step }) => step !== 0);
}

function countedIn(type: DraftedObject['type'], value: object | undefined): string[][] {
  if (value === undefined) return [];
  if (type !== 'domain' && type !== 'host' && type !== 'contact') return [];
  const { sponsor, ...object } = value as Domain | Host | Contact;
  const sums = [SUM.heldBy(sponsor)];
  const transfer = 'transfer' in object ? object.transfer : undefined;
  if (transfer?.status === 'pending') sums.push(SUM.heldBy(transfer.gaining));
  if (type === 'domain') sums.push(SUM.domainsIn((value as Domain).tld));
  return sums;
}

/** Where a registrar sent it. */
function transactionOf({ caller, command, objects }: DraftedCommand): string[] | undefined {
  if (isOperator(caller)) return undefined;
  const month = new Date(caller.receivedAtMs).toISOString().slice(0, 7);
  const domain = objects.find(({ type }) => type === 'domain');
  const { tld = '' } = (domain?.after ?? domain?.before ?? {}) as { tld?: string };
  return SUM.transactions(month, caller.registrar, tld, command);
}
