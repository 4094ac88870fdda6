// Many commands at a time, or one alone.
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { CommandGate } from '#registry/db/command-gate.ts';

/** A gate, and a log of what begins and ends there; `end` lets a task end. */
function openGate(countMax = 10) {
  const gate = new CommandGate(countMax);
  const log: string[] = [];
  const ends = new Map<string, () => void>();
  const task = (name: string) => async () => {
    log.push(`${name} begins`);
    const { promise, resolve } = Promise.withResolvers<void>();
    ends.set(name, resolve);
    await promise;
    log.push(`${name} ends`);
  };
  return {
    gate,
    log,
    run: (name: string) => gate.run(task(name)),
    runAlone: (name: string) => gate.runAlone(task(name)),
    end: async (name: string) => {
      ends.get(name)?.();
      await setImmediate();
    },
  };
}

it('lets one run alone between those before it and those after it', async () => {
  const { run, runAlone, end, log } = openGate();
  const all = [run('a'), run('b'), runAlone('x'), run('c'), runAlone('y')];
  await setImmediate();
  expect(log.splice(0)).toEqual(['a begins', 'b begins']);
  await end('a');
  expect(log.splice(0)).toEqual(['a ends']);
  await end('b');
  expect(log.splice(0)).toEqual(['b ends', 'x begins']);
  await end('x');
  expect(log.splice(0)).toEqual(['x ends', 'c begins']);
  await end('c');
  expect(log.splice(0)).toEqual(['c ends', 'y begins']);
  await end('y');
  await Promise.all(all);
});

it('goes on when one that runs alone fails', async () => {
  const { gate } = openGate();
  await expect(gate.runAlone(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await gate.run(() => Promise.resolve(1))).toBe(1);
  expect(await gate.runAlone(() => Promise.resolve(2))).toBe(2);
});

it('refuses more than its limit, whether they run or wait', async () => {
  const { run, runAlone, end } = openGate(3);
  const all = [run('a'), runAlone('x'), run('b')];
  await setImmediate();
  await expect(run('c')).rejects.toMatchObject({ code: 'EPP_2400' });
  await expect(runAlone('y')).rejects.toMatchObject({ code: 'EPP_2400' });
  for (const name of ['a', 'x', 'b']) await end(name);
  await Promise.all(all);
});
