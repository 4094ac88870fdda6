import { describe, expect, it } from 'vitest';
import { concatBytes, utf8 } from '#base/bytes.ts';
import { seededRandom } from '#base/random.ts';
import { S3Location, type S3Options } from '#store/locations/s3-location.ts';
import { once } from '../../../kit/backup-fixture.ts';
import { type S3Server, startS3Server } from '../../../kit/s3-server.ts';

const PIECE_OCTETS = 1000;

async function opened(changes: Partial<S3Options> = {}) {
  const server = await startS3Server();
  return { server, location: locationOf(server, changes) };
}

function locationOf(server: S3Server, changes: Partial<S3Options> = {}): S3Location {
  const { endpoint, bucket, accessKey, secret } = server;
  return new S3Location('bucket', {
    endpoint,
    bucket,
    prefix: 'ns1/dns',
    region: 'eu-test-1',
    accessKey,
    secret,
    pathStyle: true,
    random: seededRandom(1),
    pieceOctets: PIECE_OCTETS,
    silenceMs: 2000,
    ...changes,
  });
}

async function* numbers(count: number): AsyncGenerator<Uint8Array> {
  for (let left = count; left > 0; left--) yield utf8(`${left} `);
}

async function readAll(location: S3Location, id: string, file: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of location.readFile(id, file)) chunks.push(chunk);
  return Buffer.from(concatBytes(chunks)).toString();
}

/** A set, as a list of S3 has it. */
function listed(at: number): string {
  return `<CommonPrefixes><Prefix>ns1/dns/${at}/</Prefix></CommonPrefixes>`;
}

describe('an S3 location', () => {
  it('gives back what it was given, small in one request and large in pieces', async () => {
    const { server, location } = await opened();
    await location.writeFile('a', 'small.zst', once('few octets'));
    await location.writeFile('a', 'large (1) é', numbers(2000));
    await location.writeFile('a', 'empty', numbers(0));
    expect(await readAll(location, 'a', 'small.zst')).toBe('few octets');
    const large = await readAll(location, 'a', 'large (1) é');
    expect(large).toBe(Array.from({ length: 2000 }, (_, index) => `${2000 - index} `).join(''));
    expect(await readAll(location, 'a', 'empty')).toBe('');
    expect(server.uploads.size).toBe(0);
    expect(server.requests.filter((line) => line.startsWith('PUT')).length).toBeGreaterThan(8);
  });

  it('lists its sets over all pages, and removes one with its manifest first', async () => {
    const { server, location } = await opened();
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      for (const file of ['x', 'y', 'manifest.json']) await location.writeFile(id, file, once(id));
    }
    server.objects.set('ns1/dnsx/other/file', Buffer.from('of somebody else'));
    expect((await location.listIds()).sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await location.hasFile('b', 'manifest.json')).toBe(true);
    server.requests.length = 0;
    await location.remove('b');
    const removals = server.requests.filter((line) => line.startsWith('DELETE'));
    expect(removals[0]).toBe('DELETE /backups/ns1/dns/b/manifest.json');
    expect(await location.hasFile('b', 'manifest.json')).toBe(false);
    expect((await location.listIds()).sort()).toEqual(['a', 'c', 'd', 'e']);
    expect([...server.objects.keys()].filter((key) => key.includes('/b/'))).toEqual([]);
    await location.remove('never');
  });

  it('is refused with a wrong secret, and says so', async () => {
    const { location } = await opened({ secret: 'wrong' });
    const refused = location.writeFile('a', 'x', once('octets'));
    await expect(refused).rejects.toMatchObject({
      code: 'LOCATION_REFUSED',
      message: expect.stringContaining('SignatureDoesNotMatch'),
    });
  });

  it('says that there is no such file, and that there is no room', async () => {
    const { server, location } = await opened();
    await expect(readAll(location, 'a', 'x')).rejects.toMatchObject({ code: 'LOCATION_MISSING' });
    server.interfere = (method) =>
      method === 'PUT' ? { status: 403, code: 'QuotaExceeded' } : undefined;
    const full = location.writeFile('a', 'x', once('octets'));
    await expect(full).rejects.toMatchObject({ code: 'LOCATION_FULL' });
  });

  it('asks again while the service is busy', async () => {
    const { server, location } = await opened();
    let busy = 2;
    server.interfere = () => (busy-- > 0 ? { status: 503, code: 'SlowDown' } : undefined);
    await location.writeFile('a', 'x', once('octets'));
    expect(await readAll(location, 'a', 'x')).toBe('octets');
  });

  it('leaves nothing of an upload that failed half-way', async () => {
    const { server, location } = await opened();
    server.interfere = (_, url) =>
      url.searchParams.get('partNumber') === '3' ? { status: 400, code: 'Bad' } : undefined;
    const failed = location.writeFile('a', 'x', numbers(2000));
    await expect(failed).rejects.toMatchObject({ code: 'LOCATION_FAILED' });
    expect(server.objects.size + server.uploads.size).toBe(0);
  });

  it('gives up on a service that says nothing', async () => {
    const { server, location } = await opened({ silenceMs: 200 });
    server.interfere = () => 'hang';
    await expect(location.listIds()).rejects.toMatchObject({ code: 'LOCATION_SILENT' });
    await expect(readAll(location, 'a', 'x')).rejects.toMatchObject({ code: 'LOCATION_SILENT' });
  });

  it('gives up on a service that says an octet at a time', async () => {
    const { server, location } = await opened({ silenceMs: 300 });
    server.interfere = () => 'drip';
    await expect(readAll(location, 'a', 'x')).rejects.toMatchObject({ code: 'LOCATION_SILENT' });
    await expect(location.listIds()).rejects.toMatchObject({ code: 'LOCATION_SILENT' });
  });

  it('reads a list of a great many names, and one of names without an end, in no time', async () => {
    const { server, location } = await opened();
    const many = Array.from({ length: 120_000 }, (_, at) => listed(at)).join('');
    const texts = [many, '<CommonPrefixes>'.repeat(500_000)];
    server.interfere = () => ({ text: texts.shift() ?? '' });
    const startMs = performance.now();
    expect(await location.listIds()).toHaveLength(120_000);
    expect(await location.listIds()).toEqual([]);
    expect(performance.now() - startMs).toBeLessThan(10_000);
  });

  it('gives up on a list that goes on and on', async () => {
    const { server, location } = await opened();
    const filling = ' '.repeat(4 << 20);
    server.interfere = () => ({
      text: `<NextContinuationToken>more</NextContinuationToken>${filling}`,
    });
    await expect(location.listIds()).rejects.toMatchObject({ code: 'LOCATION_FAILED' });
    expect(server.requests.length).toBeLessThan(20);
  });

  it('removes nothing that a list names outside of the set', async () => {
    const { server, location } = await opened();
    const texts = ['', '<Key>ns1/dns/a/x</Key><Key>other/keys</Key><Key>ns1/dns/b/x</Key>'];
    server.interfere = () => ({ text: texts.shift() ?? '' });
    await location.remove('a');
    expect(server.requests.filter((line) => line.startsWith('DELETE'))).toEqual([
      'DELETE /backups/ns1/dns/a/manifest.json',
      'DELETE /backups/ns1/dns/a/x',
    ]);
  });

  it('tells what a service says in one line without control characters', async () => {
    const { server, location } = await opened();
    server.interfere = () => ({ status: 400, code: '\u001b[2J\nwell\u0007' });
    await expect(location.listIds()).rejects.toThrow('HTTP 400, [2J well , said so');
  });
});
