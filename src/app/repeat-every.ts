/**
 * Work that a process does again and again, at once and then at an interval, never two at a time.
 */

export interface RepeatedWork {
  /** No more runs; resolves when the one under way is over. */
  close(): Promise<void>;
}

/** @param work must not reject; a run that takes longer than the interval puts the next one off */
export function repeatEvery(intervalMs: number, work: () => Promise<void>): RepeatedWork {
  let running: Promise<void> | undefined;
  const run = (): void => {
    running ??= work().finally(() => {
      running = undefined;
    });
  };
  const timer = setInterval(run, intervalMs);
  run();
  return {
    close: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
