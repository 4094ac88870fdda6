/**
 * The log: pino, JSON lines on standard output. Never called per query. `ready` is the one line
 * that supervisors and tests wait for, so it is there at every level.
 */
import { pino } from 'pino';

export type Log = pino.Logger;

/** As pino names them, from the most that is logged to nothing. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `name` is the process (serve, probe, sla, up); at which level. */
export function openLog(name: string, level: LogLevel): Log {
  return pino({ name, level, timestamp: pino.stdTimeFunctions.isoTime });
}

/** The process serves, and where. A log that is to be quiet says this all the same. */
export function sayReady(log: Log, offered: object): void {
  log.child({}, { level: 'info' }).info(offered, 'ready');
}

/** A log that keeps nothing, for tests and one-shot commands. */
export function silentLog(): Log {
  return pino({ level: 'silent' }, { write: () => undefined });
}
