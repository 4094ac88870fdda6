/**
 * The environment, and the only place that reads it. Settings belong into the configuration file;
 * the environment holds only what a supervisor or a person decides for one run.
 *
 * | variable | meaning |
 * | --- | --- |
 * | `HOLDFAST_LOG_LEVEL` | overrides `log.level` of the configuration |
 * | `HOLDFAST_SUPERVISED` | set by `up` for its children: end when its pipe closes |
 * | `VISUAL`, `EDITOR` | what `zone edit` opens a zone with; the first that is set |
 * | `LISTEN_FDS`, `LISTEN_PID` | set by systemd for one process: sockets it hands over |
 */
import process from 'node:process';

export interface Environment {
  /** As pino names them, or `undefined` where not set. */
  logLevel: string | undefined;
  /** This process is a child of `holdfast up` and must not outlive it. */
  isSupervised: boolean;
  /** Sockets handed to this very process, from descriptor 3 on (sd_listen_fds(3)). */
  inheritedCount: number;
  /** A command of the shell that edits the file that it is given, or `undefined` where not set. */
  editor: string | undefined;
}

export const LOG_LEVEL_VARIABLE = 'HOLDFAST_LOG_LEVEL';
export const SUPERVISED_VARIABLE = 'HOLDFAST_SUPERVISED';

/** @param variables the process's own by default; a test hands in its own */
export function readEnvironment(
  variables: Record<string, string | undefined> = process.env,
): Environment {
  const level = variables[LOG_LEVEL_VARIABLE];
  const isForUs = variables['LISTEN_PID'] === String(process.pid);
  const descriptors = Number.parseInt(variables['LISTEN_FDS'] ?? '', 10);
  return {
    logLevel: level === undefined || level === '' ? undefined : level,
    isSupervised: variables[SUPERVISED_VARIABLE] === '1',
    inheritedCount: isForUs && descriptors > 0 ? descriptors : 0,
    editor: [variables['VISUAL'], variables['EDITOR']].find((command) => command?.trim()),
  };
}

/** The variables that a child of `up` is started with: its own, and the mark of a child. */
export function childEnvironment(): Record<string, string | undefined> {
  return { ...process.env, [SUPERVISED_VARIABLE]: '1' };
}
