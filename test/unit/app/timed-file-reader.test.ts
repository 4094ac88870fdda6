// Files on a mount that is lost: given up in time, and not asked for again while the system waits.
import { describe, expect, it } from 'vitest';
import { TimedFileReader } from '#app/timed-file-reader.ts';

const CONTENT = Uint8Array.of(1);

/** Folders whose names begin with `lost` do not answer until they are found. */
function lostMounts() {
  const asked: string[] = [];
  const found = Promise.withResolvers<void>();
  const readFile = async (path: string): Promise<Uint8Array> => {
    asked.push(path);
    if (path.startsWith('/lost')) await found.promise;
    return CONTENT;
  };
  return { asked, reader: new TimedFileReader({ waitMs: 20, readFile }), find: found.resolve };
}

const why = async (reading: Promise<unknown>): Promise<string> =>
  reading.then(String, (error: Error) => error.message);

describe('a file on a lost mount', () => {
  it('is given up, and its folder is not asked for more until the system has answered', async () => {
    const { asked, reader, find } = lostMounts();
    const all = ['/lost/a', '/lost/b', '/there/c'].map(async (path) => why(reader.read(path)));
    expect(await Promise.all(all)).toEqual([
      'it could not be read within 20 ms',
      'its folder does not answer',
      '1',
    ]);
    expect(asked).toEqual(['/lost/a', '/there/c']);
    find();
    await Promise.resolve();
    expect(await reader.read('/lost/b')).toEqual(CONTENT);
  });

  it('costs few threads, however many folders are lost', async () => {
    const { asked, reader } = lostMounts();
    const paths = Array.from({ length: 10 }, (_, index) => `/lost${index}/a`);
    const said = await Promise.all(paths.map(async (path) => why(reader.read(path))));
    expect(asked).toHaveLength(3);
    expect(said.slice(3)).toEqual(paths.slice(3).map(() => 'too many other folders do not answer'));
  });
});
