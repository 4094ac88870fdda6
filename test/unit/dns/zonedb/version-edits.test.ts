import { beforeEach, describe, expect, it } from 'vitest';
import { formatName, type Name, parseName } from '#dns/wire/name.ts';
import { formatRdata, formatTypeCode } from '#dns/wire/rdata/registry.ts';
import type { Operation, RrsetEdit, StoredRrset } from '#dns/zonedb/change.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';
import {
  contextOf,
  createExample,
  openTestZoneDb,
  remove,
  replace,
  type TestZoneDb,
} from '../../../kit/zone-db.ts';

const WWW = 'www.example.com.';

let db: TestZoneDb;
let apex: Name;

/** The versions: 1 made, 2 and 3 set www, 4 adds text, 5 takes www away, 6 settings. */
beforeEach(async () => {
  db = await openTestZoneDb(await temporaryFolder());
  apex = await createExample(db.zones);
  await change(replace(WWW, 'A', 60, '192.0.2.1'));
  await change(replace(WWW, 'A', 60, '192.0.2.2'));
  await change(replace('text.example.com.', 'TXT', 60, '"t"'));
  await change(remove(WWW, 'A'));
  await db.zones.changeSettings(apex, { account: 'me' }, contextOf());
});

async function change(...operations: Operation[]): Promise<void> {
  await db.zones.apply({ zone: apex, operations, context: contextOf() });
}

function contents(rrset: StoredRrset | undefined): string[] {
  return (rrset?.records ?? []).map(({ rdata }) => formatRdata(rrset?.type ?? 0, rdata));
}

function dislike(): void {
  throw new Error('not this one');
}

/** All but the SOA. */
async function editsBetween(from: number, to: number): Promise<string[]> {
  const edits = await db.zones.versionEdits(apex, from, to);
  return edits
    .filter(({ type }: RrsetEdit) => formatTypeCode(type) !== 'SOA')
    .map(({ owner, before, after }) =>
      [formatName(owner), contents(before).join(), '->', contents(after).join()].join(' ').trim(),
    )
    .sort();
}

describe('the edits between two versions', () => {
  it('are each RRset once, as it was first and as it is last', async () => {
    expect(await editsBetween(1, 3)).toEqual([`${WWW}  -> 192.0.2.2`]);
    expect(await editsBetween(2, 6)).toEqual(['text.example.com.  -> "t"', `${WWW} 192.0.2.1 ->`]);
  });

  it('leave out what came and went again', async () => {
    expect(await editsBetween(1, 6)).toEqual(['text.example.com.  -> "t"']);
    expect(await editsBetween(5, 6)).toEqual([]);
    expect(await editsBetween(4, 4)).toEqual([]);
  });

  it('are refused where the journal does not lead', async () => {
    for (const [from, to] of [
      [0, 3],
      [1, 9],
    ] as const) {
      const refused = editsBetween(from, to);
      await expect(refused, `${from} to ${to}`).rejects.toMatchObject({ code: 'HISTORY_GONE' });
    }
  });
});

describe('a restore', () => {
  it('can be looked at first, and says what it will do', async () => {
    const serial = db.zones.find(apex)?.row.serial;
    const preview = await db.zones.previewRestore(apex, 3, contextOf());
    expect(preview.errors).toEqual([]);
    expect(db.zones.find(apex)?.row.serial).toBe(serial);
    const outcome = await db.zones.restore(apex, 3, contextOf());
    expect(outcome).toMatchObject({ oldSerial: serial, newSerial: preview.newSerial });
    expect(await editsBetween(3, 7)).toEqual([]);
  });

  it('is left alone by who looks at the zone and does not like it', async () => {
    await expect(db.zones.restore(apex, 3, contextOf(), dislike)).rejects.toThrow('not this one');
    expect(db.zones.find(apex)?.row.version).toBe(6);
  });
});

describe('the journal', () => {
  it('keeps the address that a change came from', async () => {
    const operations = [replace(WWW, 'A', 60, '192.0.2.9')];
    const context = { ...contextOf(), sourceAddress: '192.0.2.77' };
    await db.zones.apply({ zone: apex, operations, context });
    const [newest, older] = await db.zones.history(apex, { limit: 2 });
    expect(newest).toMatchObject({ sourceAddress: '192.0.2.77' });
    expect(older.sourceAddress).toBeUndefined();
  });
});

describe('a page of nodes', () => {
  it('begins at the name that is given, or at the next one', async () => {
    const view = await db.zones.view(apex);
    const names = async (from: string, limit: number): Promise<string[]> =>
      ((await view?.nodesFrom(parseName(from), limit)) ?? []).map(({ owner }) => formatName(owner));
    expect(await names('example.com.', 1)).toEqual(['example.com.']);
    expect(await names('a.example.com.', 9)).toEqual(['text.example.com.']);
    expect(await names('text.example.com.', 9)).toEqual(['text.example.com.']);
    expect(await names('z.example.com.', 9)).toEqual([]);
    await view?.close();
  });
});
