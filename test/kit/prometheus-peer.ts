/** Debian's Prometheus, with its data in a folder of the test's, ended when the test ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { freePort } from './free-port.ts';
import { findPeer } from './peers.ts';
import { temporaryFolder } from './temporary-folder.ts';

const START_MAX_MS = 15_000;
const POLL_MS = 100;

/** Resolves with its URL once it takes queries. @param configuration text of prometheus.yml */
export async function startPrometheus(configuration: string): Promise<string> {
  const folder = await temporaryFolder();
  const file = join(folder, 'prometheus.yml');
  await writeFile(file, configuration);
  const listen = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    findPeer('prometheus') ?? 'prometheus',
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${listen}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const said = text(child.stderr);
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const isOver = exited.then(async () => {
    throw new Error(`prometheus ended: ${await said}`);
  });
  const isReady = (async () => {
    const untilMs = Date.now() + START_MAX_MS;
    while (Date.now() < untilMs) {
      const response = await fetch(`http://${listen}/-/ready`).catch(() => undefined);
      if (response?.ok === true) return;
      await sleep(POLL_MS);
    }
    throw new Error(`prometheus is not ready after ${START_MAX_MS} ms`);
  })();
  isOver.catch(() => undefined);
  await Promise.race([isReady, isOver]);
  return `http://${listen}`;
}
