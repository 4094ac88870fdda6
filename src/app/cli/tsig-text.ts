/**
 * TSIG keys in the forms that people copy: the configuration of this server (docs/reference/
 * configuration.md), and a `key` clause, which BIND reads, as do `dig -k` and `nsupdate -k`.
 */
import { stringify } from 'yaml';
import type { TsigKeyText } from '#dns/tsig/tsig-key.ts';

/** For the configuration, to which the secret is a file. */
export function formatConfiguredKey({ name, algorithm }: TsigKeyText, secretFile: string): string {
  return stringify({ tsigKeys: [{ name, algorithm, secretFile }] });
}

/** As `tsig-keygen` prints it. */
export function formatKeyClause({ name, algorithm, secret }: TsigKeyText): string {
  return `key "${name}" {\n\talgorithm ${algorithm};\n\tsecret "${secret}";\n};\n`;
}
