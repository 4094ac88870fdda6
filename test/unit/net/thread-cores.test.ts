import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openLibc } from '#net/libc.ts';
import { CORES_MAX, pinThread } from '#net/thread-cores.ts';

function allowedCores(): string | undefined {
  const status = readFileSync('/proc/thread-self/status', 'utf8');
  return /Cpus_allowed_list:\s*(\S+)/.exec(status)?.[1];
}

describe.skipIf(openLibc() === undefined)('pinThread', () => {
  it('keeps the calling thread to the cores it is given', () => {
    const all = Array.from({ length: availableParallelism() }, (_, core) => core);
    onTestFinished(() => pinThread(all));
    pinThread([0]);
    expect(allowedCores()).toBe('0');
  });

  it('names a core that the machine does not have', () => {
    expect(() => pinThread([CORES_MAX - 1])).toThrow(
      expect.objectContaining({ code: 'NET_CORES', message: expect.stringContaining('1023') }),
    );
  });
});
