/**
 * The log: pino, JSON lines on standard output. Never called per query. `ready` is the one line
 * that supervisors and tests wait for.
 */
import { pino } from 'pino';

export type Log = pino.Logger;

/** `name` is the process (serve, probe, sla, up); level as pino names them. */
export function openLog(name: string, level: string): Log {
  return pino({ name, level, timestamp: pino.stdTimeFunctions.isoTime });
}

/** A log that keeps nothing, for tests and one-shot commands. */
export function silentLog(): Log {
  return pino({ level: 'silent' });
}
