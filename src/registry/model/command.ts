/** Every command that the register's flow takes, and what it answers. */
import type { ContactCommand, ContactData } from './contact-commands.ts';
import type { DomainCommand, DomainData } from './domain-commands.ts';
import type { HostCommand, HostData } from './host-commands.ts';
import type { PollMessage } from './poll.ts';

export type PollCommand = { kind: 'poll:req' } | { kind: 'poll:ack'; id: string };
export interface PollResult {
  kind: 'poll';
  /** Messages that wait; for `req` the one shown included. */
  count: number;
  /** Of `req`, where one waits. */
  message?: PollMessage;
  /** Of `ack`: the next one, 0 where none waits. */
  nextId?: number;
}

export type RegistryCommand = DomainCommand | HostCommand | ContactCommand | PollCommand;
export type RegistryData = DomainData | HostData | ContactData | PollResult;

/** A command that was done. */
export interface CommandOutcome {
  /** 1000, 1001, 1300 or 1301. */
  result: 1000 | 1001 | 1300 | 1301;
  data: RegistryData;
}
