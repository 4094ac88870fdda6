/**
 * The SOA that a new zone gets when the request brings none had `hostmaster.` in front of the
 * zone's name as its mailbox, also where that made a name of more than 255 octets: every answer
 * with it was malformed.
 */
import { describe, expect, it } from 'vitest';
import { parseName } from '#dns/wire/name.ts';
import { startAdmin, ZONES } from '../../kit/admin/admin-fixture.ts';

/** A zone's name of `size` octets as on the wire. */
function nameOfSize(size: number): string {
  const label = 'a'.repeat(63);
  return `${label}.${label}.${label}.${'a'.repeat(size - 3 * 64 - 2)}.`;
}

async function mailboxOfNewZone(name: string): Promise<string | undefined> {
  const admin = await startAdmin();
  const nameservers = ['ns1.example.com.'];
  const made = await admin.call('POST', ZONES, { name, kind: 'Native', nameservers });
  expect(made.status).toBe(201);
  const { rrsets } = (await made.json()) as {
    rrsets: { type: string; records: { content: string }[] }[];
  };
  return rrsets.find(({ type }) => type === 'SOA')?.records[0]?.content.split(' ')[1];
}

describe('a new zone without an SOA of its own', () => {
  it('has its hostmaster as mailbox as long as there is room for it', async () => {
    const name = nameOfSize(244);
    expect(parseName(name)).toHaveLength(244);
    expect(await mailboxOfNewZone(name)).toBe(`hostmaster.${name}`);
  });

  it.each([245, 255])('has no mailbox when its own name has %i octets', async (size) => {
    const name = nameOfSize(size);
    expect(parseName(name)).toHaveLength(size);
    expect(await mailboxOfNewZone(name)).toBe('.');
  });
});
