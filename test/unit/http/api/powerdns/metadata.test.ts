/** Metadata of zones: PowerDNS's kinds, those that only look like one, and how much there may be. */
import { describe, expect, it } from 'vitest';
import { METADATA_SIZE_MAX } from '#http/api/powerdns/metadata-kinds.ts';
import {
  type AdminFixture,
  createExampleZone,
  read,
  startAdmin,
  ZONES,
} from '../../../../kit/admin/admin-fixture.ts';

const ZONE = `${ZONES}/example.org.`;
const METADATA = `${ZONE}/metadata`;

async function withZone(): Promise<AdminFixture> {
  const admin = await startAdmin();
  await createExampleZone(admin);
  return admin;
}

function document(kind: string, ...metadata: string[]) {
  return { type: 'Metadata', kind, metadata };
}

describe('metadata', () => {
  it.each([
    'ALLOW-AXFR-FROM',
    'ALLOW-DNSUPDATE-FROM',
    'ALSO-NOTIFY',
    'AXFR-SOURCE',
    'FORWARD-DNSUPDATE',
    'GSS-ACCEPTOR-PRINCIPAL',
    'GSS-ALLOW-AXFR-PRINCIPAL',
    'IXFR',
    'NOTIFY-DNSUPDATE',
    'PUBLISH-CDNSKEY',
    'PUBLISH-CDS',
    'RFC1123-CONFORMANCE',
    'SIGNALING-ZONE',
    'SLAVE-RENOTIFY',
    'SOA-EDIT',
    'SOA-EDIT-DNSUPDATE',
    'TSIG-ALLOW-DNSUPDATE',
    'X-',
    'X-OF-OUR-OWN',
  ])('of kind %s is set, read, listed and deleted', async (kind) => {
    const admin = await withZone();
    const path = `${METADATA}/${kind}`;
    expect((await read(await admin.call('GET', path))).body).toEqual(document(kind));
    const set = await admin.call('PUT', path, { metadata: ['1'], kind: 'ignored' });
    expect(set.headers.get('holdfast-receipt')).toBe('r-2');
    expect(await read(set)).toEqual({ status: 200, body: document(kind, '1') });
    expect((await read(await admin.call('GET', path))).body).toEqual(document(kind, '1'));
    expect((await read(await admin.call('GET', METADATA))).body).toContainEqual(
      document(kind, '1'),
    );
    expect((await admin.call('DELETE', path)).status).toBe(204);
    expect((await admin.call('DELETE', path)).status).toBe(204);
    expect((await read(await admin.call('GET', path))).body).toEqual(document(kind));
  });

  it.each(['AXFR-MASTER-TSIG', 'LUA-AXFR-SCRIPT', 'NSEC3NARROW', 'NSEC3PARAM', 'PRESIGNED'])(
    'of kind %s is read only',
    async (kind) => {
      const admin = await withZone();
      const path = `${METADATA}/${kind}`;
      expect((await read(await admin.call('GET', path))).body).toEqual(document(kind));
      for (const [method, body] of [
        ['PUT', { metadata: ['1'] }],
        ['DELETE', undefined],
      ] as const) {
        expect(await read(await admin.call(method, path, body))).toEqual({
          status: 422,
          body: { error: `Unsupported metadata kind '${kind}'` },
        });
      }
      const added = await admin.call('POST', METADATA, { kind, metadata: ['1'] });
      expect(added.status).toBe(422);
    },
  );

  it.each([
    'FOO',
    'allow-axfr-from',
    'x-foo',
    'SOA-EDIT-API',
    'API-RECTIFY',
    'constructor',
    '__proto__',
  ])('of kind %s there is not', async (kind) => {
    const admin = await withZone();
    const path = `${METADATA}/${kind}`;
    expect((await admin.call('GET', path)).status).toBe(422);
    expect((await admin.call('PUT', path, { metadata: ['1'] })).status).toBe(422);
    expect((await admin.call('DELETE', path)).status).toBe(422);
  });

  it('gains values by POST, each once', async () => {
    const admin = await withZone();
    const post = async (...metadata: string[]) =>
      read(await admin.call('POST', METADATA, { kind: 'X-A', metadata }));
    expect(await post('a', 'a')).toEqual({ status: 201, body: document('X-A', 'a') });
    expect(await post('b', 'a')).toEqual({ status: 201, body: document('X-A', 'a', 'b') });
  });

  it('that is not told as it should be is refused', async () => {
    const admin = await withZone();
    for (const [body, error] of [
      [{ kind: 'X-A' }, 'metadata is not specified or not an array'],
      [{ kind: 'X-A', metadata: 'x' }, 'metadata is not specified or not an array'],
      [{ kind: 'X-A', metadata: [1] }, 'metadata must be strings'],
      [{ metadata: ['x'] }, 'kind is not specified or not a string'],
    ] as const) {
      expect(await read(await admin.call('POST', METADATA, body))).toEqual({
        status: 422,
        body: { error },
      });
    }
    expect((await admin.call('POST', METADATA)).status).toBe(400);
    const missing = await admin.call('PUT', `${ZONES}/none.org./metadata/X-A`, { metadata: [] });
    expect(missing.status).toBe(404);
  });

  it('is the zone’s own setting where PowerDNS keeps one as metadata', async () => {
    const admin = await withZone();
    await admin.call('POST', '/api/v1/servers/localhost/tsigkeys', {
      name: 'one',
      algorithm: 'hmac-sha256',
    });
    await admin.call('PUT', ZONE, { soa_edit: 'EPOCH', master_tsig_key_ids: ['one.'] });
    const { body } = await read(await admin.call('GET', METADATA));
    expect(body).toEqual([
      document('SOA-EDIT', 'EPOCH'),
      document('SOA-EDIT-API', 'DEFAULT'),
      document('TSIG-ALLOW-AXFR', 'one.'),
    ]);
    await admin.call('PUT', `${METADATA}/SOA-EDIT`, { metadata: ['INCEPTION'] });
    await admin.call('DELETE', `${METADATA}/TSIG-ALLOW-AXFR`);
    expect((await read(await admin.call('GET', ZONE))).body).toMatchObject({
      soa_edit: 'INCEPTION',
      master_tsig_key_ids: [],
    });
    const two = await admin.call('PUT', `${METADATA}/SOA-EDIT`, { metadata: ['a', 'b'] });
    expect(two.status).toBe(422);
  });

  it('does not grow without end', async () => {
    const admin = await withZone();
    const value = 'x'.repeat(METADATA_SIZE_MAX);
    const refused = await admin.call('PUT', `${METADATA}/X-A`, { metadata: [value] });
    expect(refused.status).toBe(422);
    expect((await read(await admin.call('GET', `${METADATA}/X-A`))).body).toEqual(document('X-A'));
  });

  it('added by many at once is all there', async () => {
    const admin = await withZone();
    const values = Array.from({ length: 20 }, (_, index) => `v${index}`);
    await Promise.all(
      values.map((value) => admin.call('POST', METADATA, { kind: 'X-A', metadata: [value] })),
    );
    const { body } = await read(await admin.call('GET', `${METADATA}/X-A`));
    expect((body as { metadata: string[] }).metadata.sort()).toEqual(values.sort());
  });
});
