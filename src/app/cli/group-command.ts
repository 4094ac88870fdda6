/** Commands of two words (`zone list`, `check config`) whose files register one by one. */
import type { Command } from 'commander';

/** The first word's command, made when its first member registers. */
export function groupCommand(program: Command, name: string, description: string): Command {
  const found = program.commands.find((command) => command.name() === name);
  return found ?? program.command(name).description(description);
}
