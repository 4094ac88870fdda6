/**
 * What a SIGHUP makes of the configuration: the file is read and checked again, what can take
 * effect in a running process does (its owner takes it from the result), and of the rest the
 * operator is told by name that it waits for a restart. A file with an error changes nothing.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Log } from '#base/log.ts';
import type { Configuration } from './configuration.ts';
import { loadConfiguration } from './load-configuration.ts';

/**
 * @param running what the process was started with
 * @param live keys that the caller takes over, as `nameserver.zones`
 * @throws as `loadConfiguration`
 */
export async function rereadConfiguration(
  running: Configuration,
  live: readonly string[],
  log: Log,
): Promise<Configuration> {
  const { file } = running;
  const next = await loadConfiguration(file);
  const waiting = changedKeys(running, next).filter((key) => !live.includes(key));
  if (waiting.length > 0) {
    log.warn(
      { file, keys: waiting },
      'changed in the configuration; restart to put it into effect',
    );
  }
  return next;
}

/** `section.key` of what differs, or `section` where a whole section came or went. */
function changedKeys(before: Configuration, after: Configuration): string[] {
  const sections = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...sections].flatMap((section) => {
    const [old, young] = [before, after].map(
      (configuration) => (configuration as Record<string, unknown>)[section],
    );
    if (isDeepStrictEqual(old, young)) return [];
    if (!isSection(old) || !isSection(young)) return [section];
    const keys = new Set([...Object.keys(old), ...Object.keys(young)]);
    return [...keys]
      .filter((key) => !isDeepStrictEqual(old[key], young[key]))
      .map((key) => `${section}.${key}`);
  });
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
