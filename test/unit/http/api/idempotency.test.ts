import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type AdminFixture,
  createExampleZone,
  read,
  startAdmin,
  ZONES,
} from '../../../kit/admin/admin-fixture.ts';

const ZONE = `${ZONES}/example.org.`;
const OWN = '/api/holdfast/v1';

async function startExample(): Promise<AdminFixture> {
  const admin = await startAdmin();
  await createExampleZone(admin);
  return admin;
}

/** Adds a record, which shows if it is done twice: the serial and the receipt move. */
function patch(admin: AdminFixture, key: string, content: string, secret?: string) {
  const rrset = { name: 'www.example.org.', type: 'A', ttl: 60, records: [{ content }] };
  return admin.call(
    'PATCH',
    ZONE,
    { rrsets: [{ ...rrset, changetype: 'REPLACE' }] },
    { 'idempotency-key': key, ...(secret !== undefined && { 'x-api-key': secret }) },
  );
}

function facts({ status, headers }: Response): (string | number | null)[] {
  return [
    status,
    headers.get('holdfast-receipt'),
    headers.get('x-pdns-old-serial'),
    headers.get('x-pdns-new-serial'),
    headers.get('idempotency-replayed'),
  ];
}

describe('a write with an Idempotency-Key', () => {
  it('is done once, and its answer is told again, whatever happened since', async () => {
    const admin = await startExample();
    const first = await patch(admin, '"key-1"', '192.0.2.7');
    expect(first.status).toBe(204);
    await patch(admin, 'key-2', '192.0.2.8');
    const again = await patch(admin, 'key-1', '192.0.2.7');
    expect(facts(again)).toEqual([...facts(first).slice(0, 4), 'true']);
    const version = (await admin.zones.find('example.org.'))?.version;
    expect(version).toBe(3);
  });

  it('is told its body again, of a stream too', async () => {
    const admin = await startAdmin();
    const zone = { name: 'new.org.', kind: 'Native', nameservers: ['ns1.new.org.'] };
    const create = (): Promise<Response> =>
      admin.call('POST', ZONES, zone, { 'idempotency-key': 'k' });
    const [first, again] = [await create(), await create()];
    expect(again.status).toBe(201);
    expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect(await again.text()).toBe(await first.text());
    const backup = (): Promise<Response> =>
      admin.call('POST', `${OWN}/backups`, undefined, { 'idempotency-key': 'b' });
    expect((await read(await backup())).body).toEqual((await read(await backup())).body);
    const { backups } = (await (await admin.call('GET', `${OWN}/backups`)).json()) as {
      backups: unknown[];
    };
    expect(backups).toHaveLength(2);
  });

  it('that another stands behind is refused, whoever else may use the key', async () => {
    const admin = await startExample();
    await patch(admin, 'k', '192.0.2.7');
    const other = await read(await patch(admin, 'k', '192.0.2.8'));
    expect(other).toMatchObject({ status: 422, body: { error: /stands for another request/ } });
    const { secret } = await admin.parts.access.tokens.create('a', { write: true }, 0);
    const own = facts(await patch(admin, 'k', '192.0.2.8', secret));
    expect(own.slice(0, 2)).toEqual([204, 'r-3']);
  });

  it('is refused while the first one is under way, and only one of many is done', async () => {
    const admin = await startExample();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => patch(admin, 'k', '192.0.2.7')),
    );
    const statuses = new Set(answers.map(({ status }) => status));
    expect(statuses.has(204)).toBe(true);
    expect([...statuses].every((status) => status === 204 || status === 409)).toBe(true);
    const receipts = answers.map(({ headers }) => headers.get('holdfast-receipt'));
    expect(new Set(receipts.filter((receipt) => receipt !== null))).toEqual(new Set(['r-2']));
  });

  it('that changed nothing leaves its key free', async () => {
    const admin = await startExample();
    expect((await patch(admin, 'k', 'no address')).status).toBe(422);
    expect((await patch(admin, 'k', '192.0.2.7')).status).toBe(204);
  });

  it('too long to be kept is not told again, and says that it was done', async () => {
    const admin = await startAdmin();
    const records = Array.from({ length: 3_000 }, (_, at) => ({
      content: `10.0.${at >> 8}.${at & 255}`,
    }));
    const rrsets = [{ name: 'www.new.org.', type: 'A', ttl: 60, records }];
    const zone = { name: 'new.org.', kind: 'Native', nameservers: ['ns1.new.org.'], rrsets };
    const headers = { 'idempotency-key': 'k' };
    const first = await admin.call('POST', ZONES, zone, headers);
    const { rrsets: told } = (await first.json()) as { rrsets: unknown[] };
    expect(told).toHaveLength(3);
    const again = await admin.call('POST', ZONES, zone, headers);
    expect([again.status, again.headers.get('holdfast-receipt')]).toEqual([409, 'r-1']);
    await expect.poll(() => admin.zones.openViewCount).toBe(0);
  });

  it('whose answer is a secret leaves no trace of it in the store', async () => {
    const admin = await startAdmin();
    const make = (): Promise<Response> =>
      admin.call(
        'POST',
        `${OWN}/tokens`,
        { name: 'a', scope: {} },
        { 'idempotency-key': 'k', 'content-type': 'application/json' },
      );
    const { secret } = (await (await make()).json()) as { secret: string };
    expect(await read(await make())).toMatchObject({
      status: 409,
      body: { code: 'API_ANSWER_LOST' },
    });
    await admin.parts.close();
    const files = await readdir(admin.parts.folder, { recursive: true, withFileTypes: true });
    const contents = files
      .filter((file) => file.isFile())
      .map((file) => readFile(join(file.parentPath, file.name), 'latin1'));
    expect((await Promise.all(contents)).some((content) => content.includes(secret))).toBe(false);
    expect((await Promise.all(contents)).some((content) => content.includes('digest'))).toBe(true);
  });

  it('is compared by its condition and its path too, and an import by what its head says', async () => {
    const admin = await startExample();
    const file = '@ 60 SOA ns1 host 1 2 3 4 5\n@ 60 NS ns1.example.net.\n';
    const put = (body: string, query = ''): Promise<Response> =>
      admin.call('PUT', `${OWN}/zones/new.org./import${query}`, body, {
        'content-type': 'text/dns',
        'idempotency-key': 'k',
      });
    const first = await read(await put(file));
    expect(first).toMatchObject({ status: 200, body: { receipt: 'r-2', records: 2 } });
    const again = await put(file);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await again.json()).toEqual(first.body);
    expect((await put(`${file};`)).status).toBe(422);
    expect((await put(file, '?force=true')).status).toBe(422);
  });

  it('wants a key that can be kept, and reads do not look at it', async () => {
    const admin = await startExample();
    for (const key of ['"', '""', 'a b', 'x'.repeat(256)]) {
      expect((await patch(admin, key, '192.0.2.7')).status).toBe(400);
    }
    const headers = { 'idempotency-key': 'k' };
    const reads = [1, 2].map(() => admin.call('GET', ZONE, undefined, headers));
    for (const { headers: given } of await Promise.all(reads)) {
      expect(given.has('idempotency-replayed')).toBe(false);
    }
  });

  it('is in the audit log once', async () => {
    const admin = await startExample();
    for (const _ of [1, 2]) await patch(admin, 'k', '192.0.2.7');
    const { body } = await read(await admin.call('GET', `${OWN}/audit`));
    const actions = (body as { entries: { action: string }[] }).entries.map(
      ({ action }) => action.split(' ')[0],
    );
    expect(actions).toEqual(['POST', 'PATCH']);
  });
});
