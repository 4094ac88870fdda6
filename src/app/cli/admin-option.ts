/** How commands over the admin API find it: `--api` with `--key-file`, or both from `--config`. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { loadConfiguration } from '#app/config/load-configuration.ts';
import { UsageError } from '#base/coded-error.ts';
import { readApiKey } from '#http/api-key.ts';
import { type AdminClient, openAdminClient } from './admin-client.ts';
import { CONFIG_DEFAULT } from './config-option.ts';

export interface AdminOption {
  api?: string;
  keyFile?: string;
  config?: string;
}

export function addAdminOptions(command: Command): Command {
  return command
    .option('--api <url>', 'URL of the admin API, as in http://127.0.0.1:8081')
    .option('--key-file <file>', 'file of the API key')
    .option('--config <file>', `configuration that names both (default: ${CONFIG_DEFAULT})`);
}

/** @throws UsageError where neither names a server */
export async function openAdmin({ api, keyFile, config }: AdminOption): Promise<AdminClient> {
  if (api !== undefined && !/^https?:\/\//.test(api)) {
    throw new UsageError(`--api ${api}: write an http:// or https:// URL`);
  }
  if (api !== undefined && keyFile !== undefined) {
    return openAdminClient(api.replace(/\/$/, ''), await readApiKey(keyFile));
  }
  const file = config ?? (existsSync(CONFIG_DEFAULT) ? CONFIG_DEFAULT : undefined);
  if (file === undefined)
    throw new UsageError('name the server: --api and --key-file, or --config');
  const { admin } = await loadConfiguration(file);
  const url = api?.replace(/\/$/, '') ?? admin.url;
  return openAdminClient(url, await readApiKey(keyFile ?? admin.apiKeyFile));
}
