/** Every command with its arguments and options, as the program that parses them has them. */
import type { Command } from 'commander';
import { buildProgram } from '#app/cli/cli.ts';
import { openClock } from '#base/clock.ts';
import { seededRandom } from '#base/random.ts';

export function commandReference(): string {
  const silent = { write: () => true };
  const program = buildProgram({
    stdout: silent,
    stderr: silent,
    ask: async () => undefined,
    environment: {
      logLevel: undefined,
      isSupervised: false,
      inheritedCount: 0,
      editor: undefined,
    },
    clock: openClock({ kind: 'system' }),
    random: seededRandom(1),
  });
  const parts = leaves(program).map(({ path, command }) => describeCommand(path, command));
  return `\n${parts.join('\n')}\n`;
}

/** The commands that do something (a group may, too), in the order of their names. */
function leaves(program: Command, path: readonly string[] = []) {
  const found: { path: string; command: Command }[] = program.commands.flatMap((command) => {
    const here = [...path, command.name()];
    const isLeaf = command.commands.length === 0 || command.options.length > 0;
    return [...(isLeaf ? [{ path: here.join(' '), command }] : []), ...leaves(command, here)];
  });
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function describeCommand(path: string, command: Command): string {
  const args = command.registeredArguments.map((each) =>
    each.required ? `<${each.name()}>` : `[${each.name()}]`,
  );
  const usage = ['holdfast', path, ...args].join(' ');
  const rows = command.options.map((option) => {
    const fallback =
      option.defaultValue === undefined ? '' : ` (default \`${option.defaultValue}\`)`;
    const demand = option.mandatory && fallback === '' ? ' Required.' : '';
    return `| \`${option.flags}\` | ${capitalize(option.description)}${fallback}.${demand} |`;
  });
  const options =
    rows.length === 0 ? '' : `\n| option | meaning |\n| --- | --- |\n${rows.join('\n')}\n`;
  return `### \`${usage}\`\n\n${command.description()}.\n${options}`;
}

function capitalize(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
