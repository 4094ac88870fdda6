/** Backups by the clock: node-cron in UTC. A run that came due while another went on is skipped. */
import { createTask } from 'node-cron';
import { errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';

/** @param schedule five cron fields, UTC @returns stops the schedule; a run under way goes on */
export async function scheduleBackups(
  schedule: string,
  run: () => Promise<unknown>,
  log: Log,
): Promise<() => Promise<void>> {
  const task = createTask(
    schedule,
    async () => {
      try {
        await run();
      } catch (error) {
        log.error({ error: errorMessage(error) }, 'scheduled backup failed');
      }
    },
    { timezone: 'UTC', noOverlap: true },
  );
  task.on('execution:missed', () => {
    log.warn('a scheduled backup was missed because the process was busy; making it now');
    void task.execute();
  });
  await task.start();
  return async () => {
    await task.destroy();
  };
}
