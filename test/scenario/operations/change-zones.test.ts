// docs/operations/change-zones.md, followed command by command against `holdfast serve`.
import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { freePort } from '../../kit/free-port.ts';
import { type ServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { shellBlocks } from '../../kit/shell-blocks.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { askUdp } from '../../kit/udp-query.ts';

const LAUNCHER = resolve('bin/holdfast.mjs');

async function makeInstallation(): Promise<ServerFolder> {
  const folder = await temporaryFolder();
  const [dnsPort, apiPort] = [await freePort(), await freePort()];
  for (const name of ['config', 'zones']) await mkdir(join(folder, name));
  await copyFile('zones/example.com.zone', join(folder, 'zones/example.com.zone'));
  const config = join(folder, 'config/holdfast.yaml');
  await writeFile(
    config,
    `data: ../data
nameserver: { listen: ["127.0.0.1:${dnsPort}"], threads: 1, zones: ../zones }
admin: { listen: "127.0.0.1:${apiPort}" }
`,
  );
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const [zones, data] = [join(folder, 'zones'), join(folder, 'data')];
  return { folder, config, zones, data, dnsPort, apiUrl };
}

/** Runs one command of the page; nobody sits there, so what is asked is answered by `--yes`. */
async function follow(place: ServerFolder, command: string | undefined): Promise<string> {
  const script = (command ?? 'false')
    .replaceAll('npx holdfast', `"${process.execPath}" "${LAUNCHER}"`)
    .replace('zone edit', 'zone edit --yes');
  const env = { ...process.env, VISUAL: `"${join(place.folder, 'editor.sh')}"` };
  const args = ['-euo', 'pipefail', '-c', script];
  return (await promisify(execFile)('bash', args, { cwd: place.folder, env })).stdout;
}

it('a zone is edited, looked at, and given its old records again', {
  timeout: 60_000,
}, async () => {
  const page = await readFile('docs/operations/change-zones.md', 'utf8');
  const commands = shellBlocks(page, '# Change zones, and undo it').flatMap((block) =>
    block.trim().split('\n'),
  );
  const [edit, history, lastDiff, diff, dryRun, restore] = commands;
  const place = await makeInstallation();
  const editor = join(place.folder, 'editor.sh');
  await writeFile(editor, '#!/bin/sh\necho "edited 60 IN A 192.0.2.77" >> "$1"\n');
  await chmod(editor, 0o755);
  const server = await ServerProcess.start(place);
  const question = { port: place.dnsPort, name: 'edited.example.com.', type: 'A' } as const;

  const edited = await follow(place, edit);
  const line = 'edited.example.com.\t60\tIN\tA\t192.0.2.77';
  expect(edited).toMatch(/^\+edited.*\nexample\.com\.: changed, serial \d+ -> \d+ \(r-2\)\n$/);
  expect((await askUdp(question)).answers).toHaveLength(1);

  const versions = (await follow(place, history)).trimEnd().split('\n');
  expect(versions[1]).toMatch(/^2 .* change .* admin-key +api +127\.0\.0\.1 +r-2$/);
  expect(versions[2]).toMatch(/^1 .* create .* zonefile +- +r-1$/);
  expect(await follow(place, lastDiff)).toContain(`+${line}\n`);
  expect(await follow(place, diff)).toContain(`+${line}\n`);

  const tried = await follow(place, dryRun);
  expect(tried).toContain(`-${line}\n`);
  expect(tried).toContain('example.com.: would be restored to version 1');
  expect(await follow(place, restore)).toContain('example.com.: restored to version 1');
  expect((await askUdp(question)).answers).toHaveLength(0);
  expect(await server.stop()).toBe(0);
});
