/** Catalogs as they come from a primary, and the zones that are made of them. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { CatalogConsumer } from '#dns/transfer/catalog/catalog-consumer.ts';
import { formatName, parseName } from '#dns/wire/name.ts';
import type { Operation } from '#dns/zonedb/change.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import type { ZoneSettings } from '#dns/zonedb/zone-row.ts';
import { temporaryFolder } from '../../../../kit/temporary-folder.ts';
import {
  contextOf,
  createExample,
  openTestZoneDb,
  remove,
  replace,
} from '../../../../kit/zone-db.ts';

const SETTINGS: Partial<ZoneSettings> = {
  kind: 'Consumer',
  masters: ['192.0.2.1:5300'],
  slaveTsigKeyIds: ['xfer.'],
};

function member(label: string, zone: string, catalog = 'cat.'): Operation {
  return replace(`${label}.zones.${catalog}`, 'PTR', 0, zone);
}

function gone(label: string, catalog = 'cat.'): Operation {
  return remove(`${label}.zones.${catalog}`, 'PTR');
}

function version(catalog = 'cat.', text = '"2"'): Operation {
  return replace(`version.${catalog}`, 'TXT', 0, text);
}

async function openConsumer(operations: Operation[], removalShareMax?: number) {
  const { zones } = await openTestZoneDb(await temporaryFolder());
  const cat = await createExample(zones, operations, SETTINGS, 'cat.');
  const retrieved: string[] = [];
  const consumer = new CatalogConsumer({
    zones,
    retrieve: (apex) => retrieved.push(formatName(apex)),
    ...(removalShareMax !== undefined && { removalShareMax }),
    clock: openClock({ kind: 'system' }),
    log: silentLog(),
  });
  onTestFinished(() => consumer.close());
  const change = async (edits: Operation[], zone = cat): Promise<void> => {
    await zones.apply({ zone, operations: edits, context: contextOf() });
  };
  const status = (name = 'cat.') =>
    consumer.statuses().find(({ apex }) => formatName(apex) === name);
  return { zones, consumer, cat, change, retrieved, status };
}

/** `NAME of CATALOG` for each zone that a catalog brought. */
function fetched(zones: ZoneDb): string[] {
  const found: string[] = [];
  for (const apex of zones.names()) {
    const settings = zones.find(apex)?.row.settings;
    if (settings?.kind === 'Slave') found.push(`${formatName(apex)} of ${settings.catalog}`);
  }
  return found;
}

function settingsOf(zones: ZoneDb, name: string): ZoneSettings | undefined {
  return zones.find(parseName(name))?.row.settings;
}

describe('members of a catalog', () => {
  it('are made with its primaries and key, and go with it', async () => {
    const { zones, change } = await openConsumer([
      version(),
      member('a', 'A.example.'),
      replace('group.a.zones.cat.', 'TXT', 0, '"eu"'),
      replace('unknown.ext.a.zones.cat.', 'TXT', 0, '"passed over"'),
    ]);
    await expect.poll(() => fetched(zones)).toEqual(['a.example. of cat.']);
    expect(settingsOf(zones, 'a.example.')).toMatchObject({
      masters: ['192.0.2.1:5300'],
      slaveTsigKeyIds: ['xfer.'],
      metadata: { 'X-CATALOG-LABEL': ['a'], 'X-CATALOG-GROUP': ['eu'] },
    });
    await change([gone('a'), member('b', 'b.example.')]);
    await expect.poll(() => fetched(zones)).toEqual(['b.example. of cat.']);
  });

  it('are fetched whole anew under another label', async () => {
    const { zones, change, retrieved } = await openConsumer([version(), member('a', 'a.example.')]);
    await expect.poll(() => fetched(zones)).toHaveLength(1);
    await change([gone('a'), member('a2', 'a.example.')]);
    await expect.poll(() => retrieved).toEqual(['a.example.']);
    // Until then it stands there that what is here is of the one before.
    expect(settingsOf(zones, 'a.example.')?.metadata['X-CATALOG-LABEL']).toEqual(['a2', 'a']);
    await change([gone('a2'), member('a3', 'a.example.')]);
    await expect.poll(() => retrieved).toHaveLength(2);
    expect(settingsOf(zones, 'a.example.')?.metadata['X-CATALOG-LABEL']).toEqual(['a3', 'a']);
  });

  it('get other primaries when the catalog does', async () => {
    const { zones, cat } = await openConsumer([version(), member('a', 'a.example.')]);
    await expect.poll(() => fetched(zones)).toHaveLength(1);
    await zones.changeSettings(cat, { masters: ['192.0.2.2'] }, contextOf());
    await expect.poll(() => settingsOf(zones, 'a.example.')?.masters).toEqual(['192.0.2.2']);
  });

  it('come again when somebody deletes them by hand', async () => {
    const { zones } = await openConsumer([version(), member('a', 'a.example.')]);
    await expect.poll(() => fetched(zones)).toHaveLength(1);
    await zones.remove(parseName('a.example.'), contextOf());
    await expect.poll(() => fetched(zones)).toHaveLength(1);
  });

  it('stay when the catalog zone itself is deleted', async () => {
    const { zones, cat, consumer } = await openConsumer([version(), member('a', 'a.example.')]);
    await expect.poll(() => fetched(zones)).toHaveLength(1);
    await zones.remove(cat, contextOf());
    expect(consumer.statuses()).toEqual([]);
    expect(fetched(zones)).toEqual(['a.example. of cat.']);
  });
});

describe('a zone that is here already', () => {
  it('is left alone where no catalog brought it, until its name is free', async () => {
    const { zones, change, status } = await openConsumer([version()]);
    const own = await createExample(zones, [], {}, 'own.example.');
    await change([member('a', 'own.example.'), member('b', 'b.example.')]);
    await expect.poll(() => status()?.clashes).toBe(1);
    await expect.poll(() => fetched(zones)).toEqual(['b.example. of cat.']);
    expect(settingsOf(zones, 'own.example.')?.kind).toBe('Native');
    await zones.remove(own, contextOf());
    await expect.poll(() => fetched(zones)).toHaveLength(2);
    expect(status()?.clashes).toBe(0);
  });

  it('is taken over from another catalog only where that one says so', async () => {
    const { zones, change, status } = await openConsumer([version(), member('a', 'a.example.')]);
    await expect.poll(() => fetched(zones)).toHaveLength(1);
    const listed = [version('new.'), member('a', 'a.example.', 'new.')];
    await createExample(zones, listed, SETTINGS, 'new.');
    await expect.poll(() => status('new.')?.clashes).toBe(1);
    expect(fetched(zones)).toEqual(['a.example. of cat.']);
    await change([replace('coo.a.zones.cat.', 'PTR', 0, 'elsewhere.')]);
    expect(fetched(zones)).toEqual(['a.example. of cat.']);
    await change([replace('coo.a.zones.cat.', 'PTR', 0, 'new.')]);
    await expect.poll(() => fetched(zones)).toEqual(['a.example. of new.']);
    // The old one may let it go now.
    await change([gone('a'), member('b', 'b.example.')]);
    await expect.poll(() => fetched(zones)).toEqual(['a.example. of new.', 'b.example. of cat.']);
  });
});

describe('a broken catalog', () => {
  const BROKEN: [string, Operation[]][] = [
    ['without a version', [remove('version.cat.', 'TXT')]],
    ['of another version', [version('cat.', '"1"')]],
    ['of two versions', [replace('version.cat.', 'TXT', 0, '"1"', '"2"')]],
    ['with two members under a label', [replace('b.zones.cat.', 'PTR', 0, 'b.', 'c.')]],
    ['with a member twice', [member('b', 'a.example.')]],
    ['with two owners to come', [replace('coo.a.zones.cat.', 'PTR', 0, 'b.', 'c.')]],
  ];

  it.each(BROKEN)('%s changes nothing, and the last good one goes on', async (_what, edits) => {
    const { zones, change, status } = await openConsumer([version(), member('a', 'a.example.')]);
    await expect.poll(() => fetched(zones)).toHaveLength(1);
    await change([...edits, member('z', 'z.example.')]);
    await expect.poll(() => status()?.broken).toContain('is broken');
    expect(fetched(zones)).toEqual(['a.example. of cat.']);
    await change([
      version(),
      gone('b'),
      remove('coo.a.zones.cat.', 'PTR'),
      member('c', 'c.example.'),
    ]);
    await expect.poll(() => fetched(zones)).toHaveLength(3);
    expect(status()?.broken).toBeUndefined();
  });
});

describe('a catalog that would take away too many zones', () => {
  const LABELS = Array.from({ length: 30 }, (_, index) => `m${index}`);
  const LISTED = [version(), ...LABELS.map((label) => member(label, `${label}.example.`))];

  it('is held there, takes new ones all the same, and goes on when it is meant', async () => {
    const { zones, change, status, consumer, cat } = await openConsumer(LISTED, 0.4);
    await expect.poll(() => fetched(zones)).toHaveLength(30);
    await change([...LABELS.slice(0, 13).map((label) => gone(label)), member('new', 'new.')]);
    await expect.poll(() => status()?.heldRemovals).toBe(13);
    expect(fetched(zones)).toHaveLength(31);
    expect(consumer.force(cat)).toBe(true);
    await expect.poll(() => fetched(zones)).toHaveLength(18);
    expect(status()?.heldRemovals).toBe(0);
    expect(consumer.force(parseName('m20.example.'))).toBe(false);
  });

  it('is not held for as many as the share allows', async () => {
    const { zones, change } = await openConsumer(LISTED, 0.4);
    await expect.poll(() => fetched(zones)).toHaveLength(30);
    await change(LABELS.slice(0, 12).map((label) => gone(label)));
    await expect.poll(() => fetched(zones)).toHaveLength(18);
  });
});
