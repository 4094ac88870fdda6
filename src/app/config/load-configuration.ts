/**
 * From a configuration file to a Configuration, or to all that is wrong with it. Nothing is opened
 * or made here but the file itself.
 */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { errorCode, type FileError, fileReason } from '#base/coded-error.ts';
import { checkYaml } from '#base/yaml-file.ts';
import { ConfigError, ConfigFileError, ConfigUnreadableError } from './config-error.ts';
import { type Configuration, configurationSchema, finishConfiguration } from './configuration.ts';
import { requireSection } from './require-section.ts';

const FILE_SIZE_MAX = 1_048_576;

/**
 * @param file as the user wrote it; errors name it so
 * @throws ConfigError CONFIG_INVALID with every error of the file
 * @throws ConfigUnreadableError CONFIG_UNREADABLE
 */
export async function loadConfiguration(file: string): Promise<Configuration> {
  return parseConfiguration(file, await readConfigurationFile(file));
}

/**
 * Reads the files of the further name servers that `up` runs with this configuration, so that a
 * mistake in one of them is said before anything is started.
 * @throws ConfigError CONFIG_INVALID with every error of them all
 * @throws ConfigUnreadableError CONFIG_UNREADABLE
 */
export async function checkServers({ servers }: Configuration): Promise<void> {
  const errors: FileError[] = [];
  for (const file of servers) {
    try {
      requireSection(await loadConfiguration(file), 'nameserver');
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      errors.push(...error.errors);
    }
  }
  if (errors.length > 0) throw new ConfigError(errors);
}

/** `loadConfiguration` over a text that was read already. */
export function parseConfiguration(file: string, text: string): Configuration {
  const absolute = resolve(file);
  const result = checkYaml(text, file, configurationSchema(dirname(absolute)));
  if ('value' in result) return finishConfiguration(result.value, absolute);
  throw new ConfigError(
    result.problems.map(({ place, detail }) => new ConfigFileError(place, detail)),
  );
}

async function readConfigurationFile(file: string): Promise<string> {
  const remedy = 'name a readable YAML file';
  try {
    const bytes = await readFile(file);
    if (bytes.length > FILE_SIZE_MAX) {
      const size = `${bytes.length} octets, limit ${FILE_SIZE_MAX}`;
      throw new ConfigUnreadableError(`${file}: too large for a configuration: ${size}`);
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof ConfigUnreadableError) throw error;
    const reason = errorCode(error) === 'ENOENT' ? 'no such file' : fileReason(error);
    throw new ConfigUnreadableError(`${file}: ${reason}; ${remedy}`, { cause: error });
  }
}
