/** The version of this program, from the one place that states it. */
import { readFile } from 'node:fs/promises';

const MANIFEST = new URL('../../package.json', import.meta.url);

/** `1.2.3` */
export async function readProgramVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(MANIFEST, 'utf8')) as { version: string };
  return version;
}
