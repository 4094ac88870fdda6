// The journal for auditors: over HTTP, and by `holdfast journal export`.
import { describe, expect, it } from 'vitest';
import {
  type AdminFixture,
  createExampleZone,
  optionsOf,
  startAdmin,
  ZONES,
} from '../../../../kit/admin/admin-fixture.ts';
import { NOW } from '../../../../kit/admin/admin-parts.ts';
import { holdfast } from '../../../../kit/command-line.ts';

const PATH = '/api/holdfast/v1/journal';
const LATER = '2030-01-01T00:00:00.000Z';

/** Entries: two zones made, settings of one changed, more than one page of addresses, it removed. */
async function startJournal(): Promise<AdminFixture> {
  const admin = await startAdmin();
  await createExampleZone(admin);
  await createExampleZone(admin, 'example.net.');
  await admin.call('PUT', `${ZONES}/example.org.`, { account: 'me' });
  for (let octet = 1; octet <= 20; octet++) {
    const records = [{ content: `192.0.2.${octet}` }];
    const rrset = { name: 'x.example.org.', type: 'A', ttl: 300, changetype: 'REPLACE', records };
    await admin.call('PATCH', `${ZONES}/example.org.`, { rrsets: [rrset] });
  }
  await admin.call('DELETE', `${ZONES}/example.org.`);
  return admin;
}

function parseLines(text: string): Record<string, unknown>[] {
  const lines = text.split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the journal of all zones', () => {
  it('is exported oldest first, with who, from where, when, and what', async () => {
    const admin = await startJournal();
    const answer = await admin.call('GET', PATH);
    expect(answer.headers.get('content-type')).toContain('application/x-ndjson');
    const entries = parseLines(await answer.text());
    expect(entries.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 24 }, (_, index) => index + 1),
    );
    expect(entries[1]).toMatchObject({ zone: 'example.net.', kind: 'create', diff: null });
    expect(entries[2]).toMatchObject({ settings: { after: { account: 'me' } } });
    expect(entries[4]).toMatchObject({
      zone: 'example.org.',
      version: 4,
      kind: 'change',
      actor: 'admin-key',
      source: 'api',
      address: '127.0.0.1',
      at: NOW,
      receivedAt: NOW,
      receipt: 'r-5',
      diff: {
        removed: expect.arrayContaining(['x.example.org.\t300\tIN\tA\t192.0.2.1']) as string[],
        added: expect.arrayContaining(['x.example.org.\t300\tIN\tA\t192.0.2.2']) as string[],
      },
    });
    expect(entries.at(-1)).toMatchObject({ kind: 'delete', newSerial: null });
  });

  it('is cut to a span of time, its end left out', async () => {
    const admin = await startJournal();
    const count = async (query: string): Promise<number> => {
      const answer = await admin.call('GET', `${PATH}?${query}`);
      return parseLines(await answer.text()).length;
    };
    expect(await count(`from=${NOW}`)).toBe(24);
    expect(await count(`to=${NOW}`)).toBe(0);
    expect(await count(`from=${LATER}`)).toBe(0);
    expect(await count(`from=${NOW}&to=${LATER}`)).toBe(24);
    expect((await admin.call('GET', `${PATH}?from=yesterday`)).status).toBe(400);
  });

  it('comes from the command line as well', async () => {
    const admin = await startJournal();
    const options = await optionsOf(admin);
    const { stdout } = await holdfast('journal', 'export', '--to', LATER, ...options);
    expect(parseLines(stdout)).toHaveLength(24);
    const wrong = await holdfast('journal', 'export', '--from', 'yesterday', ...options);
    expect(wrong.stderr).toContain('--from');
  });
});
