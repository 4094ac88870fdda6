import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemRandom } from '#base/random.ts';
import { ApiKey, loadApiKey, readApiKey } from '#http/api-key.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

describe('the API key file', () => {
  it('is made at the first start, for its owner only, and found again at the next', async () => {
    const path = join(await temporaryFolder(), 'data', 'admin.key');
    const first = await loadApiKey(path, systemRandom());
    expect(first).toMatchObject({ made: true, exposed: false });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const text = await readFile(path, 'utf8');
    expect(Buffer.from(text.trim(), 'base64url')).toHaveLength(32);
    const second = await loadApiKey(path, systemRandom());
    expect(second.made).toBe(false);
    expect(second.key.matches(text.trim())).toBe(true);
    expect(await readApiKey(path)).toBe(text.trim());
  });

  it('is said to be exposed when others may read it', async () => {
    const path = join(await temporaryFolder(), 'admin.key');
    await writeFile(path, 'secret\n');
    await chmod(path, 0o644);
    expect(await loadApiKey(path, systemRandom())).toMatchObject({ made: false, exposed: true });
  });

  it.each(['', '\n', 'two words', 'tab\tbed', 'nul\0'])(
    'is refused when it holds %j',
    async (text) => {
      const path = join(await temporaryFolder(), 'admin.key');
      await writeFile(path, text);
      await expect(readApiKey(path)).rejects.toMatchObject({ code: 'HTTP_KEY_FILE' });
    },
  );

  it('is refused by name when it cannot be read', async () => {
    const folder = await temporaryFolder();
    await expect(readApiKey(join(folder, 'none'))).rejects.toThrow(
      `${join(folder, 'none')}: cannot use this API key file: there is no such file or folder; name`,
    );
    await expect(loadApiKey(folder, systemRandom())).rejects.toMatchObject({
      code: 'HTTP_KEY_FILE',
    });
  });
});

describe('an API key', () => {
  it('matches itself and nothing near it', () => {
    const key = new ApiKey('correct');
    expect(key.matches('correct')).toBe(true);
    for (const other of ['', 'Correct', 'correct ', 'correc', 'correctt']) {
      expect(key.matches(other)).toBe(false);
    }
  });
});
