/**
 * `holdfast registry …`: the register of names of a running server, through its admin API. What the
 * commands share: their first words, the path, and how results are printed.
 */
import type { Command } from 'commander';
import type { AdminClient } from './admin-client.ts';
import { groupCommand } from './group-command.ts';

const REGISTRY_PATH = '/api/holdfast/v1/registry';

/** The first word. */
export function registryCommand(program: Command): Command {
  return groupCommand(program, 'registry', 'The register of names of a running server');
}

/** A second word that groups a third: `registry registrar create`. */
export function registryGroup(program: Command, name: string, description: string): Command {
  return groupCommand(registryCommand(program), name, description);
}

/** @param parts of the path behind `/registry`, escaped here */
export function registryPath(...parts: readonly string[]): string {
  return [REGISTRY_PATH, ...parts.map(encodeURIComponent)].join('/');
}

/** Sends `body`, where there is one, as JSON. @throws AdminRefusedError */
export function askRegistry<T>(
  admin: AdminClient,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: object,
): Promise<T> {
  return admin.json<T>({ method, path, ...(body && { body: JSON.stringify(body) }) });
}

export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
