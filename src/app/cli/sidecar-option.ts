/** How commands find the running sidecar: `--sidecar` with `--token-file`, or `--config`. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { loadConfiguration } from '#app/config/load-configuration.ts';
import { requireSection } from '#app/config/require-section.ts';
import { CodedError, requestReason, UsageError } from '#base/coded-error.ts';
import { readApiKey } from '#http/api-key.ts';
import { CONFIG_DEFAULT } from './config-option.ts';

const REQUEST_TIMEOUT_MS = 30_000;

export interface SidecarOption {
  sidecar?: string;
  tokenFile?: string;
  config?: string;
}

/** Nobody answers at the URL. */
export class SidecarUnreachableError extends CodedError {
  constructor(url: string, cause: unknown) {
    super('SIDECAR_UNREACHABLE', `${url}: ${requestReason(cause)}; is the sidecar running there?`, {
      cause,
    });
  }
}

/** The sidecar answered with a refusal; the message is its own. */
export class SidecarRefusedError extends CodedError {
  constructor(path: string, said: string) {
    super('SIDECAR_REFUSED', `${path}: ${said}`);
  }
}

export interface SidecarClient {
  get<T>(path: string): Promise<T>;
  /** With the operator's token. */
  post<T>(path: string, body: unknown): Promise<T>;
}

export function addSidecarOptions(command: Command, isWriting: boolean): Command {
  command.option('--sidecar <url>', 'URL of the sidecar, as in http://127.0.0.1:8082');
  if (isWriting) command.option('--token-file <file>', "file of the operator's token");
  const both = isWriting ? 'names both' : 'names it';
  return command.option(
    '--config <file>',
    `configuration that ${both} (default: ${CONFIG_DEFAULT})`,
  );
}

/**
 * From the options of a command and those above it: `holdfast sla` has `--config` too.
 * @throws UsageError where neither names a sidecar
 */
export async function openSidecar(command: Command): Promise<SidecarClient> {
  const { sidecar, tokenFile, config } = command.optsWithGlobals<SidecarOption>();
  if (sidecar !== undefined && !/^https?:\/\//.test(sidecar)) {
    throw new UsageError(`--sidecar ${sidecar}: write an http:// or https:// URL`);
  }
  const file = config ?? (existsSync(CONFIG_DEFAULT) ? CONFIG_DEFAULT : undefined);
  const isNamed = sidecar !== undefined;
  if (!isNamed && file === undefined) {
    throw new UsageError('name the sidecar: --sidecar, or --config');
  }
  const sla =
    isNamed || file === undefined
      ? undefined
      : requireSection(await loadConfiguration(file), 'sla');
  const url = (sidecar ?? sla?.url ?? '').replace(/\/$/, '');
  const keyFile = tokenFile ?? sla?.operatorTokenFile;
  return {
    get: (path) => request(url, path, {}),
    post: async (path, body) => {
      if (keyFile === undefined) throw new UsageError('name the token: --token-file, or --config');
      const authorization = `Bearer ${await readApiKey(keyFile)}`;
      const headers = { authorization, 'content-type': 'application/json' };
      return request(url, path, { method: 'POST', headers, body: JSON.stringify(body) });
    },
  };
}

async function request<T>(url: string, path: string, init: RequestInit): Promise<T> {
  let status: number;
  let text: string;
  try {
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const response = await fetch(`${url}${path}`, { ...init, redirect: 'error', signal });
    ({ status } = response);
    text = await response.text();
  } catch (error) {
    throw new SidecarUnreachableError(url, error);
  }
  if (status >= 200 && status <= 299) return JSON.parse(text) as T;
  throw new SidecarRefusedError(path, detailOf(text) || `status ${status}`);
}

/** What a problem document says, or the text itself. */
function detailOf(text: string): string {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    return typeof detail === 'string' ? detail : text;
  } catch {
    return text.trim();
  }
}
