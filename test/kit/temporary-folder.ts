/** A folder of its own for one test or one suite, removed when that ends. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** @param atEnd takes what removes it; outside a test (in beforeAll) there has to be one */
export async function temporaryFolder(
  atEnd: (end: () => Promise<void>) => void = onTestFinished,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
