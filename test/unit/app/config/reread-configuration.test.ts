import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '#app/config/load-configuration.ts';
import { rereadConfiguration } from '#app/config/reread-configuration.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';

const TEXT = `data: ./data
nameserver: { listen: ["127.0.0.1:5300"], zones: ./zones }
admin: { listen: "127.0.0.1:8081" }
`;

/** Starts from TEXT, rereads `text`, and gives the warnings and the new folder of zones. */
async function reread(text: string) {
  const file = join(await temporaryFolder(), 'holdfast.yaml');
  await writeFile(file, TEXT);
  const running = await loadConfiguration(file);
  await writeFile(file, text);
  const lines: string[] = [];
  const log = pino({}, { write: (line) => void lines.push(line) });
  const next = await rereadConfiguration(running, ['nameserver.zones'], log);
  const keys = lines.map((line) => (JSON.parse(line) as { keys: string[] }).keys);
  return { keys: keys.flat(), zones: next.nameserver?.zones?.endsWith('/other') };
}

describe('a configuration that is read again', () => {
  it('says nothing when nothing changed, or only what takes effect', async () => {
    expect(await reread(TEXT)).toEqual({ keys: [], zones: false });
    const text = TEXT.replace('./zones', './other');
    expect(await reread(text)).toEqual({ keys: [], zones: true });
  });

  it('names what waits for a restart', async () => {
    const text = TEXT.replace('5300', '5301').replace('data: ./data', 'data: ./elsewhere');
    const { keys } = await reread(`${text}sla: { listen: "127.0.0.1:8082" }\n`);
    expect(keys).toEqual(expect.arrayContaining(['data', 'nameserver.listen', 'sla']));
    expect(keys).not.toContain('nameserver.zones');
  });

  it('is refused with its errors', async () => {
    await expect(reread(`${TEXT}nonsense: 1\n`)).rejects.toThrow(/:4:1: .*nonsense/);
  });
});
