/** The section that a process runs from, or a clear error if its file has none. */
import { ConfigError, ConfigFileError } from './config-error.ts';
import type { Configuration } from './configuration.ts';

type SectionName = 'nameserver' | 'epp' | 'rdds' | 'probe' | 'sla';

/** @throws ConfigError CONFIG_INVALID naming the section and the file */
export function requireSection<Name extends SectionName>(
  configuration: Configuration,
  name: Name,
): NonNullable<Configuration[Name]> {
  const found = configuration[name];
  if (found === undefined) {
    const place = { file: configuration.file, line: 1, column: 1 };
    throw new ConfigError([new ConfigFileError(place, `${name}: missing; this process needs it`)]);
  }
  return found;
}
