/**
 * `holdfast up`: the processes that a configuration has sections for, on one machine, as children
 * of this one. The name server starts first, then those that fetch its zones or its register, then
 * who measures them; when all are ready one `ready` line says so. A child that cannot start stops
 * the whole; one that dies later comes back (supervised-child.ts).
 */
import { basename } from 'node:path';
import process, { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { ConfigError, ConfigFileError } from '#app/config/config-error.ts';
import type { Configuration } from '#app/config/configuration.ts';
import { childEnvironment } from '#app/config/environment.ts';
import type { ProcessParts, RunningProcess } from '#app/running-process.ts';
import { sayReady } from '#base/log.ts';
import { type ChildCommand, SupervisedChild } from './supervised-child.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/holdfast.mjs', import.meta.url));

export interface UpOptions {
  configuration: Configuration;
  /** The children to run instead of the configuration's, in waves: for tests. */
  waves?: ChildCommand[][];
  /** Where the children's log lines go; standard output where missing. */
  forward?: (line: string) => void;
  /** Ends the start: children that have not come up yet are waited for no longer. */
  stopping?: AbortSignal;
}

/**
 * @throws ChildFailedError CHILD_FAILED with what the child said; the others are stopped by then
 * @throws ConfigError CONFIG_INVALID where the configuration has no section to run
 */
export async function startUp(options: UpOptions, parts: ProcessParts): Promise<RunningProcess> {
  const { log, clock } = parts;
  const waves = options.waves ?? wavesOf(options.configuration);
  const forward = options.forward ?? ((line: string) => void process.stdout.write(line));
  const children: SupervisedChild[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(children.map((child) => child.close()));
  };
  const onStopping = (): void => void close();
  options.stopping?.addEventListener('abort', onStopping);
  try {
    for (const wave of waves) {
      options.stopping?.throwIfAborted();
      const started = wave.map((command) => new SupervisedChild(command, { log, clock, forward }));
      children.push(...started);
      await Promise.all(started.map((child) => child.start()));
    }
  } catch (error) {
    await close();
    throw error;
  } finally {
    options.stopping?.removeEventListener('abort', onStopping);
  }
  const failed = Promise.race(children.map((child) => child.failed));
  // Who holds the process decides whether to listen; nobody listening is not a crash.
  failed.catch(() => undefined);
  sayReady(log, { processes: waves.flat().map(({ name }) => name) });
  return {
    close,
    reload: async () => {
      for (const child of children) child.hangUp();
    },
    failed,
  };
}

/** First what is measured, in the order in which zones travel, then what measures. */
function wavesOf(configuration: Configuration): ChildCommand[][] {
  const environment = childEnvironment();
  const commandOf = (command: string, from: string, name = command): ChildCommand => ({
    name,
    program: execPath,
    args: [LAUNCHER, command, '--config', from],
    environment,
  });
  const { nameserver, servers, rdds, file } = configuration;
  const judges = (['sla', 'probe'] as const).filter((name) => configuration[name] !== undefined);
  const waves = [
    nameserver === undefined ? [] : [commandOf('serve', file)],
    [
      ...servers.map((server) => commandOf('serve', server, `serve ${basename(server)}`)),
      ...(rdds === undefined ? [] : [commandOf('rdds', file)]),
    ],
    judges.map((name) => commandOf(name, file)),
  ].filter((wave) => wave.length > 0);
  if (waves.length > 0) return waves;
  const place = { file, line: 1, column: 1 };
  const detail = 'nothing to run; add a section nameserver, rdds, probe or sla';
  throw new ConfigError([new ConfigFileError(place, detail)]);
}
