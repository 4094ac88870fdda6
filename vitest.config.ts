// How the tests run: forks, because the packet threads and the store want a process of their own.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What is awaited comes in milliseconds; on a machine that others use, when it can.
    expect: { poll: { timeout: 10_000 } },
    passWithNoTests: false,
    setupFiles: ['test/setup.ts'],
  },
});
