/** A register that knows only what belongs at owners and which tasks are open: for its publisher. */
import type { OpenTasks } from '#app/adapters/delegation-sink.ts';
import { TLD_DEFAULTS } from '#registry/flow/operator/tld-policy.ts';
import type { Delegation, DelegationTask } from '#registry/model/delegation.ts';
import type { Tld } from '#registry/model/tld.ts';

export function testTld(name: string, rules: Partial<Tld> = {}): Tld {
  return {
    ...TLD_DEFAULTS,
    name,
    repositoryId: 'TEST',
    currency: 'EUR',
    prices: { create: 1000, renew: 1000, transfer: 1000, restore: 5000 },
    contacts: 'none',
    ...rules,
  };
}

export class DelegationTasks implements OpenTasks {
  readonly open = new Map<number, DelegationTask>();
  readonly #rules: readonly Tld[];
  readonly #wanted = new Map<string, Omit<Delegation, 'owner'>>();
  #sequence = 0;

  constructor(...rules: Tld[]) {
    this.#rules = rules;
  }

  /** What is to be at an owner from now on, and the task that a command would leave. */
  set(owner: string, wanted: Partial<Delegation>): DelegationTask {
    this.#wanted.set(owner, { nameservers: [], ds: [], addresses: [], ...wanted });
    this.#sequence += 1;
    const task = {
      sequence: this.#sequence,
      tld: owner.slice(owner.lastIndexOf('.') + 1),
      owners: [owner],
      svTrid: `sv-${this.#sequence}`,
      actor: 'rar-1',
      receivedAtMs: 1,
    };
    this.open.set(task.sequence, task);
    return task;
  }

  tlds(): readonly Tld[] {
    return this.#rules;
  }

  async delegation(_tld: string, owner: string): Promise<Delegation> {
    const wanted = this.#wanted.get(owner) ?? { nameservers: [], ds: [], addresses: [] };
    return { owner, ...wanted };
  }

  async tasks(after: number, limit: number): Promise<DelegationTask[]> {
    return [...this.open.values()].filter(({ sequence }) => sequence > after).slice(0, limit);
  }

  async finish(sequences: number[]): Promise<void> {
    for (const sequence of sequences) this.open.delete(sequence);
  }
}
