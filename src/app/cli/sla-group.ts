/** `holdfast sla …`: the sidecar's command, to which its others belong. */
import type { Command } from 'commander';
import { groupCommand } from './group-command.ts';

/** The first word. */
export function slaCommand(program: Command): Command {
  return groupCommand(program, 'sla', 'The sidecar, and what can be recomputed from its evidence');
}

/** A second word that groups a third: `sla notice add`. */
export function slaGroup(program: Command, name: string, description: string): Command {
  return groupCommand(slaCommand(program), name, description);
}
