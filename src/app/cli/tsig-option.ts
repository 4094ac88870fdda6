/** What the commands over TSIG keys take, and the keys as the admin API shows them. */
import type { Command } from 'commander';
import { errorMessage, UsageError } from '#base/coded-error.ts';
import {
  parseTsigAlgorithm,
  TSIG_ALGORITHM_DEFAULT,
  TSIG_ALGORITHMS,
  type TsigAlgorithm,
  type TsigKeyText,
} from '#dns/tsig/tsig-key.ts';
import { formatName, lowerName, parseName, ROOT } from '#dns/wire/name.ts';
import { groupCommand } from './group-command.ts';

export const TSIG_KEYS_PATH = '/api/v1/servers/localhost/tsigkeys';

/** A key as the API gives it: `name` without its final dot, `id` with it. */
export interface TsigKeyAnswer {
  id: string;
  name: string;
  algorithm: string;
  /** The secret in base64; empty in a list. */
  key: string;
}

/** The group of the commands. */
export function tsigCommand(program: Command): Command {
  return groupCommand(program, 'tsig', 'TSIG keys: new ones, and those of a running server');
}

export function addAlgorithmOption(command: Command): Command {
  const description = `algorithm, one of ${TSIG_ALGORITHMS.join(', ')}`;
  return command.option('--algorithm <name>', description, TSIG_ALGORITHM_DEFAULT);
}

/** @throws UsageError */
export function readAlgorithm(text: string): TsigAlgorithm {
  const algorithm = parseTsigAlgorithm(text);
  if (algorithm !== undefined) return algorithm;
  throw new UsageError(`--algorithm ${text}: write one of ${TSIG_ALGORITHMS.join(', ')}`);
}

/** Canonical form with the final dot, which people may leave out. @throws UsageError */
export function readKeyName(text: string): string {
  try {
    return formatName(lowerName(parseName(text, ROOT)));
  } catch (error) {
    throw new UsageError(`key name ${text}: ${errorMessage(error)}`);
  }
}

/** @param name as `readKeyName` gives it */
export function tsigKeyPath(name: string): string {
  return `${TSIG_KEYS_PATH}/${encodeURIComponent(name)}`;
}

/** The same key as one that was made here. */
export function keyOfAnswer({ id, algorithm, key }: TsigKeyAnswer): TsigKeyText {
  return { name: id, algorithm, secret: key };
}

/** JSON for scripts, of a key with its secret. */
export function formatKeyJson({ name, algorithm, secret }: TsigKeyText): string {
  return `${JSON.stringify({ name, algorithm, secret }, undefined, 2)}\n`;
}
