// `nameserver.cores`: where the threads of a running server may be.
import { readdirSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { makeServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

async function serveOn(cores: string): Promise<ServerProcess> {
  const place = await makeServerFolder(await temporaryFolder());
  const text = await readFile(place.config, 'utf8');
  await writeFile(place.config, text.replace('threads: 1', `cores: ${cores}`));
  return ServerProcess.start(place);
}

/** The cores that each thread of a process may run on, as the kernel prints them. */
function coresOfThreads(pid: number): string[] {
  const folder = `/proc/${pid}/task`;
  return readdirSync(folder).map((thread) => {
    const status = readFileSync(`${folder}/${thread}/status`, 'utf8');
    return /Cpus_allowed_list:\s*(\S+)/.exec(status)?.[1] ?? '';
  });
}

describe.skipIf(availableParallelism() < 2)('a server with cores for its packet threads', () => {
  it('keeps one packet thread on its core and everything else off it', async () => {
    const server = await serveOn('{ packets: [0], others: [1] }');
    const cores = coresOfThreads(server.child.pid ?? 0);
    expect(cores.filter((list) => list === '0')).toHaveLength(1);
    expect(cores.filter((list) => list === '1')).toHaveLength(cores.length - 1);
  });
});
