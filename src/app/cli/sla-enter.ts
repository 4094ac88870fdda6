/** How commands hand one entry to the running sidecar, and show what it does. */
import type { Command } from 'commander';
import type { EnteredEntry } from '#http/site/incident-ports.ts';
import type { TextWriter } from './cli-context.ts';
import { openSidecar } from './sidecar-option.ts';
import { formatTable } from './table.ts';

const ENTRIES_PATH = '/api/holdfast/v1/entries';

/** `own` has the options of `addSidecarOptions`, and may have `--json`. */
export async function enter(own: Command, stdout: TextWriter, entry: object): Promise<void> {
  const sidecar = await openSidecar(own);
  const entered = await sidecar.post<EnteredEntry>(ENTRIES_PATH, entry);
  const { json } = own.opts<{ json?: true }>();
  stdout.write(json ? `${JSON.stringify(entered, undefined, 2)}\n` : formatEntered(entered));
}

function formatEntered({ entry, effects }: EnteredEntry): string {
  const rows = effects.map(({ contract, service, effect, from, to, paragraph, reason }) => [
    contract,
    service,
    effect,
    `${from} to ${to}`,
    paragraph,
    reason,
  ]);
  const said = `in the ledger: ${JSON.stringify(entry)}\n`;
  if (rows.length === 0) return `${said}it changes nothing under the contracts scored here\n`;
  return said + formatTable(['contract', 'service', 'effect', 'span', 'paragraph', 'why'], rows);
}
