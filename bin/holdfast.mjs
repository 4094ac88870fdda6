#!/usr/bin/env node
// The launcher behind `npx holdfast`: runs src/main.ts in this process, or, when the Node that runs
// this file is older than package.json pins, in a child with the pinned one. Plain JavaScript,
// because an old Node must be able to read it. Compiled code is kept beside the packages (never in a
// shared temporary folder, where others could plant theirs), which more than halves the time to start.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 26;
// Threads that LevelDB's writes go through, and files of every kind. A lost network mount keeps one
// for each file that is waited for there: up to 16 for backups, one for each location, and 32 for
// checks of them (backup-thread.ts), 3 for files that go along. What is left is for the store.
const POOL_THREADS = 64;
const LAUNCHER = fileURLToPath(import.meta.url);
const root = dirname(dirname(LAUNCHER));

function pinnedNode() {
  const name = `node-${process.platform}-${process.arch}`;
  try {
    const manifest = createRequire(join(root, 'package.json')).resolve(`${name}/package.json`);
    const binary = join(dirname(manifest), 'bin', 'node');
    if (existsSync(binary)) return binary;
  } catch {
    // The optional dependency is not installed for this platform; said below.
  }
  process.stderr.write(
    `holdfast: needs Node ${NODE_MAJOR_MIN} and this is ${process.version}; ` +
      `run "npm ci --ignore-scripts" to get the pinned one, or install Node ${NODE_MAJOR_MIN}\n`,
  );
  return process.exit(1);
}

function runWith(node) {
  const child = spawn(node, [LAUNCHER, ...process.argv.slice(2)], { stdio: 'inherit' });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR_MIN) {
  // Where the folder cannot be written (a read-only file system) this does nothing.
  const folder = process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules', '.cache', 'compile');
  module.enableCompileCache(folder);
  // For worker threads and child processes.
  process.env.NODE_COMPILE_CACHE = folder;
  // Read by libuv when the first of them is needed, which is later.
  process.env.UV_THREADPOOL_SIZE ??= String(POOL_THREADS);
  await import('../src/main.ts');
} else {
  runWith(pinnedNode());
}
