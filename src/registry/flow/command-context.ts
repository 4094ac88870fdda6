/**
 * What every command's function is given, and its shape: one function per kind of command, in a
 * file of its own, called by `CommandRunner`.
 */
import type { Clock } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import type { Caller } from '#registry/model/caller.ts';
import type { CommandOutcome, RegistryCommand } from '#registry/model/command.ts';
import type { Register } from '#registry/model/register.ts';

export interface CommandContext {
  readonly register: Register;
  readonly clock: Clock;
  /** For secrets and ids: must be strong. */
  readonly random: Random;
}

/** @throws RegistryError for what the command must not do; nothing has changed then */
export type CommandFunction<Command extends RegistryCommand> = (
  context: CommandContext,
  command: Command,
  caller: Caller,
) => Promise<CommandOutcome>;
